import Testing

@testable import RdKafka

/// A message's copy has all that the message had, and nothing else.
@Suite struct CopiedMessageTests {
    private static func copy(key: [UInt8]?, value: [UInt8], headers: [(String, [UInt8]?)], into block: inout MessageBlock?) -> CopiedMessage {
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
                        guard let key else { return MessageBlock.copy(key: nil, value: value, headers: list, into: &block) }
                        return key.withUnsafeBytes { MessageBlock.copy(key: $0, value: value, headers: list, into: &block) }
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
        var block: MessageBlock?
        let copy = Self.copy(key: [0, 1, 255], value: [9, 8, 7], headers: [("ce_id", [1, 2]), ("", []), ("none", nil), ("ce_id", [3])], into: &block)
        #expect(copy.key.map(Array.init) == [0, 1, 255])
        #expect(Array(copy.value) == [9, 8, 7])
        #expect(Self.headers(of: copy) == ["ce_id=[1, 2]", "=[]", "none=none", "ce_id=[3]"])
    }

    @Test func `no key is not an empty one, and nothing is nothing`() {
        var block: MessageBlock?
        let nothing = Self.copy(key: nil, value: [], headers: [], into: &block)
        #expect(nothing.key == nil && nothing.value.isEmpty && Self.headers(of: nothing).isEmpty)
        let empty = Self.copy(key: [], value: [1], headers: [("a", nil)], into: &block)
        #expect(empty.key?.isEmpty == true && Array(empty.value) == [1] && Self.headers(of: empty) == ["a=none"])
    }

    @Test func `many stand in a block and none in two, a long one in one of its own, and each is what it was`() {
        var block: MessageBlock?
        let sizes = [1, 2_000, 0, 1_750, 7, 200_000, 3, 2_250, 1_950, 2_000, 2_000]
        let copies = sizes.enumerated().map { number, size in
            Self.copy(key: [UInt8(number)], value: [UInt8](repeating: UInt8(number), count: size), headers: [("n", [UInt8(number)])], into: &block)
        }
        for (number, (copy, size)) in zip(copies, sizes).enumerated() {
            #expect(copy.key.map(Array.init) == [UInt8(number)])
            #expect(copy.value.count == size && copy.value.allSatisfy { $0 == UInt8(number) })
            #expect(Self.headers(of: copy) == ["n=[\(number)]"])
        }
        #expect(Set(copies.map { ObjectIdentifier($0.block) }).count == 4, "a full one, the next, and the two long ones")
    }

    @Test func `a block goes with the last of its messages`() {
        var block: MessageBlock?
        var first: CopiedMessage? = Self.copy(key: nil, value: [1], headers: [], into: &block), second: CopiedMessage? = Self.copy(key: nil, value: [2], headers: [], into: &block)
        weak let watched = block
        block = nil
        first = nil
        #expect(first == nil && watched != nil && second?.value.first == 2)
        second = nil
        #expect(watched == nil)
    }
}
