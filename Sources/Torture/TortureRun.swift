import Events
import Foundation
import Simulator
import Surroundings

/// One run: build everything up, hurt it by a schedule while the simulator's story is sent, let it recover, ask the oracle.
package struct TortureRun: Sendable {
    package let seed: UInt64
    package let schedule: Schedule
    package let events: Int
    package let seconds: Double
    private let programs: String
    private let kafkaHome: String
    private let say: @Sendable (String) -> Void

    /// - Parameters:
    ///   - seed: names the schedule and the story.
    ///   - kills: how many SIGKILLs.
    ///   - events: how many events the story has.
    ///   - seconds: over how long both are spread.
    ///   - programs: the folder that holds the built programs.
    ///   - kafkaHome: a Kafka distribution; nothing can be claimed of a broker that keeps nothing.
    ///   - say: told of each step.
    package init(
        seed: UInt64, kills: Int, events: Int, seconds: Double, programs: String, kafkaHome: String, say: @escaping @Sendable (String) -> Void
    ) {
        self.seed = seed
        schedule = Schedule(seed: seed, kills: kills, seconds: seconds)
        self.events = events
        self.seconds = seconds
        self.programs = programs
        self.kafkaHome = kafkaHome
        self.say = say
    }

    /// Runs it to the end; every wait in it has a bound.
    ///
    /// - Throws: `SurroundingsError` when the servers do not start in the first place.
    package func run() async throws -> TortureReport {
        let house = try await House.prepare(programs: programs, kafkaHome: kafkaHome)
        let oracle = Oracle(database: house.database)
        try await FlightRecorder(database: house.database).start()
        let deliveries = Array(DeliveryPlan(seed: seed, duplicates: 0.1, reorder: 0.3).deliveries(events: events))
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
        let sender = Sender(
            to: endpoint, SendOptions(connections: 16, rate: Double(deliveries.count) / seconds, ladder: Self.ladder, timeoutSeconds: 3), sign: sign)
        async let sending = sender.send(deliveries)
        let deeds = await Torturer(house, say: say).run(schedule)
        say("the last fault is over after \(tenths((ContinuousClock.now - began) / .seconds(1))) s; everything recovers")
        poisoner.end()
        try await poisoning
        let sent = try await sending

        var faults = deeds.faults
        if sent.givenUp > 0 { faults.append("\(sent.givenUp) deliveries were never accepted, though the ladder goes on for minutes") }
        let poison = poisoner.sent, ids = Set(deliveries.map(\.webhookId)).count + poison.count
        faults += try await settle(house, oracle, ids)
        faults += try await oracle.faults(deliveries, poison: poison)
        let fenceLosses = house.keepers.values.reduce(0) { $0 + $1.output.components(separatedBy: "another process has taken the lane").count - 1 }
        for keeper in house.keepers.values { await keeper.end() }
        for task in keeping { try await task.value }
        for keeper in house.keepers.values { faults += keeper.ends.faults }
        let report = TortureReport(
            seed: seed, kills: deeds.kills, others: deeds.others, events: ids, poison: poison.count, attempts: sent.attempts, accepted: sent.accepted,
            unanswered: sent.unreachable + sent.timedOut, refused: sent.refused.values.reduce(0, +), fenceLosses: fenceLosses,
            endedByThemselves: house.keepers.values.flatMap { keeper in keeper.ends.byItself.map { "\(keeper.name): \($0)" } },
            seconds: (ContinuousClock.now - began) / .seconds(1), faults: faults)
        if faults.isEmpty { await house.remove() } else { await keepEvidence(house) }
        return report
    }

    /// Dodo's ladder, two thousand times faster, with more rungs at its end: the story ends only when everything was accepted.
    private static let ladder = RetryLadder(speed: 2000, delays: RetryLadder.dodo + Array(repeating: 4000, count: 100))

    /// Waits until everything that was accepted is dealt with and every lane is at its end.
    private func settle(_ house: House, _ oracle: Oracle, _ ids: Int) async throws -> [String] {
        let clock = ContinuousClock(), end = clock.now + .seconds(180)
        var handled = try await oracle.handled(), lastStep = clock.now
        // What is lost never comes: when nothing moves for so long, the oracle may speak.
        while handled < ids, clock.now < end, clock.now - lastStep < .seconds(40) {
            try await clock.sleep(for: .milliseconds(250))
            let now = try await oracle.handled()
            if now != handled { lastStep = clock.now }
            handled = now
        }
        say("\(handled) of \(ids) events dealt with")
        let topics = try TopicContract(mode: .live).topics.map(\.name).filter { $0.hasPrefix("dodo.") }
        let behind = await oracle.lag(group: house.group, bootstrapServers: house.stack.bootstrapServers, topics: topics, within: .seconds(45))
        return behind.isEmpty ? [] : ["lanes without an owner who gets on: " + behind.prefix(8).joined(separator: "; ")]
    }

    /// After a fault the logs stay; the folder is not one that the reaper deletes.
    private func keepEvidence(_ house: House) async {
        let kept = "\(NSTemporaryDirectory())/torture-\(seed)-\(getpid())".replacing("//", with: "/")
        try? FileManager.default.copyItem(atPath: house.stack.folder, toPath: kept)
        say("the logs are kept in \(kept)")
        await house.remove()
    }
}
