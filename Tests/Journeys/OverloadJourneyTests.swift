import Events
import Foundation
import Simulator
import Surroundings
import TestKit
import Testing
import Torture

/// Which form is asked for.
private let overloadSize = ProcessInfo.processInfo.environment["NICOBAR_OVERLOAD"]

/// More than it can take. It wants the machine to itself, so it runs only where NICOBAR_OVERLOAD asks for it: `short` in `make test`, `full` with the
/// release programs in `make overload`.
@Suite(.serialized, .timeLimit(.minutes(8)), .enabled(if: overloadSize != nil, "set NICOBAR_OVERLOAD to short or full"))
struct OverloadJourneyTests {
    private static let isFull = overloadSize == "full"
    /// What the accepted may wait for (docs/guarantees.md). The short form runs unoptimised beside other tests' leftovers, and looks for a rule that is broken,
    /// not for a slow machine.
    private static let mostMilliseconds: Double = isFull ? 250 : 600

    @Test func `ten times what Kafka can take is answered 503, and what is accepted is answered within 250 ms`() async throws {
        guard let home = ProcessInfo.processInfo.environment["KAFKA_HOME"], !home.isEmpty else {
            return print("tests: overload is skipped; set KAFKA_HOME for a real Kafka")
        }
        let link = try FaultyLink(to: 0)
        let kafka = try await PrivateKafka(home: home, advertisedPort: link.port)
        link.lead(to: Int(kafka.bootstrapServers.split(separator: ":").last ?? "") ?? 0)
        try await prepareTopics(on: .kafka(kafka))
        let journey = try await JourneyStack(database: "unused", bootstrapServers: "127.0.0.1:\(link.port)")
        let ingest = try await journey.startIngest()
        let seconds = Self.isFull ? 20.0 : 6.0
        // The bottleneck is Kafka's, so that neither the sender nor this machine is what gives in first.
        let stream = DeliveryPlan(seed: 5).deliveries(events: 100_000)
        var deliveries = stream.prefix(Self.isFull ? 95_000 : 40_000).map { $0 }[...]
        #expect(try await journey.send(Array(deliveries.prefix(500)), to: ingest, ladder: RetryLadder(speed: 100)).givenUp == 0)
        link.behave(.narrow(bytesPerSecond: 1_000_000))
        let measured = try await journey.send(Array(deliveries.dropFirst(500).prefix(500)), to: ingest)
        let capacity = measured.rate
        deliveries = deliveries.dropFirst(1000)
        let before = try #require(ResidentMemory(of: ingest.process.pid))
        let endpoint = Endpoint(host: "127.0.0.1", port: UInt16(ingest.port), path: "/webhooks/dodo")
        let sender = Sender(
            to: endpoint, SendOptions(connections: 900, rate: 10 * capacity, timeoutSeconds: 15), sign: try Signing.dodo(secret: JourneyStack.secret))
        let flood = Array(deliveries.prefix(Int(10 * capacity * seconds)))
        let report = try await sender.send(flood)
        let after = try #require(ResidentMemory(of: ingest.process.pid))
        let p99 = report.acceptedLatency.milliseconds(percentile: 0.99)
        print(
            """
            overload: capacity \(Int(capacity))/s; sent \(Int(report.rate))/s for \(Int(report.seconds)) s: \(report.statuses.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
                .joined(separator: ", ")); unreachable \(report.unreachable), timed out \(report.timedOut); accepted p50 \
            \(report.acceptedLatency.milliseconds(percentile: 0.5)) ms, p99 \(p99) ms; resident \(before.now) → \(after.now) KiB, peak \(after.peak) KiB
            """)
        #expect(report.rate > 5 * capacity, "the sender could not send enough for an overload")
        #expect(report.statuses[503, default: 0] > report.attempts / 2)
        #expect(report.accepted > flood.count / 40, "hardly anything got through")
        #expect(p99 <= Self.mostMilliseconds)
        #expect(after.peak < 160 * 1024)
        #expect(Set(report.statuses.keys).isSubset(of: [204, 503]))
        link.behave(.pass)
        let story = journey.customer(.licenceRefunded), event = try #require(story.events.first)
        #expect(try await eventually(within: .seconds(20)) { try journey.post(event, of: story, to: ingest) == 204 })
        #expect(await ingest.process.stop() == 0)
        await kafka.remove()
        link.end()
    }

