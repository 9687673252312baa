import Events
import Foundation
import LibCrypto
import LibPQ
@testable import Licensing
import RdKafka
import TestKit
import Testing
import Worker

/// Nothing that opens a door, and nobody's address, comes out of licensing but where it is asked for by name.
@Suite("what licensing never tells", .timeLimit(.minutes(2))) struct SecrecyTests {
    /// Records in memory, with the headers of the topics.
    private final class Held: RecordOwner, @unchecked Sendable {
        // Unchecked: filled before it is read, and only freed at the end.
        private var buffers: [UnsafeMutableRawBufferPointer] = []
        private(set) var records: [Record] = []

        func add(_ id: String, _ type: String, _ body: String) {
            records.append(Record(
                owner: self, index: records.count, topic: type.hasPrefix("nicobar.") ? type : "dodo.\(type)", partition: 0, offset: Int64(records.count),
                timestampMilliseconds: 1_767_225_600_000, key: nil, body: keep(body), webhookId: keep(id), typeName: keep(type), eventTime: nil,
                webhookTimestamp: keep("1767225600"), unrecognisedReason: nil))
        }

        func release() {
            records = []
            for buffer in buffers { buffer.deallocate() }
            buffers = []
        }

        func forEachHeader(ofRecord index: Int, _ body: (String, UnsafeRawBufferPointer?) -> Void) {}

        private func keep(_ text: String) -> UnsafeRawBufferPointer {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, text.utf8.count), alignment: 1)
            buffer.copyBytes(from: text.utf8)
            buffers.append(buffer)
            return UnsafeRawBufferPointer(rebasing: buffer[..<text.utf8.count])
        }
    }

    private static let dodoKey = "CANARYKEY-7d0f3c1e-52b4", email = "canary@example.com"

    private static func dodo(_ data: String, _ type: String = "license_key.created") -> String { #"{"type":"\#(type)","timestamp":"2026-10-07T15:00:20Z","data":\#(data)}"# }

    @Test func `not in rows, events, reasons of dead letters, or errors`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            let handler = LicensingHandler(master, mode: .live)
            let transaction = LaneTransaction(handler), held = Held()
            defer { held.release() }
            let entitlement = EntitlementEvent(quantity: 3).body
            held.add("a", "nicobar.entitlement.granted", entitlement.dropLast() + #","customer":{"email":"\#(Self.email)"}}"#)
            held.add("b", "license_key.created", Self.dodo(#"{"id":"lic_1","key":"\#(Self.dodoKey)","customer_email":"\#(Self.email)","status":"active"}"#))
            // Each wrong in its own way, each with something to hide.
            held.add("c", "license_key.created", Self.dodo(#"{"id":"lic_2","key":["\#(Self.dodoKey)"]}"#))
            held.add("d", "license_key.created", Self.dodo(#"{"id":"lic_2","key":"\#(Self.dodoKey)","activations_limit":"\#(Self.email)"}"#))
            held.add("e", "license_key.created", Self.dodo(#"{"id":"lic_2","key":"\#(Self.dodoKey)\u0000"}"#))
            held.add("g1", "entitlement_grant.created", Self.dodo(#"{"id":"entg_1","license_key":{"id":"lic_1","key":"\#(Self.dodoKey)","status":"active"},"customer":{"email":"\#(Self.email)"}}"#, "entitlement_grant.created"))
            held.add("g2", "entitlement_grant.delivered", Self.dodo(#"{"id":"entg_2","license_key":"\#(Self.dodoKey)"}"#, "entitlement_grant.delivered"))
            held.add("g3", "entitlement_grant.revoked", Self.dodo(#"{"id":"entg_3","license_key":{"id":null,"key":"\#(Self.dodoKey)"}}"#, "entitlement_grant.revoked"))
            held.add("g4", "entitlement_grant.failed", Self.dodo(#"{"id":"entg_3","license_key":{"id":"lic_3","key":"\#(Self.dodoKey)","expires_at":"\#(Self.email)"}}"#, "entitlement_grant.failed"))
            held.add("f", "nicobar.entitlement.changed", entitlement.replacing(#""state":"active""#, with: #""state":"\#(Self.email)""#))
            held.add("g", "nicobar.entitlement.changed", #"{"email":"\#(Self.email)""#)
            held.add("h", "license_key.vanished", Self.dodo(#"{"key":"\(Self.dodoKey)"}"#))
            let epoch = try LaneTransaction.take(ledger.connection, worker: "licensing", lane: 0, owner: "test")
            let outcome = try transaction.run(held.records[...], faults: [:], lane: 0, epoch: epoch, on: ledger.connection)
            #expect(outcome.applied == 3 && outcome.deadLetters.count == 9, "\(outcome)")
            #expect(try ledger.licences()?.contains("sub_1/pdt_1/3 active") == true)

            _ = try ledger.desk.rotateKey(prepareOnly: false, DeskTests.why())
            let key = try #require(try ledger.desk.find("sub_1/pdt_1/1").licences.first).key
            let token = try ledger.desk.token("sub_1/pdt_1/1", now: DeskTests.now).text, list = try ledger.desk.revocationList(now: DeskTests.now, days: 1).text
            _ = try ledger.desk.revoke("sub_1/pdt_1/2", DeskTests.why())

            var told = try Self.dump(ledger)
            // PostgreSQL refuses a row: its message would quote the key of the row, and that is a hash.
            try ledger.connection.execute("update licensing.licences set lookup_hash = sha256('x') where licence_id = 'sub_1/pdt_1/1'; update licensing.licences set lookup_hash = '\\x\(Self.hex(handler.keys.hash(handler.keys.key(entitlement: "sub_1/pdt_1", line: 1, generation: 1)).array))' where licence_id = 'sub_1/pdt_1/3'")
            let refused = #expect(throws: PostgresError.self) { try ledger.apply(EntitlementEvent(revision: 9, quantity: 3, validUntil: nil)) }
            #expect(refused?.constraint == "licences_key_once")
            told += refused.map { "\($0)" } ?? ""
            for text in ["nonsense-\(key)", token + "x", key] {
                switch try LicenceDesk.verify(text, ledger.connection, now: DeskTests.now) {
                case .success: Issue.record("nonsense is no token")
                case .failure(let fault): told += "\(fault) \(String(reflecting: fault))"
                }
            }
            for act in [{ try ledger.desk.revoke(key, DeskTests.why()) }, { try ledger.desk.reissue(token, DeskTests.why()) }] as [() throws -> (Licence, Bool)] {
                told += #expect(throws: DeskFault.self) { try act() }.map { "\($0) \(String(reflecting: $0))" } ?? ""
            }
            #expect(told.contains("sub_1/pdt_1/1") && told.contains("wrong-type") && told.contains("not-json"), "the net has caught something at all")

            let compact = String(key.dropFirst(5).replacing("-", with: ""))
            for (name, secret) in [
                ("one of Dodo's keys", Self.dodoKey), ("an address", Self.email), ("a key", key), ("a key", compact), ("most of a key", String(compact.prefix(20))),
                ("the master secret", masterText), ("a token", token), ("a token's signature", String(token.suffix(40))), ("a list", list),
                ("the private key", Self.hex(try ledger.desk.signing.key(try ledger.value("select kid from licensing.signing_keys") ?? "").raw)),
            ] { #expect(!told.contains(secret), "\(name) was told") }
        }
    }

    /// All that is in the database but the raw bodies of dead letters, which are kept byte for byte on purpose.
    private static func dump(_ ledger: Ledger) throws -> String {
        let tables = try ledger.connection.query("select schemaname || '.' || tablename from pg_tables where schemaname in ('licensing', 'worker') order by 1")
        var text = ""
        for row in 0..<tables.rowCount {
            let table = tables.text(row, 0) ?? ""
            let hidden = table == "worker.dead_letters" ? "'{body,headers}'" : "'{body}'"
            text += "\(table)\n" + (try ledger.value("select string_agg((to_jsonb(t) - \(hidden)::text[])::text, E'\\n') from \(table) t") ?? "") + "\n"
        }
        return text + (try ledger.value("select string_agg(convert_from(body, 'UTF8'), E'\\n') from worker.outbox") ?? "")
    }

    private static func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
}
