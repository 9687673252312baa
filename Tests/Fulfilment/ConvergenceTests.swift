import Events
import Foundation
import Fulfilment
import LibPQ
import Simulator
import TestKit
import Testing
import Worker

/// The third promise, for orders and entitlements: whatever the order, the repetition, the batches and the lanes, the same events end in the same conclusions,
/// and whoever follows the topics knows them.
///
/// A failing run prints its seed; `NICOBAR_SEED=<seed>` runs it again, `NICOBAR_ROUNDS=<n>` runs more of it.
@Suite("any order of events", .serialized) struct ConvergenceTests {
    static let seed = ProcessInfo.processInfo.environment["NICOBAR_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
    static let rounds = ProcessInfo.processInfo.environment["NICOBAR_ROUNDS"].flatMap { Int($0) } ?? 102
    /// In the middle of the stories, so that some deadlines have passed and some have not.
    static let now = Timestamp(microseconds: Story.standardStart + 75 * 86_400_000_000)

    static func demoCatalogue() throws -> [UInt8] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: root.appendingPathComponent("deploy/local/catalogue.json")))
    }

    static func database() async throws -> String {
        let conninfo = try await TestDatabase.fresh(), file = try demoCatalogue()
        try await onThread { _ = try CatalogueStore(Connection(conninfo)).apply(file, by: "tests") }
        return conninfo
    }

    @Test(arguments: BodySemantics.allCases)
    func `of a first charge, in all 720 permutations, ends in the same conclusions`(semantics: BodySemantics) async throws {
        let story = Story.customer(living: [.renewedThenCancelled], seed: Self.seed)
        let first = story.events.first { $0.type == .subscriptionActive }?.occurredAt
        let born = story.events.filter { $0.occurredAt == first }.map { Delivery(first: $0, of: story, semantics) }
        let renewed = try #require(born.first { $0.type == .subscriptionRenewed })
        let events = (born + [renewed.retried(afterSeconds: 60 * 86400), born[0]]).map { WrittenEvent($0) }
        #expect(events.count == 6)
        let conninfo = try await Self.database()
        try await onThread {
            var random = SplitMix64(seed: Self.seed)
            let ledger = try Ledger(conninfo, now: Self.now)
            var expected: [String]?
            try forEachPermutation(events) { permutation in
                let found = try Self.outcome(of: permutation, in: ledger, &random)
                if expected == nil {
                    expected = found
                    let counts = try Self.counts(of: permutation, in: ledger)
                    #expect(counts == ["1", "1", semantics == .newest ? "2" : "1"], "one order, one entitlement, one period; the newer body tells of another")
                }
                try #require(found == expected, "seed \(Self.seed)")
            }
        }
    }

    @Test(arguments: BodySemantics.allCases)
    func `of a long life, thousands of times, ends in the conclusions that the order of time gives`(semantics: BodySemantics) async throws {
        let conninfo = try await Self.database()
        try await onThread {
            let ledger = try Ledger(conninfo, now: Self.now)
            var random = SplitMix64(seed: Self.seed)
            for round in 0..<Self.rounds {
                let seed = random.next()
                let story = Story.customer(living: [Chapter.allCases[round % Chapter.allCases.count]], seed: seed)
                let plan = DeliveryPlan(seed: seed, duplicates: 0.4, newerBodies: 0.5, semantics: semantics)
                let events = plan.deliveries(of: [story]).map { WrittenEvent($0) }
                let expected = try Self.outcome(of: events, in: ledger, &random)
                for _ in 0..<5 {
                    let found = try Self.outcome(of: shuffled(events, &random), in: ledger, &random)
                    try #require(found == expected, "seed \(Self.seed), round \(round)")
                }
            }
        }
    }

    @Test func `over several lanes at once ends in the same conclusions, without a deadlock`() async throws {
        let seed = Self.seed
        let stories = Story.customers(34, seed: seed)
        // A customer's events spread over all lanes, which is worse than any key would make it; with payments that several subscriptions share.
        let events = DeliveryPlan(seed: seed, duplicates: 0.3, newerBodies: 0.5, semantics: .newest).deliveries(of: stories).map { WrittenEvent($0) }
            + (0..<30).flatMap { SharedCheckout.events($0) }
        let alone = try await Self.database(), together = try await Self.database()
        let expected = try await onThread {
            let ledger = try Ledger(alone, now: Self.now)
            for start in stride(from: 0, to: events.count, by: 100) { try ledger.apply(Array(events[start..<min(start + 100, events.count)])) }
            return [try ledger.facts(), try ledger.state(), try ledger.told()]
        }
        let met = try await withThrowingTaskGroup(of: [String].self) { group in
            for lane in 0..<6 {
                group.addTask {
                    try await onThread {
                        let ledger = try Ledger(together, now: Self.now)
                        var random = SplitMix64(seed: seed &+ UInt64(lane))
                        let mine = shuffled(events.enumerated().filter { $0.offset % 6 == lane }.map(\.element), &random)
                        return try batches(mine, &random).flatMap { try ledger.apply($0, waits: true) }
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let found = try await onThread {
            let ledger = try Ledger(together, now: Self.now)
            #expect(try ledger.told() == ledger.ought(), "seed \(seed)")
            return [try ledger.facts(), try ledger.state(), try ledger.told()]
        }
        #expect(found == expected, "seed \(seed)")
        #expect(!met.contains("40P01"), "a deadlock; seed \(seed)")
    }

    /// Applies the events in random batches and gives what was concluded and told; nothing of it stays.
    private static func outcome(of events: [WrittenEvent], in ledger: Ledger, _ random: inout SplitMix64) throws -> [String] {
        try ledger.connection.execute("begin")
        for batch in batches(events, &random) { try ledger.apply(batch, isOpen: true) }
        let told = try ledger.told(), outcome = [try ledger.state(), told]
        // Costly, and the same for all that agree with each other.
        if random.next() % 16 == 0 { try #require(try ledger.ought() == told, "seed \(seed)") }
        try ledger.connection.execute("rollback")
        return outcome
    }

    private static func counts(of events: [WrittenEvent], in ledger: Ledger) throws -> [String?] {
        try ledger.connection.execute("begin")
        for event in events { try ledger.apply([event], isOpen: true) }
        let counts = try ["orders", "entitlements", "periods"].map { try ledger.value("select count(*) from fulfilment.\($0)") }
        try ledger.connection.execute("rollback")
        return counts
    }
}

/// A checkout that starts two subscriptions with one payment (FACTS 5.2), which is later refunded or disputed.
enum SharedCheckout {
    static func events(_ number: Int) -> [WrittenEvent] {
        let payment = "pay_shared\(number)", start = Timestamp(microseconds: Story.standardStart + Int64(number) * 3_600_000_000)
        let next = Timestamp(microseconds: start.microseconds + 30 * 86_400_000_000)
        let subs = ["sub_a\(number)", "sub_b\(number)"], plans = Simulator::Catalogue.plans
        let periods = subs.map { #"{"subscription_id":"\#($0)","starts_at":"\#(start)","ends_at":"\#(next)","proration_factor":"1"}"# }
        let paid = WrittenEvent("msg_p\(number)", "payment.succeeded", at: start, """
            {"payment_id":"\(payment)","status":"succeeded","charge_type":"new","currency":"USD","total_amount":3800,"is_multi_subscription":true,
            "subscription_id":null,"subscription_ids":["\(subs[0])","\(subs[1])"],"product_cart":null,"service_periods":[\(periods.joined(separator: ","))],
            "customer":{"customer_id":"cus_s\(number)"}}
            """)
        let begun = subs.enumerated().map { index, id in
            WrittenEvent("msg_s\(index)\(number)", "subscription.active", at: start, """
                {"subscription_id":"\(id)","status":"active","product_id":"\(plans[index].id)","quantity":\(index + 1),"created_at":"\(start)",
                "previous_billing_date":"\(start)","next_billing_date":"\(next)","customer":{"customer_id":"cus_s\(number)"}}
                """)
        }
        let later = Timestamp(microseconds: start.microseconds + 86_400_000_000)
        let after = number % 2 == 0
            ? WrittenEvent("msg_d\(number)", "dispute.opened", at: later, #"{"dispute_id":"dp_s\#(number)","payment_id":"\#(payment)","dispute_status":"dispute_opened"}"#)
            : WrittenEvent("msg_r\(number)", "refund.succeeded", at: later,
                #"{"refund_id":"ref_s\#(number)","payment_id":"\#(payment)","status":"succeeded","is_partial":true,"amount":100,"currency":"USD"}"#)
        return [paid, begun[0], begun[1], after]
    }
}
