/// The bytes of one direction of a connection, cut into frames: a length of four bytes and that many bytes behind it (Kafka protocol guide, "Protocol Primitives").
///
/// Owns its memory; a long frame makes it grow, up to twice that frame.
@safe struct FrameBuffer: ~Copyable {
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    private var head = 0, end = 0
    private let shortest: Int, longest: Int

    /// - Parameters:
    ///   - capacity: bytes that are kept at hand; more is taken when a frame is longer.
    ///   - shortest, longest: how long a frame may be in bytes, without its length.
    init(capacity: Int, shortest: Int, longest: Int = 100 << 20) {
        unsafe memory = .allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
        (self.shortest, self.longest) = (shortest, longest)
    }

    deinit { unsafe memory.deallocate() }

    /// Calls `read` once with the room that there is.
    ///
    /// - Returns: what `read` returned; more than 0 is the number of bytes it wrote.
    mutating func fill(_ read: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        makeRoom()
        let got = unsafe read(UnsafeMutableRawBufferPointer(start: memory + end, count: capacity - end))
        end += max(0, got)
        return got
    }

    /// Takes every whole frame.
    ///
    /// - Parameter body: is lent a frame with its length.
    /// - Returns: false when a length is none that a frame can have; nothing that follows can be read then.
    mutating func frames(_ body: (UnsafeRawBufferPointer) -> Bool) -> Bool {
        while end - head >= 4 {
            let waiting = unsafe UnsafeRawBufferPointer(start: memory + head, count: end - head)
            let length = unsafe Int(waiting.int32(at: 0))
            guard length >= shortest, length <= longest else { return false }
            guard waiting.count >= 4 + length else { break }
            head += 4 + length
            guard unsafe body(UnsafeRawBufferPointer(rebasing: waiting[..<(4 + length)])) else {
                return false
            }
        }
        return true
    }

    /// Moves what is left to the front, and takes more memory for a frame that is longer than all of it.
    private mutating func makeRoom() {
        let left = end - head
        if head > 0 {
            unsafe memory.copyMemory(from: memory + head, byteCount: left)
            (head, end) = (0, left)
        }
        guard end == capacity else { return }
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity * 2, alignment: 16)
        unsafe larger.copyMemory(from: memory, byteCount: end)
        unsafe memory.deallocate()
        unsafe memory = larger
        capacity *= 2
    }
}
