/// The deliveries that wait for Kafka's word, each with a deadline. A pure machine: it says who is to be answered, somebody else answers.
///
/// A ticket goes to librdkafka with the message and comes back once with its report, whether or not the sender has been answered meanwhile.
struct PendingDeliveries<Sender> {
    private struct Slot {
        /// Nil once answered, and in a free slot.
        var sender: Sender?
        var deadline: UInt64 = 0
        var enqueuedAt: UInt64 = 0
        var generation: UInt32 = 0
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []
    /// Tickets in the order of their deadlines; all wait equally long, so that is the order of their coming.
    private var order: [UInt] = []
    private var head = 0
    /// How many senders wait.
    private(set) var waiting = 0

    /// How many messages librdkafka has without having reported them, whether or not their senders still wait.
    var inFlight: Int { slots.count - free.count }

    /// Notes a delivery that is about to be enqueued.
    ///
    /// - Parameters:
    ///   - now, deadline: nanoseconds of one monotonic clock; deadlines never fall.
    mutating func enter(_ sender: Sender, now: UInt64, deadline: UInt64) -> UInt {
        let index = free.popLast() ?? {
            slots.append(Slot())
            return UInt32(slots.count - 1)
        }()
        slots[Int(index)].sender = sender
        slots[Int(index)].deadline = deadline
        slots[Int(index)].enqueuedAt = now
        waiting += 1
        let ticket = UInt(slots[Int(index)].generation) << 32 | UInt(index)
        order.append(ticket)
        return ticket
    }

    /// Takes a delivery back that could not be enqueued, or whose report has come.
    ///
    /// - Returns: who waits for it and since when; nil when the sender has been answered already.
    mutating func leave(_ ticket: UInt) -> (sender: Sender, enqueuedAt: UInt64)? {
        let index = Int(ticket & 0xFFFF_FFFF)
        guard index < slots.count, slots[index].generation == UInt32(truncatingIfNeeded: ticket >> 32) else { return nil }
        let sender = slots[index].sender
        if sender != nil { waiting -= 1 }
        slots[index].sender = nil
        slots[index].generation &+= 1
        free.append(UInt32(index))
        return sender.map { ($0, slots[index].enqueuedAt) }
    }

    /// The next sender whose time is up; it counts as answered, while its message may still be written.
    mutating func overdue(now: UInt64) -> Sender? {
        while let index = firstWaiting() {
            guard slots[index].deadline <= now else { return nil }
            head += 1
            defer { slots[index].sender = nil }
            if let sender = slots[index].sender {
                waiting -= 1
                return sender
            }
        }
        return nil
    }

    /// When the next sender's time is up; nil when nobody waits.
    mutating func nextDeadline() -> UInt64? { firstWaiting().map { slots[$0].deadline } }

    /// The slot of the oldest delivery that still waits; forgets those before it that do not.
    private mutating func firstWaiting() -> Int? {
        while head < order.count {
            let ticket = order[head], index = Int(ticket & 0xFFFF_FFFF)
            if slots[index].generation == UInt32(truncatingIfNeeded: ticket >> 32), slots[index].sender != nil { break }
            head += 1
        }
        if head == order.count {
            order.removeAll(keepingCapacity: true)
            head = 0
            return nil
        }
        if head > 4096, head > order.count / 2 {
            order.removeFirst(head)
            head = 0
        }
        return Int(order[head] & 0xFFFF_FFFF)
    }
}
