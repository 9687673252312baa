import Events
import Foundation
import LibPQ
@testable import Licensing
import RdKafka
import Surroundings
import TestKit
import Testing

/// license-worker as a process, between topics and rows.
@Suite("license-worker", .timeLimit(.minutes(3))) struct ProgramTests {
    private static let dodoKey = "CANARYKEY-\(UUID().uuidString)", email = "canary@example.com"

    @Test func `turns what is on the topics into licences, and tells nothing in its log and metrics`() async throws {
        // In test mode: other tests of this process look at what waits on the live topics.
        let broker = try await TestBroker.shared(), contract = try TopicContract(mode: .test), word = uniqueName("licensing")
        let topics = LicensingHandler.topics(contract)
        try await broker.createTopics(Array(Set(topics + contract.topics.map(\.name))), partitions: contract.partitions)
        let conninfo = try await TestDatabase.fresh()
        let stack = Stack(
            programs: CommandTests.programs, bootstrapServers: broker.bootstrapServers, database: conninfo, secret: "whsec_unused", folder: try Scratch("licensing").path)
        let worker = try await stack.startWorker(
            "license-worker", name: word, extra: ["KAFKA_GROUP_ID": word, "NICOBAR_LICENSE_MASTER_SECRET": masterText, "DODO_PAYMENTS_ENVIRONMENT": "test_mode", "LOG_LEVEL": "trace"])

        // Newest first, each on its own topic: it is the revision that counts.
        let source = "sub_\(word)"
        let events = [
            EntitlementEvent(source: source, revision: 3, quantity: 2, validUntil: nil, name: "changed"),
            EntitlementEvent(source: source, revision: 2, state: "suspended", reason: "on-hold", quantity: 2, name: "suspended"), EntitlementEvent(source: source, quantity: 2),
            EntitlementEvent(source: source, product: "old", state: "revoked", reason: "plan-changed", name: "revoked"),
        ].map(\.written) + [
            WrittenEvent("msg_\(word)_1", type: "license_key.created", body: #"{"type":"license_key.created","timestamp":"2026-10-07T15:00:20Z","data":{"id":"lic_\#(word)","key":"\#(Self.dodoKey)","email":"\#(Self.email)","status":"active"}}"#),
            WrittenEvent("msg_\(word)_2", type: "license_key.created", body: #"{"type":"license_key.created","timestamp":"2026-10-07T15:00:20Z","data":{"id":"lic_\#(word)","key":["\#(Self.dodoKey)","\#(Self.email)"]}}"#),
        ]
        let producer = try Producer(["bootstrap.servers": broker.bootstrapServers, "acks": "all"])
        for event in events {
            let type = event.type ?? ""
            _ = try await producer.produce(
                topic: Mode.test.topicName(type.hasPrefix("nicobar.") ? type : "dodo.\(type)"), key: Array(source.utf8), value: event.body,
                headers: [(HeaderName.id, Array(event.webhookId.utf8)), (HeaderName.type, Array(type.utf8)), (HeaderName.webhookTimestamp, Array("1767225600".utf8))])
        }
        let isDone = try await eventually(within: .seconds(60)) {
            try await onThread {
                let ledger = try Connection(conninfo)
                return try ledger.query("select count(*) from worker.inbox where worker = 'licensing'").int64(0, 0) == Int64(events.count)
            }
        }
        #expect(isDone, "\(worker.process.tail())")
        let key = try await onThread {
            let ledger = try Ledger(conninfo)
            #expect(try ledger.licences() == "\(source)/old/1 revoked plan-changed, \(source)/pdt_1/1 active, \(source)/pdt_1/2 active")
            #expect(try ledger.value("select string_agg(reason, ' ') from worker.dead_letters") == "wrong-type")
            #expect(try ledger.desk.find(Self.dodoKey).dodoKeys.map(\.id) == ["lic_\(word)"])
            return try #require(try ledger.desk.find("\(source)/pdt_1/1").licences.first).key
        }
        let metrics = Loopback.request(port: worker.port, path: "/metrics")?.body ?? "", health = Loopback.request(port: worker.port, path: "/readyz")?.body ?? ""
        #expect(await worker.process.stop() == 0)
        #expect(metrics.contains("nicobar_") && !worker.process.output.isEmpty)
        for secret in [Self.dodoKey, Self.email, masterText, key, String(key.dropFirst(5).replacing("-", with: "").prefix(20))] {
            #expect(!metrics.contains(secret) && !health.contains(secret) && !worker.process.output.contains(secret), "something secret was told")
        }
    }
}
