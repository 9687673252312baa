import Events
import Foundation
import TestKit
import Testing

/// Everything that strangers and broken proxies may send, over raw sockets, against a real ingest and a real producer.
@Suite("hostile deliveries", .timeLimit(.minutes(3))) struct HostileDeliveryTests {
    @Test func `each gets the right answer, the next good delivery is taken, and Kafka has what was taken and nothing else`() async throws {
        let servers = try await IngestBroker.shared.servers()
        try await onThread {
            // Some of them are only ended by the deadline of a request.
            let ingest = try RunningIngest(servers, ["NICOBAR_REQUEST_TIMEOUT": "2s"])
            let witness = try Witness(servers)
            let word = "hostile-" + String(UInt32.random(in: 0 ... .max), radix: 36)
            let rows = HostileRows(word: word).rows
            #expect(rows.count >= 60)
            for row in rows {
                let started = ContinuousClock.now
                try Self.check(row, ingest, witness)
                let good = RawDelivery("\(word)-good-\(UInt64.random(in: 0 ... .max))")
                let answer = try ingest.ask(good.bytes)
                #expect(answer?.status == 204, "after \(row.name)")
                Self.expectInKafka(good.id, good.body, reason: nil, after: row.name, witness)
                #expect(witness.found(good.id).first?.key == Array("pay_\(good.id.prefix(40))".utf8), "the payment is the key")
                let spent = ContinuousClock.now - started
                #expect(spent < .seconds(8), "\(row.name) took \(spent)")
            }
            witness.readOn()
            for row in rows {
                switch row.answer {
                case .taken, .parked: #expect(witness.found(row.id).count == 1, "\(row.name)")
                case .refused, .cut: #expect(witness.found(row.id).isEmpty, "\(row.name) is in Kafka")
                }
            }
            witness.close()
            #expect(ingest.stop() == true)
            #expect(!ingest.log.contains { $0.contains("pay_") || $0.contains("whsec_") })
        }
    }

    private static func check(_ row: HostileRow, _ ingest: RunningIngest, _ witness: Witness) throws {
        let client = try ingest.client()
        let (body, bytes) = row.make()
        client.send(bytes)
        if row.finishes { client.finish() }
        let answer = client.answer()
        switch row.answer {
        case .refused(let status):
            #expect(answer?.status == status, "\(row.name): \(answer?.head ?? "no answer")")
            #expect(answer?.text.contains("secret") != true)
        case .cut(let statuses): #expect(answer.map { statuses.contains($0.status) } ?? true, "\(row.name): \(answer?.head ?? "")")
        case .taken:
            #expect(answer?.status == 204, "\(row.name): \(answer?.head ?? "no answer")")
            expectInKafka(row.id, body, reason: nil, after: row.name, witness)
        case .parked(let reason):
            #expect(answer?.status == 204, "\(row.name): \(answer?.head ?? "no answer")")
            expectInKafka(row.id, body, reason: reason, after: row.name, witness)
        }
    }

    /// The message of a delivery: its bytes, its topic, its headers (DESIGN §6).
    private static func expectInKafka(_ id: String, _ body: [UInt8], reason: String?, after name: String, _ witness: Witness) {
        let found = witness.find(id)
        #expect(found.count == 1, "\(name): \(found.count) messages")
        guard let seen = found.first else { return }
        #expect(seen.body == body, "\(name): the body is another one")
        #expect(seen.topic == (reason == nil ? "dodo.payment.succeeded" : "dodo.unrecognised"), "\(name)")
        #expect(seen.header("nicobar-unrecognised-reason") == reason, "\(name)")
        #expect(seen.header("ce_specversion") == "1.0")
        #expect(seen.header("ce_id") == id)
        #expect(seen.header("ce_source") == "/dodo-payments/live")
        #expect(seen.header("ce_type").map { !$0.isEmpty && $0.utf8.allSatisfy { $0 > 32 && $0 < 127 } } == true, "\(name)")
        if reason == nil { #expect(seen.header("ce_type") == "payment.succeeded") }
        if let time = seen.header("ce_time") { #expect(Timestamp(rfc3339: time) != nil, "\(name)") }
        #expect(seen.header("content-type") == "application/json")
        #expect(seen.header("webhook-timestamp").flatMap { Int64($0) } != nil, "\(name)")
        let age = seen.header("received-at").flatMap { Timestamp(rfc3339: $0) }.map { Date().timeIntervalSince1970 - Double($0.microseconds) / 1e6 }
        #expect(age.map { $0 > -2 && $0 < 60 } == true, "\(name): received \(age ?? -1) s ago")
        #expect(seen.header("traceparent")?.wholeMatch(of: /00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/) != nil, "\(name)")
        #expect(seen.key?.isEmpty == false && (seen.key?.count ?? 0) <= 256, "\(name)")
        #expect(Set(seen.headers.map(\.name)).count == seen.headers.count, "\(name): a header twice")
    }
}
