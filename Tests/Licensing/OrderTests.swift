import Events
import Foundation
import LibPQ
@testable import Licensing
import Simulator
import TestKit
import Testing
import Worker

/// The third promise, for licences: whatever the order, the repetition and the batches, the same events end in the same licences, and whoever listens to
/// `nicobar.license.*` ends with them too.
///
/// A failing run prints its seed; `NICOBAR_SEED=<seed>` runs it again, `NICOBAR_ROUNDS=<n>` runs more of it.
@Suite("any order of entitlement events", .timeLimit(.minutes(3))) struct OrderTests {
    static let seed = ProcessInfo.processInfo.environment["NICOBAR_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
    static let rounds = ProcessInfo.processInfo.environment["NICOBAR_ROUNDS"].flatMap { Int($0) } ?? 150

    /// The life of some entitlements, with duplicates: granted, changed in quantity, policy and dates, suspended, revoked, granted again; and Dodo's keys.
    static func events(_ random: inout SplitMix64, entitlements: Int, revisions: Int) -> [WrittenEvent] {
        let policies = [
            EntitlementEvent().policy, #"{"keys_per":"unit","activations":null,"token_days":7,"features":["pro", "api"],"key_prefix":"BETA"}"#,
            #"{"keys_per":"entitlement","activations":2,"token_days":30,"features":[],"key_prefix":null}"#, "null",
        ]
        var events: [WrittenEvent] = []
        for number in 0..<entitlements {
            for revision in 1...revisions {
                let state = ["active", "active", "suspended", "revoked"][Int(random.next() % 4)]
                let event = EntitlementEvent(
                    source: "sub_\(number / 2)", product: "pdt_\(number % 2)", revision: Int64(revision), state: state, reason: state == "active" ? nil : "why-\(revision)",
                    quantity: Int(random.next() % 5), policy: policies[Int(random.next() % 12) < 9 ? Int(random.next() % 2) : Int(random.next() % 4)],
                    validUntil: random.next() % 3 == 0 ? nil : "202\(random.next() % 8 + 1)-05-01T00:00:00Z", customer: "cus_\(random.next() % 2)",
                    name: ["granted", "changed", "suspended", "revoked"][Int(random.next() % 4)])
                events.append(event.written)
                if random.next() % 3 == 0 { events.append(event.written) }
            }
        }
        for key in 0..<2 { events += DodoKeyTests.life(of: key, &random) }
        return events
    }

    @Test func `of one entitlement's life, in all permutations, ends in the same licences`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            var random = SplitMix64(seed: Self.seed)
            // Three seats, then two, suspended, a renewal with another policy, revoked: whatever comes last by revision decides, whatever comes last by time.
            let life = [
                EntitlementEvent(revision: 1, quantity: 3), EntitlementEvent(revision: 2, quantity: 2, name: "changed"),
                EntitlementEvent(revision: 3, state: "suspended", reason: "on-hold", quantity: 2, name: "suspended"),
                EntitlementEvent(revision: 4, quantity: 1, policy: "null", name: "changed"),
                EntitlementEvent(revision: 5, state: "revoked", reason: "refund", quantity: 2, name: "revoked"),
            ].map(\.written)
            var expected: String?
            try forEachPermutation(life + [life[1]]) { permutation in
                let state = try Self.outcome(of: permutation, in: ledger, &random)
                if expected == nil { expected = state }
                try #require(state == expected, "seed \(Self.seed)")
            }
            #expect(expected?.matches(of: /"state": "revoked"/).count == 4, "an entitlement and its three lines: \(expected ?? "")")
        }
    }

    @Test func `of many lives, hundreds of times, ends in the licences that the order of revisions gives`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            var random = SplitMix64(seed: Self.seed)
            for round in 0..<Self.rounds {
                let events = Self.events(&random, entitlements: 3, revisions: 5)
                let expected = try Self.outcome(of: events, in: ledger, &random)
                for _ in 0..<2 {
                    let state = try Self.outcome(of: shuffled(events, &random), in: ledger, &random)
                    try #require(state == expected, "seed \(Self.seed), round \(round)")
                }
            }
        }
    }

    @Test func `over several lanes at once, with an operator among them, ends in the same licences, without a deadlock`() async throws {
        let seed = Self.seed
        var random = SplitMix64(seed: seed)
        let events = Self.events(&random, entitlements: 40, revisions: 6)
        let alone = try await TestDatabase.fresh(), together = try await TestDatabase.fresh()
        // An operator revokes one line for good, and reissues another, in both.
        let first = EntitlementEvent(source: "sub_op", product: "pdt_0", revision: 1, quantity: 2).written
        let later = (2...6).map { EntitlementEvent(source: "sub_op", product: "pdt_0", revision: $0, state: $0 == 4 ? "suspended" : "active", quantity: 2).written }
        @Sendable func operate(_ ledger: Ledger) throws {
            _ = try ledger.desk.revoke("sub_op/pdt_0/1", Amendment(by: "ada", reason: "leaked", at: .init(seconds: 1_767_225_700)))
            _ = try ledger.desk.reissue("sub_op/pdt_0/2", Amendment(by: "ada", reason: "leaked", at: .init(seconds: 1_767_225_700)))
        }
        let expected = try await onThread {
            let ledger = try Ledger(alone)
            try ledger.apply([first])
            try operate(ledger)
            for start in stride(from: 0, to: events.count, by: 50) { try ledger.apply(Array(events[start..<min(start + 50, events.count)])) }
            try ledger.apply(later)
            return try ledger.state()
        }
        _ = try await onThread { try Ledger(together).apply([first]) }
        try await withThrowingTaskGroup { group in
            for lane in 0..<4 {
                group.addTask {
                    try await onThread {
                        let ledger = try Ledger(together)
                        var random = SplitMix64(seed: seed &+ UInt64(lane))
                        // Even what belongs to one lane, in all of them: a lane that was taken over is still at work while the new owner begins.
                        let mine = shuffled((events + later).enumerated().filter { $0.offset % 4 == lane || $0.offset % 7 == 0 }.map(\.element), &random)
                        for batch in batches(mine, &random) { try ledger.apply(batch) }
                    }
                }
            }
            group.addTask { try await onThread { try operate(try Ledger(together)) } }
            try await group.waitForAll()
        }
        try await onThread {
            let ledger = try Ledger(together)
            #expect(try ledger.state() == expected, "seed \(seed)")
            #expect(try ledger.value("select state || ' ' || reason from licensing.licences where licence_id = 'sub_op/pdt_0/1'") == "revoked operator")
            try Self.expectListenersAgree(ledger)
        }
    }

    @Test func `leaves whoever keeps the highest revision of each licence with what the rows say`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            var random = SplitMix64(seed: Self.seed)
            for batch in batches(shuffled(Self.events(&random, entitlements: 20, revisions: 6), &random), &random) { try ledger.apply(batch) }
            try Self.expectListenersAgree(ledger)
        }
    }

    /// Revisions without gaps, one event each, the type that fits the state, and the last event saying what the row says.
    static func expectListenersAgree(_ ledger: Ledger) throws {
        let told = "(select distinct on (body->>'licence_id') body, type from (select convert_from(body, 'UTF8')::jsonb as body, type from worker.outbox where type like 'nicobar.license.%') o order by body->>'licence_id', (body->>'revision')::bigint desc) t"
        #expect(try ledger.value("select count(*)::text from licensing.licences").flatMap { Int($0) } ?? 0 > 0)
        #expect(try ledger.value("select count(*)::text from licensing.licences") == ledger.value("select count(*)::text from \(told)"), "seed \(seed)")
        #expect(try ledger.value("select count(*)::text from worker.outbox where type like 'nicobar.license.%'") == ledger.value("select sum(revision)::text from licensing.licences"), "seed \(seed)")
        #expect(try ledger.value("""
            select string_agg(licence_id, ' ') from licensing.licences l join \(told) on body->>'licence_id' = l.licence_id
             where (body->>'revision')::bigint <> l.revision or body->>'state' <> l.state or body->>'reason' is distinct from l.reason
                or (body->>'generation')::int <> l.generation or (body->'features')::text <> l.features::jsonb::text
                or (body->>'valid_until')::timestamptz is distinct from l.valid_until or (body->>'seats')::bigint <> l.seats
                or (body->>'activations_allowed')::bigint is distinct from l.activations_allowed or body->>'customer_id' is distinct from l.customer_id
                or l.state <> case type when 'nicobar.license.issued' then 'active' when 'nicobar.license.reinstated' then 'active'
                                        when 'nicobar.license.suspended' then 'suspended' when 'nicobar.license.revoked' then 'revoked' end
            """) == nil, "seed \(seed)")
    }

    /// Applies the events in random batches and says what they ended in; nothing of it stays.
    private static func outcome(of events: [WrittenEvent], in ledger: Ledger, _ random: inout SplitMix64) throws -> String {
        try ledger.connection.execute("begin")
        for batch in batches(events, &random) { try ledger.apply(batch, isOpen: true) }
        let state = try ledger.state()
        try ledger.connection.execute("rollback")
        return state
    }
}
