import Testing

@testable import RdKafka

/// A message's copy has all that the message had, and nothing else.
@Suite struct CopiedMessageTests {
    private static func copy(key: [UInt8]?, value: [UInt8], headers: [(String, [UInt8]?)]) -> CopiedMessage {
        // All of one piece of memory, which is gone when the copy is looked at.
        let names = headers.flatMap { Array($0.0.utf8) }, values = headers.flatMap { $0.1 ?? [] }
        return names.withUnsafeBytes { names in
            values.withUnsafeBytes { values in
                var nameEnd = 0, valueEnd = 0
                let list = headers.map { name, value in
                    defer { (nameEnd, valueEnd) = (nameEnd + name.utf8.count, valueEnd + (value?.count ?? 0)) }
                    return LentHeader(
                        name: UnsafeRawBufferPointer(rebasing: names[nameEnd..<nameEnd + name.utf8.count]),
                        value: value.map { UnsafeRawBufferPointer(rebasing: values[valueEnd..<valueEnd + $0.count]) })
                }
                return list.withUnsafeBufferPointer { list in
                    value.withUnsafeBytes { value in
                        guard let key else { return CopiedMessage(key: nil, value: value, headers: list) }
                        return key.withUnsafeBytes { CopiedMessage(key: $0, value: value, headers: list) }
                    }
                }
            }
        }
    }

    private static func headers(of message: CopiedMessage) -> [String] {
        var found: [String] = []
        message.forEachHeader { name, value in found.append("\(String(decoding: name, as: UTF8.self))=\(value.map { "\(Array($0))" } ?? "none")") }
        return found
    }

    @Test func `key, value and headers are as they were, in their order`() {
        let copy = Self.copy(key: [0, 1, 255], value: [9, 8, 7], headers: [("ce_id", [1, 2]), ("", []), ("none", nil), ("ce_id", [3])])
        #expect(copy.key.map(Array.init) == [0, 1, 255])
        #expect(Array(copy.value) == [9, 8, 7])
        #expect(Self.headers(of: copy) == ["ce_id=[1, 2]", "=[]", "none=none", "ce_id=[3]"])
    }

    @Test func `no key is not an empty one, and nothing is nothing`() {
        let nothing = Self.copy(key: nil, value: [], headers: [])
        #expect(nothing.key == nil && nothing.value.isEmpty && Self.headers(of: nothing).isEmpty)
        let empty = Self.copy(key: [], value: [1], headers: [("a", nil)])
        #expect(empty.key?.isEmpty == true && Array(empty.value) == [1] && Self.headers(of: empty) == ["a=none"])
    }
}
