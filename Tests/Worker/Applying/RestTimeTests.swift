import Testing
@testable import Worker

@Suite struct RestTimeTests {
    private let start = ContinuousClock.now

    private static func isDue(_ rest: inout RestTime, _ now: ContinuousClock.Instant) -> Bool { rest.isDue(now: now) }

    @Test func `is due once, so long after the last large batch`() {
        var rest = RestTime(maxEvents: 2000)
        #expect(!Self.isDue(&rest, start + .seconds(60)), "there was no work")
        rest.worked(events: 200, now: start)
        rest.worked(events: 2000, now: start + .seconds(3))
        #expect(!Self.isDue(&rest, start + .seconds(7)))
        #expect(Self.isDue(&rest, start + .seconds(8)))
        #expect(!Self.isDue(&rest, start + .seconds(60)))
    }

    @Test func `is due although small batches go on`() {
        var rest = RestTime(maxEvents: 2000)
        rest.worked(events: 2000, now: start)
        for second in 1...5 { rest.worked(events: 199, now: start + .seconds(second)) }
        #expect(Self.isDue(&rest, start + .seconds(5)))
    }

    @Test func `is not for what small batches leave behind`() {
        var rest = RestTime(maxEvents: 2000)
        rest.worked(events: 199, now: start)
        #expect(!Self.isDue(&rest, start + .seconds(60)))
        var small = RestTime(maxEvents: 20)
        small.worked(events: 20, now: start)
        #expect(!Self.isDue(&small, start + .seconds(60)))
    }
}
