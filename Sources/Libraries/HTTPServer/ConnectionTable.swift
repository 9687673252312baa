/// The places of all connections, and what each phase waits for. Belongs to the loop's thread.
@safe final class ConnectionTable {
    private let slots: UnsafeMutablePointer<ConnectionSlot>
    let capacity: Int
    private var free: [Int32]
    private var idle: DeadlineQueue
    private var receiving: DeadlineQueue
    private var sending: DeadlineQueue
    private var serial: UInt32 = 0
    /// Connections whose request the handler will answer later.
    private(set) var pendingCount = 0

    init(capacity: Int, idleTimeout: Duration, requestTimeout: Duration) {
        precondition(capacity < 1 << HTTPExchange.placeBits, "no exchange could name so many connections")
        self.capacity = capacity
        unsafe slots = .allocate(capacity: capacity)
        unsafe slots.initialize(repeating: ConnectionSlot(), count: capacity)
        free = (0..<Int32(capacity)).reversed()
        unsafe idle = unsafe DeadlineQueue(slots, timeout: idleTimeout)
        unsafe receiving = unsafe DeadlineQueue(slots, timeout: requestTimeout)
        unsafe sending = unsafe DeadlineQueue(slots, timeout: idleTimeout)
    }

    deinit {
        unsafe slots.deinitialize(count: capacity)
        unsafe slots.deallocate()
    }

    var count: Int { capacity - free.count }

    /// A place for a new connection; nil when there is none.
    func take(_ connection: OpaquePointer, descriptor: Int32, now: UInt64) -> UnsafeMutablePointer<ConnectionSlot>? {
        guard let place = free.popLast() else { return nil }
        serial &+= 1
        let slot = unsafe slots + Int(place)
        let generation = unsafe slot.pointee.generation
        unsafe slot.pointee = unsafe ConnectionSlot()
        unsafe slot.pointee.generation = generation
        unsafe slot.pointee.connection = unsafe connection
        unsafe slot.pointee.descriptor = descriptor
        unsafe slot.pointee.serial = serial
        unsafe enter(slot, .idle, now: now)
        return unsafe slot
    }

    func giveBack(_ slot: UnsafeMutablePointer<ConnectionSlot>) {
        unsafe enter(slot, .free, now: 0)
        unsafe slot.pointee.connection = nil
        unsafe slot.pointee.refusal = nil
        unsafe slot.pointee.descriptor = -1
        unsafe free.append(place(of: slot))
    }

    func place(of slot: UnsafeMutablePointer<ConnectionSlot>) -> Int32 { unsafe Int32(slot - slots) }

    subscript(place: Int) -> UnsafeMutablePointer<ConnectionSlot> { unsafe slots + place }

    /// The connection that an event was about, unless it is gone.
    func slot(place: Int, serial: UInt32) -> UnsafeMutablePointer<ConnectionSlot>? {
        guard place < capacity, unsafe slots[place].phase != .free, unsafe slots[place].serial == serial else { return nil }
        return unsafe slots + place
    }

    /// The connection that waits for the answer to this exchange, if any does.
    func slot(of exchange: HTTPExchange) -> UnsafeMutablePointer<ConnectionSlot>? {
        let place = exchange.place
        guard place < capacity, unsafe slots[place].generation == exchange.generation else { return nil }
        return unsafe slots + place
    }

    /// Puts a connection into a phase, whose time begins now.
    func enter(_ slot: UnsafeMutablePointer<ConnectionSlot>, _ phase: ConnectionSlot.Phase, now: UInt64) {
        let place = unsafe place(of: slot)
        switch unsafe slot.pointee.phase {
        case .idle: unsafe idle.remove(place)
        case .receiving: unsafe receiving.remove(place)
        case .sending: unsafe sending.remove(place)
        case .pending: pendingCount -= 1
        case .free, .handling, .ending: break
        }
        unsafe slot.pointee.phase = phase
        switch phase {
        case .idle: unsafe idle.append(place, now: now)
        case .receiving: unsafe receiving.append(place, now: now)
        case .sending: unsafe sending.append(place, now: now)
        case .pending: pendingCount += 1
        case .free, .handling, .ending: break
        }
    }

    /// When the next connection's time is over; nil while none has a deadline.
    var deadline: UInt64? {
        [unsafe idle.deadline, unsafe receiving.deadline, unsafe sending.deadline].compactMap { $0 }.min()
    }

    /// A connection whose time is over. The caller puts it into another phase, or it would come again.
    func overdue(_ now: UInt64) -> UnsafeMutablePointer<ConnectionSlot>? {
        guard let place = unsafe receiving.overdue(now) ?? idle.overdue(now) ?? sending.overdue(now) else { return nil }
        return unsafe slots + Int(place)
    }

    /// The connection that has been idle for longest.
    var longestIdle: UnsafeMutablePointer<ConnectionSlot>? { unsafe idle.head.map { unsafe slots + Int($0) } }
}
