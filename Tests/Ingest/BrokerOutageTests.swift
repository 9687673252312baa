import Foundation
import RdKafka
import Surroundings
import TestKit
import Testing

/// Ingest while its broker is slow or away. Each test has a mock cluster of its own, which it may take down.
@Suite("ingest without its broker", .timeLimit(.minutes(2))) struct BrokerOutageTests {
    private struct Ground {
        let cluster: MockCluster
        let broker: Broker
        init() async throws {
            cluster = try MockCluster()
            broker = .mock(cluster)
            try await IngestBroker.prepare(broker)
        }
    }

    private static func status(_ ingest: RunningIngest, _ path: String) -> Int? { Loopback.request(port: Int(ingest.port), path: path)?.status }

    @Test func `is alive all the time and ready only while the broker answers`() async throws {
        let ground = try await Ground()
        try await onThread {
            let ingest = try RunningIngest(ground.cluster.bootstrapServers)
            #expect(comesTrue { Self.status(ingest, "/readyz") == 200 })
            try ground.cluster.setBrokerDown()
            #expect(comesTrue { Self.status(ingest, "/readyz") == 503 })
            let said = Loopback.request(port: Int(ingest.port), path: "/readyz")?.body
            #expect(said?.contains(#""kafka":{"ready":false"#) == true && said?.contains("no broker answers") == true, "\(said ?? "")")
            #expect(Self.status(ingest, "/healthz") == 200)
            try ground.cluster.setBrokerUp()
            #expect(comesTrue { Self.status(ingest, "/readyz") == 200 })
            #expect(ingest.stop() == true)
        }
    }

    @Test func `answers 503 with a time to come back within its bound, and 204 again afterwards`() async throws {
        let ground = try await Ground()
        try await onThread {
            let ingest = try RunningIngest(ground.cluster.bootstrapServers, ["NICOBAR_PUBLISH_TIMEOUT": "600ms"])
            #expect(try ingest.ask(RawDelivery(uniqueName("before")).bytes)?.status == 204)
            try ground.cluster.setBrokerDown()
            let late = RawDelivery(uniqueName("away"))
            for _ in 0..<3 {
                let started = ContinuousClock.now
                let answer = try ingest.ask(late.bytes)
                let spent = ContinuousClock.now - started
                #expect(answer?.status == 503)
                #expect(answer?.header("retry-after").flatMap { Int($0) } != nil)
                #expect(spent >= .milliseconds(500) && spent < .seconds(3), "answered after \(spent)")
            }
            #expect(ingest.metric(#"nicobar_ingest_unavailable_total{cause="timed-out"}"#) == 3)
            try ground.cluster.setBrokerUp()
            #expect(comesTrue { (try? ingest.ask(RawDelivery(uniqueName("after")).bytes)?.status) == 204 })
            // The three were only answered, not forgotten: they may be in Kafka now, and then count as late.
            #expect(comesTrue { (ingest.metric("nicobar_ingest_waiting") ?? 1) == 0 })
            #expect(ingest.stop() == true)
        }
    }

    @Test func `answers 503 at once when its queue is full, and 204 to those who were in it`() async throws {
        let ground = try await Ground()
        try await onThread {
            let ingest = try RunningIngest(ground.cluster.bootstrapServers, ["KAFKA_QUEUE_BUFFERING_MAX_MESSAGES": "5", "NICOBAR_PUBLISH_TIMEOUT": "9s"])
            #expect(try ingest.ask(RawDelivery(uniqueName("before")).bytes)?.status == 204)
            try ground.cluster.setBrokerDown()
            var waiting: [RawClient] = []
            for _ in 0..<5 {
                let client = try ingest.client()
                client.send(RawDelivery(uniqueName("queued")).bytes)
                waiting.append(client)
            }
            #expect(comesTrue { ingest.metric("nicobar_ingest_waiting") == 5 })
            let started = ContinuousClock.now
            let answer = try ingest.ask(RawDelivery(uniqueName("sixth")).bytes)
            #expect(answer?.status == 503)
            #expect(answer?.header("retry-after") != nil)
            #expect(ContinuousClock.now - started < .seconds(2))
            #expect(ingest.metric(#"nicobar_ingest_unavailable_total{cause="queue-full"}"#) == 1)
            try ground.cluster.setBrokerUp()
            for client in waiting { #expect(client.answer()?.status == 204) }
            #expect(ingest.stop() == true)
        }
    }

    @Test func `asked to stop finishes what is in flight, takes nothing more, and says so`() async throws {
        let ground = try await Ground()
        try await onThread {
            let ingest = try RunningIngest(ground.cluster.bootstrapServers)
            #expect(try ingest.ask(RawDelivery(uniqueName("warm")).bytes)?.status == 204)
            let idle = try ingest.client()
            try ground.cluster.setRoundTrip(.milliseconds(700))
            let inFlight = try ingest.client()
            inFlight.send(RawDelivery(uniqueName("flight")).bytes)
            #expect(comesTrue { ingest.metric("nicobar_ingest_waiting") == 1 })
            let port = ingest.port
            ingest.beginToStop()
            #expect(!ingest.isReady)
            #expect(idle.ends(), "idle connections are closed")
            let answer = inFlight.answer()
            #expect(answer?.status == 204)
            #expect(answer?.closes == true)
            #expect(ingest.end() == true)
            #expect(throws: RawClient.Unreachable.self) { try RawClient(port: port) }
        }
    }

    @Test func `asked to stop while the broker is away ends within its deadline and says that not all was finished or answers 503`() async throws {
        let ground = try await Ground()
        try await onThread {
            let ingest = try RunningIngest(ground.cluster.bootstrapServers, ["NICOBAR_SHUTDOWN_TIMEOUT": "1s", "NICOBAR_PUBLISH_TIMEOUT": "600ms"])
            #expect(try ingest.ask(RawDelivery(uniqueName("warm")).bytes)?.status == 204)
            try ground.cluster.setBrokerDown()
            let inFlight = try ingest.client()
            inFlight.send(RawDelivery(uniqueName("lost")).bytes)
            #expect(comesTrue { ingest.metric("nicobar_ingest_waiting") == 1 })
            let started = ContinuousClock.now
            ingest.beginToStop()
            #expect(inFlight.answer()?.status == 503, "never 2xx")
            #expect(ingest.end() == true)
            #expect(ContinuousClock.now - started < .seconds(12))
        }
    }

    @Test func `whose sender has gone counts the delivery as late, not as answered`() async throws {
        let ground = try await Ground()
        try await onThread {
            let ingest = try RunningIngest(ground.cluster.bootstrapServers)
            #expect(try ingest.ask(RawDelivery(uniqueName("warm")).bytes)?.status == 204)
            try ground.cluster.setRoundTrip(.milliseconds(500))
            let impatient = try ingest.client()
            impatient.send(RawDelivery(uniqueName("gone")).bytes)
            #expect(comesTrue { ingest.metric("nicobar_ingest_waiting") == 1 })
            impatient.reset()
            #expect(comesTrue { ingest.metric("nicobar_ingest_late_reports_total") == 1 })
            #expect(ingest.metric("nicobar_ingest_accepted_total") == 1)
            #expect(ingest.stop() == true)
        }
    }

    @Test func `the program that gets SIGTERM answers what is in flight and ends with status 0`() async throws {
        let ground = try await Ground()
        let scratch = try Scratch("sigterm")
        defer { scratch.remove() }
        let programs = ProcessInfo.processInfo.environment["NICOBAR_PROGRAMS"] ?? SignalTests.root.appendingPathComponent(".build/debug").path
        let stack = Stack(
            programs: programs, bootstrapServers: ground.cluster.bootstrapServers, database: "", secret: RunningIngest.secret, folder: scratch.path)
        let ingest = try await stack.startIngest()
        let port = UInt16(ingest.port)
        try await onThread {
            let warm = try RawClient(port: port)
            warm.send(RawDelivery(uniqueName("warm")).bytes)
            #expect(warm.answer()?.status == 204)
            try ground.cluster.setRoundTrip(.milliseconds(700))
            let inFlight = try RawClient(port: port)
            inFlight.send(RawDelivery(uniqueName("term")).bytes)
            #expect(comesTrue { ingest.metric("nicobar_ingest_waiting") == 1 })
            ingest.process.signal(SIGTERM)
            #expect(inFlight.answer()?.status == 204)
        }
        #expect(await ingest.process.wait() == 0)
    }
}
