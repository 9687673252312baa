@testable import RdKafka
import Testing

/// A broker whose answer is not the answer to what it was asked is never believed, not even in part by those who asked for something else.
@Suite struct WrongAnswerTests {
    /// A packer that waits for the answer about three partitions, and the right one.
    private static func asked(version: Int16 = 7) throws -> (packer: RequestPacker, right: ProduceAnswer) {
        var packer = RequestPacker(), broker = ModelBroker()
        for (number, place) in [("a", 0), ("a", 1), ("b", 0)].enumerated() {
            packer.ask(ProduceFrame(Int32(number + 10), place.0, Int32(place.1)).with { $0.version = version })
        }
        let right = try broker.answer(try ProduceFrame(reading: packer.give()))
        return (packer, right)
    }

    private static func isRefused(_ answer: [UInt8], _ packer: RequestPacker) -> Bool {
        var packer = packer, told: [UInt8] = []
        do {
            try answer.withUnsafeBytes { try packer.take(response: $0, into: &told) }
            return false
        } catch { return error is RequestPack.Fault }
    }

    private static let wrong: [(name: String, change: @Sendable (inout ProduceAnswer) -> Void)] = [
        ("another correlation id", { $0.correlation = 11 }),
        ("no topic", { $0.topics = [] }),
        ("a topic missing", { $0.topics.removeLast() }),
        ("a partition missing", { $0.topics[1].partitions.removeLast() }),
        ("no partition of a topic", { $0.topics[0].partitions = [] }),
        ("a partition too many", { $0.topics[1].partitions.append(.init(index: 2)) }),
        ("a topic too many", { $0.topics.append(.init(name: "c", partitions: [.init(index: 0)])) }),
        ("a topic too many without partitions", { $0.topics.append(.init(name: "c", partitions: [])) }),
        ("a partition twice", { $0.topics[1].partitions.append($0.topics[1].partitions[0]) }),
        ("a topic twice", { $0.topics.append($0.topics[0]) }),
        ("one partition in the place of another", { $0.topics[1].partitions[0].index = $0.topics[1].partitions[1].index }),
        ("another partition", { $0.topics[0].partitions[0].index = 5 }),
        ("a negative partition", { $0.topics[0].partitions[0].index = -1 }),
        ("another topic", { $0.topics[0].name = "c" }),
        ("a longer name", { $0.topics[0].name += "b" }),
        ("no name", { $0.topics[0].name = "" }),
        ("names exchanged", { ($0.topics[0].name, $0.topics[1].name) = ($0.topics[1].name, $0.topics[0].name) }),
    ]

    @Test func `the right answer is taken, also in another order and with a topic in two pieces`() throws {
        for version in 3...7 as ClosedRange<Int16> {
            let (packer, right) = try Self.asked(version: version)
            #expect(!Self.isRefused(right.bytes(version: version), packer))
            let other = right.with { answer in
                answer.topics = answer.topics.flatMap { topic in topic.partitions.map { .init(name: topic.name, partitions: [$0]) } }.reversed()
            }
            #expect(!Self.isRefused(other.bytes(version: version), packer))
        }
    }

    @Test func `what is missing, too much, twice or about something else is refused`() throws {
        for version in 3...7 as ClosedRange<Int16> {
            let (packer, right) = try Self.asked(version: version)
            for wrong in Self.wrong { #expect(Self.isRefused(right.with(wrong.change).bytes(version: version), packer), "\(wrong.name), version \(version)") }
        }
    }

    @Test func `an answer that ends early is refused wherever it ends, and so is one with bytes behind its end`() throws {
        for version in 3...7 as ClosedRange<Int16> {
            let (packer, right) = try Self.asked(version: version)
            let body = Array(right.bytes(version: version).dropFirst(4))
            for length in 4..<body.count { #expect(Self.isRefused(Array(body[..<length]).framed, packer), "\(length) bytes, version \(version)") }
            for more in 1...40 { #expect(Self.isRefused((body + [UInt8](repeating: 0, count: more)).framed, packer), "\(more) bytes more, version \(version)") }
        }
    }

    @Test func `an answer in the form of another version is refused`() throws {
        #expect(Self.isRefused(try Self.asked(version: 4).right.bytes(version: 5), try Self.asked(version: 4).packer))
        #expect(Self.isRefused(try Self.asked(version: 5).right.bytes(version: 4), try Self.asked(version: 5).packer))
    }

    @Test(arguments: [-1, .min, .max, 0x7FFF, 0x10_0000] as [Int32])
    func `a count or a length that cannot be is refused`(count: Int32) throws {
        let (packer, right) = try Self.asked()
        let bytes = right.bytes(version: 7)
        // The topics; the first one's name, in two bytes; its partitions.
        for position in [8, 12, 15] {
            var changed = bytes, text: [UInt8] = []
            if position == 12 { text.put(Int16(truncatingIfNeeded: count)) } else { text.put(count) }
            changed.replaceSubrange(position..<position + text.count, with: text)
            #expect(Self.isRefused(changed, packer), "at \(position)")
        }
        // A topic more, with so many partitions and nothing behind it.
        var more = right.with { $0.topics.append(.init(name: "a", partitions: [])) }.bytes(version: 7), text: [UInt8] = []
        text.put(count)
        more.replaceSubrange(more.count - 8..<more.count - 4, with: text)
        #expect(Self.isRefused(more, packer))
    }

    @Test func `an answer when none was asked for is refused`() throws {
        var (packer, right) = try Self.asked()
        #expect(try packer.tell(right.bytes(version: 7)).count == 3)
        #expect(Self.isRefused(right.bytes(version: 7), packer))
        #expect(Self.isRefused(right.bytes(version: 7), RequestPacker()))
        packer.ask(ProduceFrame(10, "a"))
        #expect(Self.isRefused(ProduceAnswer(correlation: 10, topics: [.init(name: "a", partitions: [.init(index: 0)])]).bytes(version: 7), packer))
    }

    @Test func `an answer to a later request before the oldest is refused`() throws {
        var packer = RequestPacker(), broker = ModelBroker()
        packer.ask(ProduceFrame(1, "a"), ProduceFrame(2, "a"))
        let packs = packer.giveAll()
        _ = try broker.answer(bytes: packs[0])
        #expect(Self.isRefused(try broker.answer(bytes: packs[1]), packer))
        var others = RequestPacker()
        for number in [1, 2] as [Int32] { others.ask(ProduceFrame.other(number)) }
        #expect(Self.isRefused(ModelBroker.answerToOther(others.giveAll()[1]), others))
    }
}
