import Events
import RdKafka
import Surroundings
import TestKit
import Testing

/// Deliveries beyond what may be under way, in a real ingest on a cluster that the test slows down or takes away.
@Suite("a delivery that has to wait before Kafka is given it", .timeLimit(.minutes(2))) struct AdmissionTests {
    private let cluster: MockCluster
    private static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    /// More than the 32 that may be under way at first, and fewer than twice as many.
    private static let crowd = 60

    init() async throws {
        cluster = try MockCluster()
        try await IngestBroker.prepare(.mock(cluster))
    }

    private static func deliveries() -> [RawDelivery] {
        (0..<crowd).map { number in
            let id = uniqueName("crowd"), note = String(repeating: "é", count: number * 40)
            return RawDelivery(id, #"{"type":"payment.succeeded","timestamp":"2026-11-20T10:00:00Z","data":{"payment_id":"\#(id)","note":"\#(note)"}}"#)
                .with { $0.extra = "traceparent: \(Self.trace)\r\n" }
        }
    }

    /// Each on a connection of its own, at one time.
    private static func send(_ deliveries: [RawDelivery], to ingest: RunningIngest) throws -> [RawClient] {
        try deliveries.map { delivery in
            let client = try ingest.client()
            client.send(delivery.bytes)
            return client
        }
    }

    @Test func `comes to Kafka byte for byte, with its id and its trace, also when ingest is asked to stop meanwhile`() async throws {
        let cluster = cluster
        try await onThread {
            // However slow this machine is, what waits is not to be sent away.
            let ingest = try RunningIngest(cluster.bootstrapServers, grace: .seconds(20))
            #expect(try ingest.ask(RawDelivery(uniqueName("warm")).bytes)?.status == 204)
            try cluster.setRoundTrip(.milliseconds(150))
            let deliveries = Self.deliveries(), clients = try Self.send(deliveries, to: ingest)
            #expect(comesTrue { (ingest.metric("nicobar_ingest_waiting") ?? 0) > 32 })
            // What is read only after that is rightly sent away.
            #expect(comesTrue { ingest.metric(#"nicobar_ingest_verified_total{secret="1"}"#) == Double(deliveries.count + 1) })
            ingest.beginToStop()
            for client in clients { #expect(client.answer()?.status == 204) }
            #expect(ingest.stop() == true)
            try cluster.setRoundTrip(.zero)
            let witness = try Witness(cluster.bootstrapServers)
            for delivery in deliveries {
                let seen = witness.find(delivery.id)
                // Not the bodies themselves, which would fill the log.
                let isSame = seen.map(\.body) == [delivery.body]
                #expect(isSame, "\(delivery.id) is there \(seen.count) times, or its body differs")
                #expect(seen.first?.header("traceparent") == Self.trace)
            }
            witness.close()
        }
    }

    @Test func `is not sent away because Kafka is far, not even the first ones`() async throws {
        let cluster = cluster
        try await onThread {
            let ingest = try RunningIngest(cluster.bootstrapServers)
            try cluster.setRoundTrip(.milliseconds(300))
            for _ in 0..<2 {
                let clients = try Self.send(Self.deliveries() + Self.deliveries(), to: ingest)
                let statuses = clients.map { $0.answer()?.status }
                #expect(statuses.allSatisfy { $0 == 204 }, "\(statuses.count { $0 == 503 }) of \(clients.count) were answered 503")
            }
            #expect(ingest.metric(#"nicobar_ingest_unavailable_total{cause="overloaded"}"#) ?? 0 == 0)
            try cluster.setRoundTrip(.zero)
            #expect(ingest.stop() == true)
        }
    }

    @Test func `is answered 503 when Kafka stands, and Kafka never has it`() async throws {
        let cluster = cluster
        try await onThread {
            let ingest = try RunningIngest(cluster.bootstrapServers)
            #expect(try ingest.ask(RawDelivery(uniqueName("warm")).bytes)?.status == 204)
            try cluster.setBrokerDown()
            let deliveries = Self.deliveries(), clients = try Self.send(deliveries, to: ingest)
            #expect(comesTrue { ingest.metric(#"nicobar_ingest_unavailable_total{cause="overloaded"}"#) == Double(Self.crowd - 32) })
            #expect(ingest.metric("nicobar_ingest_waiting") == 32)
            try cluster.setBrokerUp()
            let statuses = clients.map { $0.answer()?.status }
            #expect(statuses.count { $0 == 204 } == 32 && statuses.count { $0 == 503 } == Self.crowd - 32)
            let witness = try Witness(cluster.bootstrapServers)
            for (delivery, status) in zip(deliveries, statuses) where status == 204 {
                let seen = witness.find(delivery.id), isSame = seen.map(\.body) == [delivery.body]
                #expect(isSame, "\(delivery.id) is there \(seen.count) times, or its body differs")
            }
            witness.readOn()
            for (delivery, status) in zip(deliveries, statuses) where status == 503 { #expect(witness.found(delivery.id).isEmpty) }
            witness.close()
            #expect(ingest.stop() == true)
        }
    }
}
