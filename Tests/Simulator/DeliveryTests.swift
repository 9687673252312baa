import Events
import Testing
@testable import Simulator

@Suite struct `the retry ladder` {
    @Test func `reaches the fourth attempt 35 minutes and 5 seconds after the first`() {
        var message = MessageAttempts(RetryLadder())
        #expect(message.begin(at: 0) == .attempt(0, at: 0))
        #expect(message.ended(status: 500, at: 0) == .attempt(1, at: 5))
        #expect(message.ended(status: nil, at: 5) == .attempt(2, at: 305))
        #expect(message.ended(status: 302, at: 305) == .attempt(3, at: 2105))
        #expect(message.ended(status: 204, at: 2105) == .delivered)
        #expect(2105 == 35 * 60 + 5)
    }

    @Test func `makes eight attempts in about 27 hours and 35 minutes and then gives up`() {
        var message = MessageAttempts(RetryLadder()), now = 0.0, attempts = 1
        while case .attempt(_, let at) = message.ended(status: 503, at: now) {
            now = at
            attempts += 1
        }
        #expect(attempts == 8)
        #expect(now == 5 + 300 + 1800 + 7200 + 18_000 + 36_000 + 36_000)
        #expect(message.ended(status: 503, at: now) == .failed)
    }

    @Test func `runs as much faster as it is told, and counts from the failure before`() {
        var message = MessageAttempts(RetryLadder(speed: 100))
        #expect(message.ended(status: 500, at: 20) == .attempt(1, at: 20.05))
        #expect(message.ended(status: 500, at: 21) == .attempt(2, at: 24))
    }
}

@Suite struct `a delivery plan` {
    static let stories = Story.customers(60, seed: 11)
    static let ids = stories.flatMap { $0.events.map(\.webhookId) }

    @Test func `without mischief delivers each event once and each customer's in order`() {
        let deliveries = DeliveryPlan(seed: 1).deliveries(of: Self.stories)
        #expect(deliveries.count == Self.ids.count)
        #expect(Set(deliveries.map(\.webhookId)) == Set(Self.ids))
        for story in Self.stories {
            #expect(deliveries.filter { $0.story === story }.map(\.webhookId) == story.events.map(\.webhookId))
        }
    }

    @Test(arguments: BodySemantics.allCases) func `repeats and delays without losing any`(semantics: BodySemantics) {
        let plan = DeliveryPlan(seed: 2, duplicates: 0.5, reorder: 0.5, newerBodies: 0.8, semantics: semantics)
        let deliveries = plan.deliveries(of: Self.stories)
        #expect(Set(deliveries.map(\.webhookId)) == Set(Self.ids))
        #expect(deliveries.count > Self.ids.count * 5 / 4)
        let byId = Dictionary(grouping: deliveries, by: \.webhookId)
        let changed = byId.values.filter { Set($0.map(\.body)).count > 1 }.count
        #expect((changed > 0) == (semantics == .newest), "only the newest state makes bodies of one id differ")
        #expect(deliveries.map(\.webhookId) != deliveries.sorted { $0.attemptAt < $1.attemptAt }.map(\.webhookId))
        for attempts in byId.values { #expect(Set(attempts.map(\.attempt)).count == attempts.count) }
    }

    @Test func `keeps the timestamps of one event in the true order however its attempts arrive`() {
        let plan = DeliveryPlan(seed: 3, duplicates: 1, reorder: 1, newerBodies: 1, semantics: .newest)
        var wall: Int64 = 1_800_000_000
        var stamped: [String: [(attempt: Int, at: Int64, timestamp: Int64)]] = [:]
        for delivery in plan.deliveries(of: Self.stories) {
            wall += 1
            stamped[delivery.webhookId, default: []].append((delivery.attempt, delivery.attemptAt, delivery.timestamp(wallSeconds: wall)))
        }
        for attempts in stamped.values {
            let sorted = attempts.sorted { $0.attempt < $1.attempt }
            #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0.timestamp < $1.timestamp && $0.at < $1.at })
        }
    }

    @Test func `streams exactly as many events as asked for`() {
        let deliveries = Array(DeliveryPlan(seed: 4, duplicates: 0.2, reorder: 0.2).deliveries(events: 1000))
        #expect(Set(deliveries.map(\.webhookId)).count == 1000)
    }
}

@Suite struct `a latency histogram` {
    @Test func `answers percentiles to within a percent`() {
        var histogram = LatencyHistogram()
        for value in 1...100_000 { histogram.record(nanoseconds: Int64(value) * 1000) }
        for (share, expected) in [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0)] {
            let found = histogram.milliseconds(percentile: share)
            #expect(abs(found - expected) <= expected * 0.01, "\(share): \(found)")
        }
        #expect(histogram.count == 100_000)
    }
}

@Suite struct `the truth of a story` {
    @Test(arguments: BodySemantics.allCases) func `is the same by its stories and by all its deliveries, however these behave`(semantics: BodySemantics) {
        let stories = Story.customers(80, seed: 31)
        let plan = DeliveryPlan(seed: 31, duplicates: 0.4, reorder: 0.4, newerBodies: 0.9, semantics: semantics)
        let truth = Truth(of: stories)
        #expect(Truth(of: plan.deliveries(of: stories)) == truth.onlyTold(by: stories))
        #expect(truth.statuses(of: .subscription).values.contains("cancelled"))
        #expect(truth.count(of: .payment) > 80 / 2)
    }
}

private extension Truth {
    /// Every entity of a story is told of by some event, so nothing is left out; spelled out because it is what makes the two comparable.
    func onlyTold(by stories: [CustomerStory]) -> Truth {
        for story in stories { #expect(Set(story.events.map(\.entity)).count == story.entities.count) }
        return self
    }
}
