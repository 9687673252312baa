import Glibc

/// The memory of bodies while they are received. Belongs to the loop's thread.
///
/// A buffer is taken with the first byte of a body and given back when the handler has seen it, so a few serve any number of connections.
@safe final class BodyBuffers {
    /// Readable bytes behind a body, as simdjson wants them.
    static let padding = 64
    /// Enough for nearly all webhooks; a body that is larger has a buffer of its own.
    private static let usual = 16_384
    private static let keptAtMost = 64

    private let limit: Int
    private var lent = 0
    private var kept: [UnsafeMutableRawPointer] = unsafe []
    /// What stands behind an empty body.
    let nothing: UnsafeMutableRawPointer

    /// - Parameter limit: bytes that may be lent at one time.
    init(limit: Int) {
        self.limit = limit
        unsafe nothing = .allocate(byteCount: Self.padding, alignment: 16)
        unsafe memset(nothing, 0, Self.padding)
    }

    deinit {
        for unsafe buffer in unsafe kept { unsafe free(buffer) }
        unsafe nothing.deallocate()
    }

    /// Adds bytes to the body of a connection.
    ///
    /// - Returns: false when there is no memory left for bodies.
    func append(_ bytes: UnsafeRawBufferPointer, to slot: UnsafeMutablePointer<ConnectionSlot>) -> Bool {
        let needed = unsafe slot.pointee.bodyCount + bytes.count
        if unsafe needed > slot.pointee.bodyCapacity {
            guard unsafe grow(slot, to: needed) else { return false }
        }
        guard let body = unsafe slot.pointee.body, let start = bytes.baseAddress else { return true }
        unsafe memcpy(body + slot.pointee.bodyCount, start, bytes.count)
        unsafe slot.pointee.bodyCount = needed
        return true
    }

    /// The body that was gathered, with its padding set to zero.
    func body(of slot: UnsafeMutablePointer<ConnectionSlot>) -> UnsafeRawBufferPointer {
        guard let body = unsafe slot.pointee.body else { return unsafe UnsafeRawBufferPointer(start: nothing, count: 0) }
        unsafe memset(body + slot.pointee.bodyCount, 0, Self.padding)
        return unsafe UnsafeRawBufferPointer(start: body, count: slot.pointee.bodyCount)
    }

    func giveBack(_ slot: UnsafeMutablePointer<ConnectionSlot>) {
        guard let body = unsafe slot.pointee.body else { return }
        unsafe put(body, capacity: slot.pointee.bodyCapacity)
        unsafe slot.pointee.body = nil
        unsafe slot.pointee.bodyCapacity = 0
        unsafe slot.pointee.bodyCount = 0
    }

    private func grow(_ slot: UnsafeMutablePointer<ConnectionSlot>, to needed: Int) -> Bool {
        let old = unsafe slot.pointee.bodyCapacity
        // Doubled as bytes arrive, not made as large as announced: whoever wants our memory must send for it.
        let capacity = max(Self.usual, needed, min(old * 2, unsafe slot.pointee.bodyLimit))
        guard lent - old + capacity <= limit, let fresh = unsafe get(capacity) else { return false }
        if let body = unsafe slot.pointee.body {
            unsafe memcpy(fresh, body, slot.pointee.bodyCount)
            unsafe put(body, capacity: old)
        }
        unsafe slot.pointee.body = unsafe fresh
        unsafe slot.pointee.bodyCapacity = capacity
        return true
    }

    private func get(_ capacity: Int) -> UnsafeMutableRawPointer? {
        guard let buffer = unsafe capacity == Self.usual && !kept.isEmpty ? kept.removeLast() : malloc(capacity + Self.padding) else { return nil }
        lent += capacity
        return unsafe buffer
    }

    private func put(_ buffer: UnsafeMutableRawPointer, capacity: Int) {
        lent -= capacity
        if unsafe capacity == Self.usual && kept.count < Self.keptAtMost { unsafe kept.append(buffer) } else { unsafe free(buffer) }
    }
}
