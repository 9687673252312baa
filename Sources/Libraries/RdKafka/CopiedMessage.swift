import CRdKafka

/// A message in memory of its own, in one piece: key, value and headers. Its views live as long as it does; nothing of it ever changes.
///
/// librdkafka's messages are views into what a fetch brought, a megabyte that stays for as long as one of them does. What waits for its turn for some time is
/// cheaper to copy.
///
/// Unchecked Sendable: its memory is written once, before anybody else knows it.
@safe package final class CopiedMessage: @unchecked Sendable {
    private let memory: UnsafeMutableRawPointer
    /// Where the parts end; they stand behind one another.
    private let keyEnd: Int?, valueEnd: Int, headersEnd: Int

    /// - Parameter headers: names without their zero byte.
    init(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer, headers: UnsafeBufferPointer<LentHeader>) {
        keyEnd = unsafe key?.count
        valueEnd = unsafe (key?.count ?? 0) + value.count
        headersEnd = unsafe headers.reduce(valueEnd) { unsafe $0 + 8 + $1.name.count + ($1.value?.count ?? 0) }
        unsafe memory = .allocate(byteCount: max(1, headersEnd), alignment: 8)
        var writer = unsafe Writer(next: memory)
        if let key = unsafe key { unsafe writer.write(key) }
        unsafe writer.write(value)
        for unsafe header in unsafe headers {
            unsafe writer.write(length: header.name.count)
            unsafe writer.write(length: header.value?.count ?? -1)
            unsafe writer.write(header.name)
            if let value = unsafe header.value { unsafe writer.write(value) }
        }
    }

    deinit { unsafe memory.deallocate() }

    /// The key's bytes; nil for a message without one.
    package var key: UnsafeRawBufferPointer? {
        guard let keyEnd else { return nil }
        return unsafe bytes(0..<keyEnd)
    }

    /// The value's bytes; empty for a message without one.
    package var value: UnsafeRawBufferPointer { unsafe bytes((keyEnd ?? 0)..<valueEnd) }

    /// Calls the body for every header in its order.
    package func forEachHeader(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Void) {
        let all = unsafe bytes(valueEnd..<headersEnd)
        var cursor = 0
        while cursor < all.count {
            let name = unsafe Int(all.loadUnaligned(fromByteOffset: cursor, as: Int32.self))
            let value = unsafe Int(all.loadUnaligned(fromByteOffset: cursor + 4, as: Int32.self)), start = cursor + 8 + name
            cursor = start + max(0, value)
            unsafe body(
                UnsafeRawBufferPointer(rebasing: all[start - name..<start]), value < 0 ? nil : UnsafeRawBufferPointer(rebasing: all[start..<cursor]))
        }
    }

    private func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: memory + range.lowerBound, count: range.count) }

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
