import Billing
import Events
import Foundation
import LibPQ
import Simulator
import TestKit
import Testing
import Worker

/// The third promise: whatever the order, the repetition and the batches, the same events end in the same rows.
///
/// A failing run prints its seed; `NICOBAR_SEED=<seed>` runs it again, `NICOBAR_ROUNDS=<n>` runs more of it.
@Suite("any order of events") struct OrderTests {
    static let seed = ProcessInfo.processInfo.environment["NICOBAR_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
    static let rounds = ProcessInfo.processInfo.environment["NICOBAR_ROUNDS"].flatMap { Int($0) } ?? 350

    /// The first charge: four events with one timestamp, of a payment and a subscription; one of them again with a newer body, one again as it was.
    static func firstCharge(_ semantics: BodySemantics, seed: UInt64) -> [WrittenEvent] {
        let story = Story.customer(living: [.renewedThenCancelled], seed: seed)
        let first = story.events.first { $0.type == .subscriptionActive }?.occurredAt
        let born = story.events.filter { $0.occurredAt == first }.map { Delivery(first: $0, of: story, semantics) }
        let renewed = born.first { $0.type == .subscriptionRenewed } ?? born[0]
        return (born + [renewed.retried(afterSeconds: 60 * 86400), born[0]]).map { WrittenEvent($0) }
    }

    @Test(arguments: BodySemantics.allCases)
    func `of a first charge, in all 720 permutations, ends in the same rows`(semantics: BodySemantics) async throws {
        let events = Self.firstCharge(semantics, seed: Self.seed)
        #expect(events.count == 6)
        #expect(Set(events.map { Self.timestamp(of: $0) }).count == 1, "seed \(Self.seed)")
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            var random = SplitMix64(seed: Self.seed)
            let ledger = try Ledger(conninfo)
            var expected: String?
            try forEachPermutation(events) { permutation in
                let state = try Self.outcome(of: permutation, in: ledger, &random)
                if expected == nil { expected = state }
                try #require(state == expected, "seed \(Self.seed)")
            }
            #expect(expected?.contains(#""status": "active""#) == true)
        }
    }

    @Test(arguments: BodySemantics.allCases)
    func `of a long life, thousands of times, ends in the rows that the order of time gives`(semantics: BodySemantics) async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            var random = SplitMix64(seed: Self.seed)
            for round in 0..<Self.rounds {
                let seed = random.next()
                let story = Story.customer(living: [Chapter.allCases[round % Chapter.allCases.count]], seed: seed)
                let plan = DeliveryPlan(seed: seed, duplicates: 0.4, newerBodies: 0.5, semantics: semantics)
                let events = plan.deliveries(of: [story]).map { WrittenEvent($0) }
                let expected = try Self.outcome(of: events, in: ledger, &random)
                for _ in 0..<2 {
                    let state = try Self.outcome(of: shuffled(events, &random), in: ledger, &random)
                    try #require(state == expected, "seed \(Self.seed), round \(round)")
                }
            }
        }
    }

    @Test func `over several lanes at once ends in the same rows, without a deadlock`() async throws {
        let seed = Self.seed
        // Lanes share nothing but customers; a customer's events spread over all of them.
        let events = DeliveryPlan(seed: seed, duplicates: 0.3, newerBodies: 0.5, semantics: .newest)
            .deliveries(of: Story.customers(24, seed: seed)).map { WrittenEvent($0) }
        let alone = try await TestDatabase.fresh(), together = try await TestDatabase.fresh()
        let expected = try await onThread {
            let ledger = try Ledger(alone)
            for start in stride(from: 0, to: events.count, by: 100) { try ledger.apply(Array(events[start..<min(start + 100, events.count)])) }
            return try ledger.state()
        }
        try await withThrowingTaskGroup { group in
            for lane in 0..<4 {
                group.addTask {
                    try await onThread {
                        let ledger = try Ledger(together)
                        var random = SplitMix64(seed: seed &+ UInt64(lane))
                        let mine = shuffled(events.enumerated().filter { $0.offset % 4 == lane }.map(\.element), &random)
                        for batch in batches(mine, &random) { try ledger.apply(batch) }
                    }
                }
            }
            try await group.waitForAll()
        }
        let found = try await onThread { try Ledger(together).state() }
        #expect(found == expected, "seed \(seed)")
    }

    /// Applies the events in random batches and says what they ended in; nothing of it stays.
    private static func outcome(of events: [WrittenEvent], in ledger: Ledger, _ random: inout SplitMix64) throws -> String {
        try ledger.connection.execute("begin")
        for batch in batches(events, &random) { try ledger.apply(batch, isOpen: true) }
        let state = try ledger.state()
        try ledger.connection.execute("rollback")
        return state
    }

    private static func timestamp(of event: WrittenEvent) -> String {
        String(decoding: event.body, as: UTF8.self).firstMatch(of: /"timestamp":"([^"]+)"/).map { String($0.1) } ?? ""
    }
}
