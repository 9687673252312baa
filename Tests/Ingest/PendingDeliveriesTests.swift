@testable import Ingest
import Testing

@Suite("deliveries that wait for Kafka") struct PendingDeliveriesTests {
    @Test func `a report finds its sender once`() {
        var pending = PendingDeliveries<String>()
        let one = pending.enter("one", now: 0, deadline: 10), two = pending.enter("two", now: 1, deadline: 11)
        #expect(pending.leave(two)?.sender == "two")
        #expect(pending.leave(two) == nil)
        #expect(pending.waiting == 1)
        #expect(pending.leave(one)?.enqueuedAt == 0)
        #expect(pending.waiting == 0)
        #expect(pending.nextDeadline() == nil)
    }

    @Test func `a sender whose time is up is named once, and the late report finds nobody`() {
        var pending = PendingDeliveries<String>()
        let one = pending.enter("one", now: 0, deadline: 10)
        _ = pending.enter("two", now: 5, deadline: 15)
        #expect(pending.overdue(now: 9) == nil)
        #expect(pending.overdue(now: 12) == "one")
        #expect(pending.overdue(now: 12) == nil)
        #expect(pending.leave(one) == nil)
        #expect(pending.nextDeadline() == 15)
        #expect(pending.waiting == 1)
    }

    @Test func `a place is used again, and a ticket of its former life fits nobody`() {
        var pending = PendingDeliveries<Int>()
        let first = pending.enter(1, now: 0, deadline: 10)
        _ = pending.leave(first)
        let second = pending.enter(2, now: 1, deadline: 11)
        #expect(first & 0xFFFF_FFFF == second & 0xFFFF_FFFF)
        #expect(first != second)
        #expect(pending.leave(first) == nil)
        #expect(pending.leave(second)?.sender == 2)
    }

    @Test func `an overdue sender's place is free only after its report, so its ticket cannot come to another`() {
        var pending = PendingDeliveries<Int>()
        let first = pending.enter(1, now: 0, deadline: 10)
        #expect(pending.overdue(now: 10) == 1)
        let second = pending.enter(2, now: 11, deadline: 21)
        #expect(first & 0xFFFF_FFFF != second & 0xFFFF_FFFF)
        #expect(pending.leave(first) == nil)
        let third = pending.enter(3, now: 12, deadline: 22)
        #expect(third & 0xFFFF_FFFF == first & 0xFFFF_FFFF)
    }

    @Test func `whatever happens in whatever order, every sender is answered exactly once`() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = Seeded(seed)
        var pending = PendingDeliveries<Int>()
        var open: [(ticket: UInt, sender: Int)] = [], answered: Set<Int> = []
        var now: UInt64 = 0
        for sender in 0..<20_000 {
            now += random.next() % 3
            open.append((pending.enter(sender, now: now, deadline: now + 50), sender))
            while !open.isEmpty, random.next() % 5 != 0, open.count > Int(random.next() % 80) {
                let report = open.remove(at: Int(random.next() % UInt64(open.count)))
                if let found = pending.leave(report.ticket) {
                    #expect(found.sender == report.sender && answered.insert(found.sender).inserted, "seed \(seed)")
                } else {
                    #expect(answered.contains(report.sender), "seed \(seed)")
                }
            }
            while let late = pending.overdue(now: now) { #expect(answered.insert(late).inserted, "seed \(seed)") }
        }
        for report in open where pending.leave(report.ticket) != nil { answered.insert(report.sender) }
        #expect(answered.count == 20_000, "seed \(seed)")
        #expect(pending.waiting == 0 && pending.nextDeadline() == nil, "seed \(seed)")
    }

    @Test func `what was handed over is under way until its report, whoever still waits for it`() {
        var pending = PendingDeliveries<Int>()
        let tickets = (0..<3).map { pending.enter($0, now: 0, deadline: 10) }
        #expect(pending.inFlight == 3)
        #expect(pending.overdue(now: 10) == 0)
        #expect(pending.waiting == 2 && pending.inFlight == 3)
        for ticket in tickets { _ = pending.leave(ticket) }
        #expect(pending.waiting == 0 && pending.inFlight == 0)
    }
}

struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
