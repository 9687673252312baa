@testable import Ingest
import Testing

@Suite("deliveries that wait to be handed over") struct AdmissionQueueTests {
    private static let grace = AdmissionQueue<Int>.grace, patience = AdmissionQueue<Int>.patience

    @Test func `go in the order in which they came`() {
        var queue = AdmissionQueue<Int>()
        for sender in 0..<5000 { queue.enter(sender, now: UInt64(sender)) }
        var order: [Int] = []
        while let sender = queue.next() { order.append(sender) }
        #expect(order == Array(0..<5000))
        #expect(queue.count == 0 && queue.nextDeadline == nil)
    }

    @Test func `are sent away when their time is up, and not before`() {
        var queue = AdmissionQueue<Int>()
        queue.enter(1, now: 1000)
        queue.enter(2, now: 1000 + Self.grace)
        #expect(queue.nextDeadline == 1000 + Self.grace)
        #expect(queue.overdue(now: 999 + Self.grace) == nil)
        #expect(queue.overdue(now: 1000 + Self.grace) == 1)
        #expect(queue.overdue(now: 1000 + Self.grace) == nil)
        #expect(queue.next() == 2)
    }

    @Test func `once one has waited for too long the others wait for less`() {
        var queue = AdmissionQueue<Int>()
        let ages = [Self.grace, Self.patience * 3 / 2, Self.patience, Self.patience / 2]
        for (sender, age) in ages.enumerated() { queue.enter(sender, now: Self.grace - age) }
        #expect(queue.overdue(now: Self.grace - 1) == nil)
        #expect((0..<4).map { _ in queue.overdue(now: Self.grace) } == [0, 1, 2, nil])
        #expect(queue.nextDeadline == Self.grace + Self.patience / 2)
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
        while queue.overdue(now: Self.grace) != nil {}
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
        #expect(queue.overdue(now: Self.grace) == 1)
        #expect(!queue.isOverflowing)
    }
}
