import Testing
@testable import HTTPServer

struct TurnSpacingTests {
    private static let millisecond: UInt64 = 1_000_000

    /// The spacing after requests have come at a steady rate for half a second.
    private static func spacing(perSecond rate: UInt64, waiting: Int, connections: Int, longest: UInt64 = 1_500_000, pauses: UInt64 = 0) -> UInt64 {
        var spacing = TurnSpacing(longest: longest, now: 0)
        var now: UInt64 = 0
        for _ in 0..<(rate / 2) {
            now += 1_000_000_000 / rate
            spacing.began()
            _ = spacing.untilNext(waiting: 0, connections: connections, now: now)
        }
        now += pauses
        return spacing.untilNext(waiting: waiting, connections: connections, now: now)
    }

    @Test func `lets eight requests come together, and keeps none waiting for longer than it may`() {
        #expect((390_000...410_000).contains(Self.spacing(perSecond: 20_000, waiting: 40, connections: 64)))
        #expect((790_000...810_000).contains(Self.spacing(perSecond: 10_000, waiting: 20, connections: 64)))
        #expect(Self.spacing(perSecond: 3000, waiting: 6, connections: 64) == 1_500_000)
    }

    @Test func `is nothing for a trickle`() { #expect(Self.spacing(perSecond: 2000, waiting: 5, connections: 64) == 0) }

    @Test func `is nothing when those who could send are the ones who wait`() {
        #expect(Self.spacing(perSecond: 8000, waiting: 8, connections: 8) == 0)
        #expect(Self.spacing(perSecond: 8000, waiting: 8, connections: 15) == 0)
        #expect(Self.spacing(perSecond: 8000, waiting: 8, connections: 16) > 0)
        #expect(Self.spacing(perSecond: 8000, waiting: 16, connections: 16) > 0, "so many answers are worth waiting for by themselves")
    }

    @Test func `is nothing where it is not wanted`() { #expect(Self.spacing(perSecond: 20_000, waiting: 40, connections: 64, longest: 0) == 0) }

    @Test func `forgets after a pause how many there were before`() {
        let pause = 1000 * Self.millisecond
        #expect(Self.spacing(perSecond: 20_000, waiting: 40, connections: 64, pauses: pause) == 0, "none came for a second")
    }

    @Test func `is nothing before any request was counted`() {
        var spacing = TurnSpacing(longest: 1_500_000, now: 5)
        #expect(spacing.untilNext(waiting: 100, connections: 100, now: 5) == 0)
    }
}