    @Test func `idle and slow connections by the thousand do not hold up good deliveries`() async throws {
        let idleCount = Self.isFull ? 10_000 : 2000, slowCount = Self.isFull ? 1000 : 300
        let journey = try await JourneyStack(database: "unused")
        var files = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        files.rlim_cur = files.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        try #require(files.rlim_max > UInt(idleCount + slowCount + 500), "this machine lets a process open \(files.rlim_max) files only")
        let ingest = try await journey.startIngest(extra: ["NICOBAR_MAX_CONNECTIONS": "\(idleCount + slowCount + 200)"])
        let deliveries = DeliveryPlan(seed: 6).deliveries(events: Self.isFull ? 20_000 : 3000).map { $0 }
        let clean = try await journey.send(deliveries, to: ingest)
        let before = try #require(ResidentMemory(of: ingest.process.pid))
        let crowd = try await onThread { Crowd(port: ingest.port, idle: idleCount, slow: slowCount) }
        crowd.drip()
        let report = try await journey.send(deliveries, to: ingest)
        let after = try #require(ResidentMemory(of: ingest.process.pid))
        let p99 = report.acceptedLatency.milliseconds(percentile: 0.99)
        print(
            """
            crowd: \(crowd.count) connections; deliveries \(Int(clean.rate))/s without, \(Int(report.rate))/s with them, p99 \
            \(clean.acceptedLatency.milliseconds(percentile: 0.99)) → \(p99) ms; resident \(before.now) → \(after.now) KiB
            """)
        #expect(crowd.count == idleCount + slowCount)
        #expect(report.everythingArrived)
        #expect(p99 <= Self.mostMilliseconds)
        #expect(report.rate > clean.rate / 3)
        #expect(after.now - before.now < (idleCount + slowCount) * 16, "KiB for each connection")
        crowd.leave()
        #expect(await ingest.process.stop() == 0)
    }

    @Test(arguments: [Poison.unreadable, .longKey])
    func `every third event poison does not slow the good ones to less than half`(poison: Poison) async throws {
        guard let home = ProcessInfo.processInfo.environment["KAFKA_HOME"], !home.isEmpty else {
            return print("tests: the poison flood is skipped; set KAFKA_HOME for a real Kafka")
        }
        let count = Self.isFull ? 30_000 : 3000
        let good = DeliveryPlan(seed: 8).deliveries(events: count).map { $0 }
        // In turn, so that what else the machine does (PostgreSQL counts its tables once a minute) meets both; in full three times each, of which the middle counts.
        var alone: [Double] = [], together: [Double] = []
        for _ in 0..<(Self.isFull ? 3 : 1) {
            alone.append(try await Self.seconds(toApply: good, poison: nil, home: home))
            together.append(try await Self.seconds(toApply: good, poison: poison, home: home))
        }
        print("poison flood (\(poison)): \(good.count) good events in \(alone) s alone, in \(together) s with \(good.count / 2) poison events among them")
        let clean = alone.sorted()[alone.count / 2], flooded = together.sorted()[together.count / 2]
        #expect(flooded <= 2 * clean)
    }

    /// How long a worker takes, on a Kafka and a database of this run alone, until all good events are applied and all poison is parked.
    private static func seconds(toApply good: [Delivery], poison: Poison?, home: String) async throws -> Double {
        let kafka = try await PrivateKafka(home: home)
        try await prepareTopics(on: .kafka(kafka))
        let journey = try await JourneyStack(bootstrapServers: kafka.bootstrapServers)
        let ingest = try await journey.startIngest()
        let ids = Array(Set(good.map(\.webhookId)))
        // Side by side, so that the good and the poisoned lie mixed in every lane.
        async let flooding: Void = { if let poison { try await Flood(ingest.port, poison, journey.word).send(good.count / 2) } }()
        #expect(try await journey.send(good, to: ingest, ladder: RetryLadder(speed: 100)).givenUp == 0)
        try await flooding
        let worker = try await journey.startWorker(), begun = ContinuousClock.now
        let expected = ids.count + (poison == nil ? 0 : good.count / 2)
        #expect(try await journey.holds(expected, within: .seconds(180)))
        let seconds = (ContinuousClock.now - begun) / .seconds(1)
        #expect(try await journey.parked(ids) == 0)
        #expect(await worker.process.stop() == 0, "\(worker.process.tail())")
        #expect(await ingest.process.stop() == 0)
        await kafka.remove()
        return seconds
    }
}
