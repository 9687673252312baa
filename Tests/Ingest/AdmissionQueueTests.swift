@testable import Ingest
import Testing

@Suite("deliveries that wait to be handed over") struct AdmissionQueueTests {
    /// A Kafka in the same town.
    private static let near: UInt64 = 2_000_000
    private static let grace = AdmissionQueue<Int>.grace, patience = AdmissionQueue<Int>.patience

    @Test func `go in the order in which they came`() {
        var queue = AdmissionQueue<Int>()
        for sender in 0..<5000 { queue.enter(sender, now: UInt64(sender)) }
        var order: [Int] = []
        while let sender = queue.next() { order.append(sender) }
        #expect(order == Array(0..<5000))
        #expect(queue.count == 0 && queue.nextDeadline(way: Self.near) == nil)
    }

    @Test func `are sent away when their time is up, and not before`() {
        var queue = AdmissionQueue<Int>()
        queue.enter(1, now: 1000)
        queue.enter(2, now: 1000 + Self.grace)
        #expect(queue.nextDeadline(way: Self.near) == 1000 + Self.grace)
        #expect(queue.overdue(now: 999 + Self.grace, way: Self.near) == nil)
        #expect(queue.overdue(now: 1000 + Self.grace, way: Self.near) == 1)
        #expect(queue.overdue(now: 1000 + Self.grace, way: Self.near) == nil)
        #expect(queue.next() == 2)
    }

    @Test func `once one has waited for too long the others wait for less`() {
        var queue = AdmissionQueue<Int>()
        let ages = [Self.grace, Self.patience * 3 / 2, Self.patience, Self.patience / 2]
        for (sender, age) in ages.enumerated() { queue.enter(sender, now: Self.grace - age) }
        #expect(queue.overdue(now: Self.grace - 1, way: Self.near) == nil)
        #expect((0..<4).map { _ in queue.overdue(now: Self.grace, way: Self.near) } == [0, 1, 2, nil])
        #expect(queue.nextDeadline(way: Self.near) == Self.grace + Self.patience / 2)
    }

    @Test func `a burst of any size may wait as long as nobody has to be sent away`() {
        var queue = AdmissionQueue<Int>()
        for sender in 0..<10_000 {
            let admitted = queue.admits(limit: 16)
            #expect(admitted)
            queue.enter(sender, now: 0)
        }
    }

    @Test func `once somebody waited in vain only half as many may wait as may be under way, until nobody waits any more`() {
        var queue = AdmissionQueue<Int>()
        for sender in 0..<100 { queue.enter(sender, now: sender < 40 ? 0 : Self.grace) }
        while queue.overdue(now: Self.grace, way: Self.near) != nil {}
        #expect(queue.count == 60 && queue.isOverflowing)
        #expect(!queue.admits(limit: 32) && !queue.admits(limit: 120) && queue.admits(limit: 122))
        while queue.count > 15 { _ = queue.next() }
        #expect(queue.admits(limit: 32) && queue.isOverflowing)
        while queue.next() != nil {}
        #expect(!queue.isOverflowing && queue.admits(limit: 0))
    }

    @Test func `the last one sent away ends it too`() {
        var queue = AdmissionQueue<Int>()
        queue.enter(1, now: 0)
        #expect(queue.overdue(now: Self.grace, way: Self.near) == 1)
        #expect(!queue.isOverflowing)
    }

    @Test func `to a Kafka far away one waits for three ways, and for one and a half once that was in vain`() {
        let far: UInt64 = 300_000_000
        var queue = AdmissionQueue<Int>()
        queue.enter(1, now: 0)
        queue.enter(2, now: 0)
        #expect(queue.nextDeadline(way: far) == 3 * far)
        #expect(queue.overdue(now: 3 * far - 1, way: far) == nil && queue.overdue(now: 3 * far, way: far) == 1)
        queue.enter(3, now: 3 * far)
        _ = queue.next()
        #expect(queue.isOverflowing && queue.nextDeadline(way: far) == 3 * far + far * 3 / 2)
    }

    @Test func `while nobody knows how far away Kafka is, one waits for a second`() {
        var queue = AdmissionQueue<Int>()
        queue.enter(1, now: 5)
        #expect(queue.nextDeadline(way: nil) == 1_000_000_005)
        #expect(queue.nextDeadline(way: Self.near) == 5 + Self.grace, "and no longer once it is known to be near")
    }
}
