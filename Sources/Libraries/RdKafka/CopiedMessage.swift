import CRdKafka

/// A message in memory that it shares with a few dozen others: key, value and headers. Its views live as long as its block does; nothing of it ever changes.
///
/// librdkafka's messages are views into what a fetch brought, a megabyte that stays for as long as one of them does. What waits for its turn for some time is
/// cheaper to copy.
package struct CopiedMessage: Sendable {
    package let block: MessageBlock
    /// Where it stands in its block, in bytes.
    package let start: Int

    /// The key's bytes; nil for a message without one.
    package var key: UnsafeRawBufferPointer? { unsafe block.key(at: start) }
    /// The value's bytes; empty for a message without one.
    package var value: UnsafeRawBufferPointer { unsafe block.value(at: start) }
    /// Calls the body for every header in its order.
    package func forEachHeader(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Void) { unsafe block.forEachHeader(at: start, body) }
}

/// Memory of copied messages. One piece for each would cost more than the copying: they are larger than what malloc has at hand.
///
/// Unchecked Sendable: a message's bytes are written once, before anybody else knows them.
@safe package final class MessageBlock: @unchecked Sendable {
    /// In bytes. Small beside what a fetch brings, so that one that waits long keeps little.
    private static let usual = 8 << 10
    /// A longer message has a block of its own, so that none is left with more than a quarter unused.
    private static let longestShared = usual / 4
    /// Before each message: the lengths of its key (-1 for none), its value and its headers.
    private static let prefix = 12

    private let memory: UnsafeMutableRawPointer
    private let capacity: Int
    private var end = 0

    private init(bytes: Int) {
        capacity = bytes
        unsafe memory = .allocate(byteCount: capacity, alignment: 8)
    }

    deinit { unsafe memory.deallocate() }

    /// Copies a message into the block, or into a new one when it is full. For the one thread that fills it.
    ///
    /// - Parameters:
    ///   - block: the block that is being filled, nil for none yet.
    ///   - headers: names without their zero byte.
    static func copy(
        key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer, headers: UnsafeBufferPointer<LentHeader>, into block: inout MessageBlock?
    ) -> CopiedMessage {
        let headersSize = unsafe headers.reduce(0) { unsafe $0 + 8 + $1.name.count + ($1.value?.count ?? 0) }
        let size = unsafe prefix + (key?.count ?? 0) + value.count + headersSize
        let target: MessageBlock
        if size > longestShared {
            target = MessageBlock(bytes: size)
        } else {
            if let block, block.capacity - block.end >= size { target = block } else { target = MessageBlock(bytes: usual) }
            block = target
        }
        let start = target.end
        target.end += size
        var writer = unsafe Writer(next: target.memory + start)
        unsafe writer.write(length: key?.count ?? -1)
        unsafe writer.write(length: value.count)
        unsafe writer.write(length: headersSize)
        if let key = unsafe key { unsafe writer.write(key) }
        unsafe writer.write(value)
        for unsafe header in unsafe headers {
            unsafe writer.write(length: header.name.count)
            unsafe writer.write(length: header.value?.count ?? -1)
            unsafe writer.write(header.name)
            if let value = unsafe header.value { unsafe writer.write(value) }
        }
        return CopiedMessage(block: target, start: start)
    }

    func key(at start: Int) -> UnsafeRawBufferPointer? {
        let length = length(at: start)
        return length < 0 ? nil : unsafe bytes(start + Self.prefix, length)
    }

    func value(at start: Int) -> UnsafeRawBufferPointer { unsafe bytes(start + Self.prefix + max(0, length(at: start)), length(at: start + 4)) }

    /// Calls the body for every header of the message that stands there.
    package func forEachHeader(at start: Int, _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Void) {
        var cursor = start + Self.prefix + max(0, length(at: start)) + length(at: start + 4)
        let end = cursor + length(at: start + 8)
        while cursor < end {
            let name = length(at: cursor), value = length(at: cursor + 4), valueStart = cursor + 8 + name
            unsafe body(bytes(cursor + 8, name), value < 0 ? nil : bytes(valueStart, value))
            cursor = valueStart + max(0, value)
        }
    }

    private func length(at position: Int) -> Int { unsafe Int(memory.loadUnaligned(fromByteOffset: position, as: Int32.self)) }

    private func bytes(_ start: Int, _ count: Int) -> UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: memory + start, count: count) }

    @unsafe private struct Writer {
        var next: UnsafeMutableRawPointer

        mutating func write(_ bytes: UnsafeRawBufferPointer) {
            if let start = bytes.baseAddress { unsafe next.copyMemory(from: start, byteCount: bytes.count) }
            unsafe next += bytes.count
        }

        mutating func write(length: Int) {
            unsafe next.storeBytes(of: Int32(length), as: Int32.self)
            unsafe next += 4
        }
    }
}

/// A header that is lent for a call.
@unsafe struct LentHeader {
    let name: UnsafeRawBufferPointer
    let value: UnsafeRawBufferPointer?
}
