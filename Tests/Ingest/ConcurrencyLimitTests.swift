@testable import Ingest
import Testing

@Suite("how many may be under way") struct ConcurrencyLimitTests {
    private static let millisecond: UInt64 = 1_000_000

    /// A broker that takes so many messages a second, one after the other, and always more than it takes to do.
    private struct Broker {
        var perSecond: Double
        /// Nanoseconds of the way there and back.
        var distance: UInt64 = 2_000_000
        private var underWay: [(handedOver: UInt64, done: UInt64)] = []
        private var idleFrom: UInt64 = 0
        private(set) var now: UInt64 = 1 << 40
        /// Of those acknowledged, nanoseconds each.
        private(set) var flights: [UInt64] = []

        init(perSecond: Double, distance: UInt64 = 2_000_000) { (self.perSecond, self.distance) = (perSecond, distance) }

        /// As many as the limit allows are under way at any time.
        mutating func run(_ limit: inout ConcurrencyLimit, seconds: Double) {
            let end = now + UInt64(seconds * 1e9)
            flights = []
            while now < end {
                while underWay.count < limit.current {
                    idleFrom = max(idleFrom, now) + UInt64(1e9 / perSecond)
                    underWay.append((now, idleFrom + distance))
                }
                let first = underWay.removeFirst()
                now = max(now, first.done)
                flights.append(now - first.handedOver)
                limit.acknowledged(after: now - first.handedOver, inFlight: underWay.count + 1, now: now)
            }
        }

        /// For so long it takes nothing.
        mutating func stand(seconds: Double) {
            idleFrom = max(idleFrom, now) + UInt64(seconds * 1e9)
            for index in underWay.indices { underWay[index].done += UInt64(seconds * 1e9) }
        }

        var p99: UInt64 { flights.sorted()[flights.count * 99 / 100] }
    }

    @Test(arguments: [2000.0, 10_000, 50_000]) func `grow within a moment to what keeps a broker busy, and nobody waits for long`(perSecond: Double) {
        var limit = ConcurrencyLimit(), broker = Broker(perSecond: perSecond)
        broker.run(&limit, seconds: 0.5)
        broker.run(&limit, seconds: 2)
        #expect(Double(broker.flights.count) > 1.9 * perSecond)
        #expect(broker.p99 < 70 * Self.millisecond)
    }

    @Test(arguments: [200.0, 600, 3000]) func `a broker that slows down is given less, so that few wait for long`(perSecond: Double) {
        var limit = ConcurrencyLimit(), broker = Broker(perSecond: 20_000)
        broker.run(&limit, seconds: 2)
        #expect(limit.current > 500)
        broker.perSecond = perSecond
        // What was under way then has to come back first.
        broker.run(&limit, seconds: 12)
        broker.run(&limit, seconds: 5)
        #expect(broker.p99 < max(70 * Self.millisecond, UInt64(1.1e9 * Double(ConcurrencyLimit.least) / perSecond)))
        #expect(Double(broker.flights.count) > 4.9 * perSecond, "it is kept busy all the same")
    }

    @Test func `a broker that is far away is not slow`() {
        var limit = ConcurrencyLimit(), broker = Broker(perSecond: 10_000, distance: 300 * Self.millisecond)
        broker.run(&limit, seconds: 5)
        broker.run(&limit, seconds: 2)
        #expect(Double(broker.flights.count) > 1.9 * 10_000)
    }

    @Test func `who does not use what there is gets no more`() {
        var limit = ConcurrencyLimit()
        for step in 0..<10_000 { limit.acknowledged(after: Self.millisecond, inFlight: 3, now: UInt64(step) * Self.millisecond) }
        #expect(limit.current == ConcurrencyLimit.least)
    }

    @Test func `many that come late together are one reason, and there is always the least`() {
        var limit = ConcurrencyLimit()
        var now: UInt64 = 1 << 40
        for _ in 0..<1000 { limit.acknowledged(after: Self.millisecond, inFlight: 5000, now: now) }
        let before = limit.current
        now += 200 * Self.millisecond
        limit.acknowledged(after: 45 * Self.millisecond, inFlight: 5000, now: now)
        // 400 in a tenth of a second: 160 in the time that one should take.
        for _ in 0..<399 { limit.acknowledged(after: 200 * Self.millisecond, inFlight: 5000, now: now + 50 * Self.millisecond) }
        #expect(limit.current == before)
        now += 100 * Self.millisecond
        limit.acknowledged(after: 200 * Self.millisecond, inFlight: 5000, now: now)
        #expect(limit.current == 160)
        for step in 1..<100 { limit.failed(now: now + UInt64(step) * 100 * Self.millisecond) }
        #expect(limit.current == ConcurrencyLimit.least)
    }

    @Test func `after a standstill it is soon where it was`() {
        var limit = ConcurrencyLimit(), broker = Broker(perSecond: 20_000)
        broker.run(&limit, seconds: 2)
        broker.stand(seconds: 3)
        broker.run(&limit, seconds: 3.5)
        broker.run(&limit, seconds: 1)
        #expect(Double(broker.flights.count) > 0.95 * 20_000)
        #expect(broker.p99 < 70 * Self.millisecond)
    }
}
