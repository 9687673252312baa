/// The connections of one phase in the order in which they entered it. All have the same time, so the first is always the next whose time is over.
@unsafe struct DeadlineQueue {
    private let slots: UnsafeMutablePointer<ConnectionSlot>
    private let timeout: UInt64
    private var first: Int32 = -1
    private var last: Int32 = -1

    init(_ slots: UnsafeMutablePointer<ConnectionSlot>, timeout: Duration) {
        unsafe self.slots = unsafe slots
        unsafe self.timeout = timeout.nanoseconds
    }

    /// When the first one's time is over; nil when there is none.
    var deadline: UInt64? { unsafe first < 0 ? nil : slots[Int(first)].since &+ timeout }

    mutating func append(_ place: Int32, now: UInt64) {
        unsafe slots[Int(place)].since = now
        unsafe slots[Int(place)].previous = last
        unsafe slots[Int(place)].next = -1
        if unsafe last < 0 { unsafe first = place } else { unsafe slots[Int(last)].next = place }
        unsafe last = place
    }

    mutating func remove(_ place: Int32) {
        let previous = unsafe slots[Int(place)].previous, next = unsafe slots[Int(place)].next
        if previous < 0 { unsafe first = next } else { unsafe slots[Int(previous)].next = next }
        if next < 0 { unsafe last = previous } else { unsafe slots[Int(next)].previous = previous }
    }

    /// The first place, if its time is over; it stays until it is removed.
    func overdue(_ now: UInt64) -> Int32? {
        guard let deadline = unsafe deadline, deadline <= now else { return nil }
        return unsafe first
    }

    /// The first place, whatever its time.
    var head: Int32? { unsafe first < 0 ? nil : first }
}
