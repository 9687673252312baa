import LibPQ
@testable import Licensing
import TestKit
import Testing
import Worker

@Suite("an entitlement of a newer program") struct NewerWordTests {
    static let newer = [
        EntitlementEvent(revision: 2, state: "frozen"),
        EntitlementEvent(revision: 2, policy: #"{"keys_per":"seat","activations":3,"token_days":30,"features":["pro"],"key_prefix":"ACME"}"#),
    ]

    @Test(arguments: newer)
    func `waits, with what came beside it, and is no dead letter`(event: EntitlementEvent) async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            let error = #expect(throws: PostgresError.self) { try ledger.apply(EntitlementEvent(), event) }
            #expect(error?.isObstacle == true && error.map { Remedy(for: $0) } == .wait)
            #expect(error?.message.contains("until license-worker is upgraded") == true, "\(error?.message ?? "")")
            try ledger.connection.execute("rollback")
            #expect(try ledger.value("select (select count(*) from licensing.licences) || ' ' || (select count(*) from worker.inbox)") == "0 0")
            try ledger.apply(EntitlementEvent())
            #expect(try ledger.licences() == "sub_1/pdt_1/1 active", "the same batch goes on with what it knows")
        }
    }

    @Test func `that is out of order in another way is a dead letter as before`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            #expect(throws: RecordFault.self) { try ledger.apply(EntitlementEvent(revision: 0, state: "frozen")) }
            #expect(throws: RecordFault.self) { try ledger.apply(EntitlementEvent(state: "FROZEN solid")) }
        }
    }
}
