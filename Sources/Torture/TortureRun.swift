import Events
import Foundation
import Simulator
import Surroundings

/// One run: build everything up, hurt it by a schedule while the simulator's story is sent, let it recover, ask the oracle.
package struct TortureRun: Sendable {
    package let seed: UInt64
    package let schedule: Schedule
    /// The story ends with so many events or so many purchases, whichever comes first.
    package let events: Int
    package let purchases: Int
    package let seconds: Double
    private let programs: String
    private let kafkaHome: String
    private let say: @Sendable (String) -> Void

    /// - Parameters:
    ///   - seed: names the schedule and the story.
    ///   - kills: how many SIGKILLs.
    ///   - events: how many events the story has at most.
    ///   - purchases: how many purchases it has at most; renewals are none.
    ///   - seconds: over how long both are spread.
    ///   - programs: the folder that holds the built programs.
    ///   - kafkaHome: a Kafka distribution; nothing can be claimed of a broker that keeps nothing.
    ///   - say: told of each step.
    package init(
        seed: UInt64, kills: Int, events: Int = .max, purchases: Int = .max, seconds: Double, programs: String, kafkaHome: String,
        say: @escaping @Sendable (String) -> Void
    ) {
        self.seed = seed
        schedule = Schedule(seed: seed, kills: kills, seconds: seconds)
        self.events = events
        self.purchases = purchases
        self.seconds = seconds
        self.programs = programs
        self.kafkaHome = kafkaHome
        self.say = say
    }

    /// Runs it to the end; every wait in it has a bound.
    ///
    /// - Throws: `SurroundingsError` when the servers do not start in the first place.
    package func run() async throws -> TortureReport {
        let house = try await House.prepare(programs: programs, kafkaHome: kafkaHome), contract = try TopicContract(mode: .live)
        try await FlightRecorder(database: house.database).start()
        let first = try SalesTerms.first(), second = try SalesTerms.second()
        var outputs = Outputs()
        outputs.add(try await house.apply(first), at: "what nicobar printed")
        let clientele = Clientele(seed: seed, today: Int64(Date().timeIntervalSince1970 * 1_000_000))
        let deliveries = clientele.deliveries(DeliveryPlan(seed: seed, duplicates: 0.3, reorder: 0.3), purchases: purchases, events: events)
        let keeping = house.keepers.values.map { keeper in Task { try await keeper.run() } }
        guard await Loopback.until(.seconds(60), { Loopback.request(port: house.ingestPort, path: "/readyz", limit: .seconds(2))?.status == 200 }) else {
            throw SurroundingsError.notReady("ingest", log: house.keepers[.ingest]?.output ?? "")
        }
        say("seed \(seed): \(schedule.kills) kills and \(schedule.entries.count - schedule.kills) other faults over \(Int(seconds)) s; \(deliveries.count) deliveries")
        let began = ContinuousClock.now

        let endpoint = Endpoint(host: "127.0.0.1", port: UInt16(house.ingestPort), path: "/webhooks/dodo")
        let sign = try Signing.dodo(secret: house.stack.secret)
        let poisoner = Poisoner(to: endpoint, sign: sign)
        async let poisoning: Void = OwnThread.run { [seconds] in poisoner.run(aSecond: 5, limit: .seconds(seconds + 300)) }
        let turnovers = Reader.allCases.map {
            Turnover(group: $0.group, topics: $0.topics(contract), bootstrapServers: house.stack.bootstrapServers, sessionSeconds: Schedule.sessionSeconds)
        }
        let turning = turnovers.map { turnover in Task { try await OwnThread.run { turnover.run(stay: Self.visitSeconds) } } }
        async let selling = Task { [seconds] in
            try await Task.sleep(for: .seconds(seconds / 2))
            return try await house.apply(second)
        }.value
        let sender = Sender(
            to: endpoint, SendOptions(connections: 16, rate: Double(deliveries.count) / seconds, ladder: Self.ladder, timeoutSeconds: 3), sign: sign)
        async let sending = sender.send(deliveries)
        let deeds = await Torturer(house, say: say).run(schedule)
        say("the last fault is over after \(tenths((ContinuousClock.now - began) / .seconds(1))) s; everything recovers")
        poisoner.end()
        try await poisoning
        let sent = try await sending
        outputs.add(try await selling, at: "what nicobar printed later")
        for turnover in turnovers { turnover.end() }
        for task in turning { try await task.value }
        say("everything was sent after \(tenths((ContinuousClock.now - began) / .seconds(1))) s")

        var faults = deeds.faults
        if sent.givenUp > 0 { faults.append("\(sent.givenUp) deliveries were never accepted, though the ladder goes on for minutes") }
        let poison = poisoner.sent
        let restless = try await Settling(database: house.database, bootstrapServers: house.stack.bootstrapServers, say: say).wait(for: deliveries, poison)
        faults += restless
        say("\(restless.isEmpty ? "all is at rest" : "patience is over") after \(tenths((ContinuousClock.now - began) / .seconds(1))) s")
        let told = try await ToldEvents.read(bootstrapServers: house.stack.bootstrapServers)
        let sales = try await compare(house, deliveries, poison, told, second, &faults)
        for (victim, port) in house.pages { outputs.addPages(port: port, of: victim.rawValue) }
        let fenceLosses = house.keepers.values.reduce(0) { $0 + $1.output.components(separatedBy: "another process has taken the lane").count - 1 }
        for keeper in house.keepers.values { await keeper.end() }
        for task in keeping { try await task.value }
        for keeper in house.keepers.values { faults += keeper.ends.faults }
        try await searchForSecrets(house, deliveries, told, &outputs, &faults)
        let counts = turnovers.map(\.count)
        let report = TortureReport(
            seed: seed, kills: deeds.kills, others: deeds.others, rebalances: counts.reduce(0) { $0 + $1.rebalances }, moved: counts.reduce(0) { $0 + $1.moved },
            purchases: Self.purchases(in: deliveries), events: Set(deliveries.map(\.webhookId)).count + poison.count, poison: poison.count, attempts: sent.attempts,
            accepted: sent.accepted, unanswered: sent.unreachable + sent.timedOut, refused: sent.refused.values.reduce(0, +), sales: sales,
            fenceLosses: fenceLosses,
            endedByThemselves: house.keepers.values.flatMap { keeper in keeper.ends.byItself.map { "\(keeper.name): \($0)" } },
            seconds: (ContinuousClock.now - began) / .seconds(1), faults: faults)
        if faults.isEmpty { await house.remove() } else { await keepEvidence(house) }
        return report
    }

    /// Dodo's ladder, two thousand times faster, with more rungs at its end: the story ends only when everything was accepted.
    private static let ladder = RetryLadder(speed: 2000, delays: RetryLadder.dodo + Array(repeating: 4000, count: 100))
    /// How long a visiting member stays, and stays away: each of three groups is shared out anew once in that time.
    private static let visitSeconds = 1.0

    private static func purchases(in deliveries: [Delivery]) -> Int {
        var seen: Set<String> = []
        return deliveries.reduce(0) { $0 + (seen.insert($1.story.customerId).inserted ? Clientele.purchases(of: $1.story) : 0) }
    }

    /// Asks the oracles.
    ///
    /// - Returns: how much was sold.
    private func compare(
        _ house: House, _ deliveries: [Delivery], _ poison: [String: Poison], _ told: ToldEvents, _ terms: SalesTerms, _ faults: inout [String]
    ) async throws -> SalesOracle.Count {
        faults += try await Oracle(database: house.database).faults(deliveries, poison: poison, told: told)
        let oracle = try SalesOracle(database: house.database, licenseSecret: house.stack.licenseMasterSecret, deliveries: deliveries, terms: terms)
        let (found, count) = try await oracle.faults(told)
        faults += found
        return count
    }

    private func searchForSecrets(
        _ house: House, _ deliveries: [Delivery], _ told: ToldEvents, _ outputs: inout Outputs, _ faults: inout [String]
    ) async throws {
        for keeper in house.keepers.values { outputs.add(keeper.output, at: "the log of \(keeper.name)") }
        try await outputs.add(told, reasonsIn: house.database)
        say("looks for secrets in \(outputs.byteCount / 1024) KiB of output")
        let canaries = Canaries(
            secrets: [("the webhook secret", house.stack.secret), ("the webhook secret", String(house.stack.secret.dropFirst(6))),
                      ("the licence secret", house.stack.licenseMasterSecret)],
            deliveries: deliveries)
        faults += outputs.faults(canaries)
    }

    /// After a fault the logs stay; the folder is not one that the reaper deletes.
    private func keepEvidence(_ house: House) async {
        let kept = "\(NSTemporaryDirectory())/torture-\(seed)-\(getpid())".replacing("//", with: "/")
        try? FileManager.default.copyItem(atPath: house.stack.folder, toPath: kept)
        say("the logs are kept in \(kept)")
        await house.remove()
    }
}
