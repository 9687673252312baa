@testable import Ingest
import RdKafka
import Settings
import Surroundings
import TestKit
import Testing

/// What `NICOBAR_PACK_REQUESTS` changes, and what it does not.
@Suite("ingest's requests to Kafka", .timeLimit(.minutes(2))) struct RequestPackingTests {
    private struct Told: Equatable {
        var statuses: Set<Int?>, found: Int, requests: Double?, packs: Double?
    }

    /// What comes of some deliveries at one time.
    private static func deliver(_ variables: [String: String]) async throws -> Told {
        let cluster = try MockCluster()
        try await IngestBroker.prepare(.mock(cluster))
        return try await onThread {
            let ingest = try RunningIngest(cluster.bootstrapServers, variables)
            let deliveries = (0..<20).map { _ in RawDelivery(uniqueName("pack")) }
            let clients = try deliveries.map { delivery in
                let client = try ingest.client()
                client.send(delivery.bytes)
                return client
            }
            let statuses = Set(clients.map { $0.answer()?.status })
            let witness = try Witness(cluster.bootstrapServers)
            let found = deliveries.count { witness.find($0.id).map(\.body) == [$0.body] }
            witness.close()
            let told = Told(
                statuses: statuses, found: found, requests: ingest.metric("nicobar_ingest_produce_requests_total"),
                packs: ingest.metric("nicobar_ingest_produce_packs_total"))
            #expect(ingest.stop() == true)
            return told
        }
    }

    @Test func `are not packed when that is switched off, and deliveries are taken just as well`() async throws {
        let told = try await Self.deliver(["NICOBAR_PACK_REQUESTS": "never"])
        #expect(told == Told(statuses: [204], found: 20, requests: 0, packs: 0))
    }

    @Test(arguments: [[:], ["NICOBAR_PACK_REQUESTS": "where-possible"], ["KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"]])
    func `are packed unless something is said against it`(variables: [String: String]) async throws {
        let told = try await Self.deliver(variables)
        #expect(told.statuses == [204] && told.found == 20)
        let requests = told.requests ?? 0, packs = told.packs ?? 0
        #expect(packs > 0 && requests >= packs && requests <= 20)
    }

    @Test func `are packed where possible or never, and another word is answered with these`() {
        let variables = ["KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "DODO_PAYMENTS_WEBHOOK_SECRET": RunningIngest.secret, "NICOBAR_PACK_REQUESTS": "always"]
        let error = #expect(throws: SettingsError.self) { try IngestSettings(Environment(variables)) }
        #expect(error?.description == "NICOBAR_PACK_REQUESTS is 'always'; expected where-possible or never")
    }
}
