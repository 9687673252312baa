import Events
import Foundation
import Fulfilment
import LibPQ
import Simulator
import TestKit
import Testing

/// What the code tells against what `schemas/` promises.
@Suite("domain events") struct EventSchemaTests {
    @Test func `of many lives fit their schemas, stand on topics of the contract, and hold nothing personal`() async throws {
        let stories = Story.customers(34, seed: 11)
        let events = DeliveryPlan(seed: 11, duplicates: 0.2, reorder: 0.3).deliveries(of: stories).map { WrittenEvent($0) }
        let conninfo = try await ConvergenceTests.database()
        let contract = try TopicContract(mode: .live)
        try await onThread {
            let ledger = try Ledger(conninfo, now: ConvergenceTests.now)
            for start in stride(from: 0, to: events.count, by: 20) { try ledger.apply(Array(events[start..<min(start + 20, events.count)])) }
            let rows = try ledger.connection.query("select type, topic, key, id, convert_from(body, 'UTF8') from worker.outbox order by position")
            var seen: Set<String> = [], schemas: [String: SchemaCheck] = [:]
            for row in 0..<rows.rowCount {
                let type = try #require(rows.text(row, 0)), body = try #require(rows.text(row, 4))
                let topic = try #require(contract.topics.first { $0.name == rows.text(row, 1) }, "\(type)")
                #expect(topic.name == type)
                let path = try #require(topic.schema)
                let schema = try schemas[type] ?? SchemaCheck(path)
                schemas[type] = schema
                seen.insert(type)
                #expect(schema.faults(Array(body.utf8)) == [], "\(type)")
                let value = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
                let entity = try #require(value["entitlement_id"] as? String ?? value["order_id"] as? String)
                #expect(rows.text(row, 3) == "\(entity)@\(value["revision"] ?? 0)")
                #expect(rows.text(row, 2) == value["source_id"] as? String ?? value["subscription_id"] as? String ?? value["payment_id"] as? String)
                #expect(!body.contains("@example") && !body.contains("email"))
            }
            #expect(seen == Set(contract.topics.map(\.name).filter { $0.hasPrefix("nicobar.order.") || $0.hasPrefix("nicobar.entitlement.") }))
            #expect(try ledger.told() == ledger.ought())
        }
    }

    @Test func `the check itself refuses what is missing, unknown, or of another type`() throws {
        let schema = try SchemaCheck("events/nicobar.entitlement.revoked.json")
        #expect(schema.faults(Array("{}".utf8)).count == 17)
        #expect(schema.faults(Array(#"{"revision":"1","surprise":1,"state":"active"}"#.utf8)).filter { !$0.hasSuffix("missing") }.count == 3)
    }
}
