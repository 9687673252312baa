import Events
import LibPQ
@testable import Licensing
import Settings
import TestKit
import Testing
import Worker

@Suite("the desk", .timeLimit(.minutes(2))) struct DeskTests {
    static let now: Int64 = 1_767_225_600
    static func why(_ reason: String = "leaked") -> Amendment { Amendment(by: "ada", reason: reason, at: Timestamp(seconds: now)) }
    private static let first = "sub_1/pdt_1/1", second = "sub_1/pdt_1/2"

    /// A ledger with two licences of one entitlement.
    private static func ledger(_ conninfo: String) throws -> Ledger {
        let ledger = try Ledger(conninfo)
        try ledger.apply(EntitlementEvent(quantity: 2))
        return ledger
    }

    private static func verify(_ token: String, _ ledger: Ledger, now: Int64 = now) throws -> String {
        switch try LicenceDesk.verify(token, ledger.connection, now: now) {
        case .success: "accepted"
        case .failure(let fault): fault.rawValue
        }
    }

    @Test func `shows the key that the row only knows the hash of, however it is asked for`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Self.ledger(conninfo)
            let shown = try ledger.desk.find(Self.first).licences
            let key = try #require(shown.first?.key)
            #expect(key.hasPrefix("ACME-") && shown.count == 1)
            for text in [key, key.lowercased(), String(key.dropFirst(5)), "sub_1", "sub_1/pdt_1", "cus_1"] {
                #expect(try ledger.desk.find(text).licences.contains { $0.key == key }, "\(text.count) characters")
            }
            #expect(try ledger.desk.find(key).licences.count == 1)
            #expect(try ledger.desk.find(key: Self.first).licences.isEmpty, "an id is no key")
            #expect(try ledger.desk.find("nobody").licences.isEmpty)
            #expect(try ledger.value("select last_characters from licensing.licences where licence_id = $1", Self.first) == String(key.suffix(5)))
        }
    }

    @Test func `finds Dodo's keys by the same question`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Self.ledger(conninfo)
            let text = "7d0f3c1e-52b4-4f6a-9a57-3c1be0d94e11"
            try ledger.apply([DodoKeyEvent(grant: nil, status: "active", text: text).written])
            let found = try ledger.desk.find(" \(text)\n")
            #expect(found.licences.isEmpty && found.dodoKeys.map(\.id) == ["lic_1"] && found.dodoKeys.first?.lastCharacters == "4e11")
            #expect(try ledger.desk.find(text.uppercased()).dodoKeys.isEmpty)
        }
    }

    @Test func `takes a licence back for good, and gives it back when asked`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Self.ledger(conninfo)
            let made = try ledger.desk.revoke(Self.first, Self.why())
            #expect(made.changed && made.licence.state == .revoked && made.licence.revision == 2)
            #expect(try !ledger.desk.revoke(Self.first, Self.why()).changed, "twice is once")
            // Whatever happens to the entitlement, the operator's word stands; the other line follows.
            try ledger.apply(EntitlementEvent(revision: 2, state: "suspended", reason: "on-hold", quantity: 2, name: "suspended"))
            try ledger.apply(EntitlementEvent(revision: 3, quantity: 2, validUntil: nil, name: "changed"))
            #expect(try ledger.licences() == "\(Self.first) revoked operator, \(Self.second) active")
            let back = try ledger.desk.reinstate(Self.first, Self.why("asked to"))
            #expect(back.licence.state == .active && back.licence.operatorReason == nil && back.licence.validUntil == nil)
            #expect(try ledger.value("select string_agg(concat_ws(' ', operator, action, subject, reason), ', ' order by id) from licensing.audit")
                == "ada revoke \(Self.first) leaked, ada reinstate \(Self.first) asked to")
            let told = try ledger.told() ?? ""
            #expect(told.hasSuffix("\(Self.first)@4 reinstated"), "\(told)")
            try OrderTests.expectListenersAgree(ledger)
            #expect(throws: DeskFault.self) { try ledger.desk.revoke("sub_9/pdt_9/1", Self.why()) }
            #expect(throws: DeskFault.self) { try ledger.desk.revoke("sub_1/pdt_1", Self.why()) }
        }
    }

    @Test func `reissues: the old key, its activations and its tokens end, the new key is the licence's`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Self.ledger(conninfo)
            _ = try ledger.desk.rotateKey(prepareOnly: false, Self.why("first"))
            let old = try #require(try ledger.desk.find(Self.first).licences.first).key, other = try #require(try ledger.desk.find(Self.second).licences.first).key
            let token = try ledger.desk.token(Self.first, now: Self.now).text
            try ledger.connection.execute("insert into licensing.activations (activation_id, licence_id, slot) values ('a', '\(Self.first)', 1), ('b', '\(Self.second)', 1)")
            #expect(try ledger.desk.reissue(Self.first, Self.why()).licence.generation == 2)
            let new = try #require(try ledger.desk.find(Self.first).licences.first).key
            #expect(new != old && new != other)
            #expect(try ledger.desk.find(key: old).licences.isEmpty && ledger.desk.find(key: new).licences.map(\.licence.licenceId) == [Self.first])
            #expect(try ledger.desk.find(key: other).licences.map(\.licence.licenceId) == [Self.second], "the other line keeps its key")
            #expect(try ledger.value("select string_agg(activation_id, ' ') from licensing.activations where deactivated_at is null") == "b")
            #expect(try Self.verify(token, ledger) == "revoked")
            let fresh = try ledger.desk.token(Self.first, now: Self.now).text
            #expect(try Self.verify(fresh, ledger) == "accepted")
            // A later event of the entitlement keeps the generation.
            try ledger.apply(EntitlementEvent(revision: 2, quantity: 2, validUntil: nil, name: "changed"))
            #expect(try ledger.desk.find(key: new).licences.map(\.licence.licenceId) == [Self.first])
        }
    }

    @Test func `issues tokens for active licences only, never beyond the licence's end`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            func refusal(_ id: String, now: Int64 = Self.now) -> String {
                do { _ = try ledger.desk.token(id, now: now); return "issued" } catch { return "\(error)" }
            }
            try ledger.apply(
                EntitlementEvent(product: "long", validUntil: "2027-01-01T00:00:00Z"), EntitlementEvent(product: "short", validUntil: "2026-01-03T00:00:00.9Z"),
                EntitlementEvent(product: "ever", validUntil: nil), EntitlementEvent(product: "held", state: "suspended", reason: "on-hold"),
                EntitlementEvent(product: "keyless", policy: #"{"keys_per":"unit","activations":3,"token_days":null,"features":[],"key_prefix":null}"#))
            #expect(refusal("sub_1/long/1").contains("rotate-key"))
            _ = try ledger.desk.rotateKey(prepareOnly: false, Self.why("first"))
            #expect(try ledger.desk.token("sub_1/long/1", now: Self.now).claims.expiresAt == Self.now + 30 * 86400)
            #expect(try ledger.desk.token("sub_1/short/1", now: Self.now).claims.expiresAt == Self.now + 2 * 86400)
            let ever = try ledger.desk.token("sub_1/ever/1", now: Self.now)
            #expect(ever.claims.expiresAt == Self.now + 30 * 86400)
            #expect(try TokenVerifier(LicenceDesk.keySet(ledger.connection, now: Self.now)).verify(ever.text, now: Self.now) == ever.claims)
            #expect(ever.claims.seats == 1 && ever.claims.activations == 3 && ever.claims.customerId == "cus_1" && ever.claims.features == #"["pro"]"#)
            #expect(refusal("sub_1/short/1", now: Self.now + 2 * 86400).contains("run out"))
            #expect(refusal("sub_1/held/1").contains("suspended (on-hold)"))
            #expect(refusal("sub_1/keyless/1").contains("token_days"))
            #expect(refusal("sub_1/none/1") == "no licence has this id")
        }
    }

    @Test func `takes tokens back by a signed list, and lets a licence that came back have new ones`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Self.ledger(conninfo)
            _ = try ledger.desk.rotateKey(prepareOnly: false, Self.why("first"))
            let old = try ledger.desk.token(Self.first, now: Self.now).text, other = try ledger.desk.token(Self.second, now: Self.now).text
            func offline(_ token: String, now: Int64 = Self.now) throws -> String {
                let verifier = TokenVerifier(try LicenceDesk.keySet(ledger.connection, now: now))
                let list = try verifier.revocations(ledger.desk.revocationList(now: now, days: 7).text)
                do throws(ProofFault) { _ = try verifier.verify(token, now: now, revocations: list); return "accepted" } catch { return error.rawValue }
            }
            #expect(try offline(old) == "accepted")
            let before = try ledger.desk.revocationList(now: Self.now, days: 7).list
            #expect(before.epoch == 0 && before.revoked.isEmpty)
            try ledger.apply(EntitlementEvent(revision: 2, state: "suspended", reason: "on-hold", quantity: 2, name: "suspended"))
            #expect(try offline(old) == "revoked" && offline(other) == "revoked")
            #expect(try ledger.desk.revocationList(now: Self.now, days: 7).list == RevocationList(epoch: 1, issuedAt: Self.now, expiresAt: Self.now + 7 * 86400, revoked: [Self.first: 1, Self.second: 1]))
            try ledger.apply(EntitlementEvent(revision: 3, quantity: 2, name: "changed"))
            let new = try ledger.desk.token(Self.first, now: Self.now).text
            #expect(try offline(old) == "revoked", "what was taken back stays so")
            #expect(try offline(new) == "accepted" && Self.verify(new, ledger) == "accepted" && Self.verify(old, ledger) == "revoked")
            // Once the last token has run out there is nothing left to take back.
            #expect(try ledger.desk.revocationList(now: Self.now + 31 * 86400, days: 7).list.revoked.isEmpty)
        }
    }

    @Test func `rotates signing keys with an overlap on both sides`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Self.ledger(conninfo)
            let one = try ledger.desk.rotateKey(prepareOnly: false, Self.why("first"))
            let token = try ledger.desk.token(Self.first, now: Self.now)
            let two = try ledger.desk.rotateKey(prepareOnly: true, Self.why("scheduled"))
            #expect(try ledger.desk.rotateKey(prepareOnly: true, Self.why("again")) == two, "one next key at a time")
            func kids(_ now: Int64) throws -> Set<String> { Set(try LicenceDesk.keySet(ledger.connection, now: now).publicKeys.keys) }
            #expect(try kids(Self.now) == [one, two], "verifiers know the next key before it signs")
            #expect(try ledger.desk.rotateKey(prepareOnly: false, Self.why("scheduled")) == two)
            let new = try ledger.desk.token(Self.second, now: Self.now).text
            #expect(try Self.verify(token.text, ledger) == "accepted" && Self.verify(new, ledger) == "accepted")
            #expect(try kids(token.claims.expiresAt + TokenVerifier.leewaySeconds) == [one, two], "as long as a token of the old key may be shown")
            #expect(try kids(token.claims.expiresAt + 3 * 86400) == [two])
            let three = try ledger.desk.rotateKey(prepareOnly: false, Self.why("in a hurry"))
            #expect(three != two && three != one)
            #expect(try ledger.value("select string_agg(action || ' ' || subject, ', ' order by id) from licensing.audit")
                == "rotate-key \(one), prepare-key \(two), rotate-key \(two), rotate-key \(three)")
            #expect(try ledger.value("select count(*)::text from licensing.signing_keys where state = 'active'") == "1")
        }
    }

    @Test func `two who rotate at once make two keys, one after the other`() async throws {
        let conninfo = try await TestDatabase.fresh()
        let kids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<4 { group.addTask { try await onThread { try Ledger(conninfo).desk.rotateKey(prepareOnly: false, Self.why()) } } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(kids.count == 4)
    }

    @Test func `and the worker refuse another master secret before anything is written`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let other = try #require(MasterSecret(encoded: String(repeating: "ab", count: 32)))
            // Who only looks does not decide which secret it is.
            #expect(try Ledger(conninfo, secret: other).desk.find("x").licences.isEmpty)
            let ledger = try Self.ledger(conninfo)
            let stranger = try Ledger(conninfo, secret: other)
            let error = #expect(throws: PostgresError.self) { try stranger.apply(EntitlementEvent(revision: 2, quantity: 5, name: "changed")) }
            #expect(error?.sqlstate == "NB002" && error?.kind != .record, "nobody's record is at fault")
            #expect(error.map { "\($0)".contains("NICOBAR_LICENSE_MASTER_SECRET") } == true)
            #expect(try ledger.value("select count(*)::text from licensing.licences") == "2")
            for act in [
                { _ = try stranger.desk.find("sub_1") }, { _ = try stranger.desk.revoke(Self.first, Self.why()) }, { _ = try stranger.desk.token(Self.first, now: Self.now) },
                { _ = try stranger.desk.rotateKey(prepareOnly: false, Self.why()) },
            ] as [() throws -> Void] {
                let fault = #expect(throws: DeskFault.self) { try act() }
                if case .wrongMasterSecret = fault {} else { Issue.record("\(fault.map { "\($0)" } ?? "no fault")") }
            }
            #expect(try ledger.licences() == "\(Self.first) active, \(Self.second) active")
        }
    }
}
