/// Reads one HTTP/1.1 answer as its bytes come in. Only the status matters; the body is skipped by its framing.
struct ResponseReader {
    enum Progress: Equatable {
        case more
        /// The answer is whole; `reusable` says whether the connection may carry another request.
        case done(status: Int, reusable: Bool)
        case malformed
    }

    private var bytes: [UInt8] = []
    private var head: (status: Int, length: Length, close: Bool, bodyStart: Int)?

    private enum Length: Equatable { case bytes(Int), chunked, untilClose }

    /// Whether any byte of the answer has come.
    var hasBegun: Bool { !bytes.isEmpty || head != nil }

    init() { bytes.reserveCapacity(512) }

    mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
        head = nil
    }

    mutating func feed(_ more: UnsafeRawBufferPointer) -> Progress {
        bytes.append(contentsOf: more)
        return advance(closed: false)
    }

    /// The peer closed: whole only if the body was to last until then.
    mutating func closed() -> Progress { advance(closed: true) }

    private mutating func advance(closed: Bool) -> Progress {
        while head == nil {
            guard let end = Self.find([13, 10, 13, 10], in: bytes, from: 0) else { return bytes.count > 65_536 ? .malformed : .more }
            guard let parsed = Self.parse(bytes[..<end]) else { return .malformed }
            // An interim answer (100 Continue) is followed by the real one.
            if (100..<200).contains(parsed.status) { bytes.removeFirst(end + 4) } else { head = (parsed.status, parsed.length, parsed.close, end + 4) }
        }
        guard let head else { return .more }
        switch head.length {
        case .bytes(let length):
            return bytes.count >= head.bodyStart + length ? .done(status: head.status, reusable: !head.close && bytes.count == head.bodyStart + length) : .more
        case .chunked:
            let body = bytes[head.bodyStart...]
            let whole = body.starts(with: [48, 13, 10, 13, 10]) || (body.count >= 7 && body.suffix(7).elementsEqual([13, 10, 48, 13, 10, 13, 10]))
            return whole ? .done(status: head.status, reusable: !head.close) : .more
        case .untilClose:
            return closed ? .done(status: head.status, reusable: false) : .more
        }
    }

    private static func parse(_ head: ArraySlice<UInt8>) -> (status: Int, length: Length, close: Bool)? {
        // "HTTP/1.1 204": a version of eight bytes, a space, three digits.
        guard head.count >= 12, head.starts(with: Array("HTTP/1.".utf8)), let status = number(head[(head.startIndex + 9)..<(head.startIndex + 12)]),
              status >= 100 else { return nil }
        var length: Length = status == 204 || status == 304 ? .bytes(0) : .untilClose
        var close = head[head.startIndex + 7] == UInt8(ascii: "0")
        for line in head.split(separator: 10).dropFirst() {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let value = line[(colon + 1)...].drop { $0 == 32 || $0 == 9 }.prefix { $0 != 13 }
            switch colon - line.startIndex {
            case 14 where same(line[..<colon], "content-length") && length == .untilClose:
                guard let count = number(value) else { return nil }
                length = .bytes(count)
            case 17 where same(line[..<colon], "transfer-encoding"): if same(value, "chunked") { length = .chunked }
            case 10 where same(line[..<colon], "connection"):
                if same(value, "close") { close = true } else if same(value, "keep-alive") { close = false }
            default: break
            }
        }
        return (status, length, close)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count < 12, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
    }

    /// Whether bytes are a lower-case word, whatever their own case.
    private static func same(_ bytes: ArraySlice<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        return zip(bytes, UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)).allSatisfy {
            ((65...90).contains($0) ? $0 | 32 : $0) == $1
        }
    }

    private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= needle.count + start else { return nil }
        for index in start...(bytes.count - needle.count) where bytes[index] == needle[0] {
            if bytes[index..<(index + needle.count)].elementsEqual(needle) { return index }
        }
        return nil
    }
}
