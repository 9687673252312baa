@testable import RdKafka
import Testing

/// What goes out as one request and what does not, against a broker that reads it by itself.
@Suite struct RequestPackerTests {
    @Test(arguments: 3...7 as ClosedRange<Int16>)
    func `requests for different partitions go out as one, and each asker is told of its own`(version: Int16) throws {
        var packer = RequestPacker(), broker = ModelBroker()
        let asked = [("payments", 3), ("refunds", 0), ("payments", 1), ("p", 1), ("refunds", 7)].enumerated().map { number, place in
            ProduceFrame(Int32(900 - number), place.0, Int32(place.1), Array(repeating: UInt8(number), count: number * 1000)).with { $0.version = version }
        }
        for frame in asked { packer.ask(frame) }
        let waiting = packer.waitingBytes, packs = packer.giveAll()
        try #require(packs.count == 1 && packs[0].count == waiting)
        #expect(packer.waitingBytes == 0 && packer.lastCount == asked.count && packer.lastIsPacked && packer.inFlight == 1)

        let request = try ProduceFrame(reading: packs[0])
        #expect(request.version == version && request.client == "tests" && request.transaction == nil && request.acks == -1 && request.timeout == 30_000)
        #expect(request.batches.map(\.records) == asked.map { $0.batches[0].records })
        let told = try packer.tell(try broker.answer(bytes: packs[0], throttle: 17)).map { try ProduceAnswer(reading: $0, version: version) }
        #expect(packer.inFlight == 0)
        #expect(Set(told.map(\.correlation)) == Set(asked.map(\.correlation)) && told.count == asked.count)
        for answer in told {
            let (place, partition) = try answer.only()
            let asker = try #require(asked.first { $0.correlation == answer.correlation })
            #expect(place == asker.batches[0].place && answer.throttle == 17)
            #expect([partition] == broker.said[place]?.map(\.answer))
        }
    }

    @Test func `a second request for a partition goes into a later pack, in its order`() throws {
        var packer = RequestPacker(), broker = ModelBroker()
        packer.ask(ProduceFrame(1, "a"), ProduceFrame(2, "a"), ProduceFrame(3, "b"), ProduceFrame(4, "a"), ProduceFrame(5, "b"), ProduceFrame(6, "a", 1))
        let packs = packer.giveAll()
        #expect(try packs.map { try ProduceFrame(reading: $0).batches.map { $0.records.last } } == [[1, 3, 6], [2, 5], [4]])
        var told: [Int32] = []
        for pack in packs { told += try packer.tell(try broker.answer(bytes: pack)).map { try ProduceAnswer(reading: $0, version: 7).correlation } }
        #expect(told.sorted() == [1, 2, 3, 4, 5, 6])
        #expect(packer.waitingBytes == 0)
    }

    @Test func `a pack itself takes no second request for a partition`() throws {
        let (one, again, other) = (ProduceFrame(1, "a").bytes, ProduceFrame(2, "a").bytes, ProduceFrame(3, "a", 1).bytes)
        try one.withUnsafeBytes { one in
            let pack = RequestPack(try #require(ProduceRequest(one)))
            #expect(try again.withUnsafeBytes { !pack.takes(try #require(ProduceRequest($0)), mostBytes: 1000) })
            #expect(try other.withUnsafeBytes { pack.takes(try #require(ProduceRequest($0)), mostBytes: 1000) })
        }
    }

    @Test func `a partition keeps its order also behind a pack that others do not fit in`() throws {
        var packer = RequestPacker()
        packer.ask(ProduceFrame(1, "a").with { $0.version = 5 }, ProduceFrame(2, "b"), ProduceFrame(3, "a"), ProduceFrame(4, "a").with { $0.version = 5 })
        packer.ask(ProduceFrame(5, "b").with { $0.version = 5 })
        let order = try packer.giveAll().flatMap { try ProduceFrame(reading: $0).batches }
        #expect(order.filter { $0.place.topic == "a" }.map { $0.records.last } == [1, 3, 4])
        #expect(order.filter { $0.place.topic == "b" }.map { $0.records.last } == [2, 5])
    }

    @Test func `a partition that was given out may be in the next pack, beside others that wait`() throws {
        var packer = RequestPacker()
        packer.ask(ProduceFrame(1, "a"))
        _ = packer.give()
        packer.ask(ProduceFrame(2, "b"), ProduceFrame(3, "a"), ProduceFrame(4, "b"))
        #expect(try packer.giveAll().map { try ProduceFrame(reading: $0).batches.map { $0.records.last } } == [[2, 3], [4]])
        packer.ask(ProduceFrame(5, "b"), ProduceFrame(6, "a"))
        #expect(try packer.giveAll().map { try ProduceFrame(reading: $0).batches.map { $0.records.last } } == [[5, 6]])
    }

    @Test(arguments: [2, 8, 9] as [Int16])
    func `another version goes through as it came`(version: Int16) throws {
        try expectUnchanged(ProduceFrame(1, "a").with { $0.version = version }, ProduceFrame(2, "b").with { $0.version = version })
    }

    @Test func `a request without an answer goes through as it came`() throws {
        try expectUnchanged(ProduceFrame(1, "a").with { $0.acks = 0 }, ProduceFrame(2, "b").with { $0.acks = 0 })
    }

    @Test func `a request for two topics, or for two partitions, or for none goes through as it came`() throws {
        let two = ProduceFrame(1, "a").with { $0.topics.append(("b", [(1, [4, 5])])) }
        try expectUnchanged(two, two)
        let partitions = ProduceFrame(1, "a").with { $0.topics[0].partitions.append((1, [4, 5])) }
        try expectUnchanged(partitions, partitions)
        try expectUnchanged(ProduceFrame(1, "a").with { $0.topics = [] }, ProduceFrame(1, "a").with { $0.topics[0].partitions = [] })
    }

    @Test func `a request that is cut short or has bytes behind its end goes through as it came`() throws {
        let whole = Array(ProduceFrame(1, "a", 0, [1, 2, 3]).bytes.dropFirst(4))
        for length in 8..<whole.count {
            var packer = RequestPacker()
            packer.ask(Array(whole[..<length]).framed)
            #expect(packer.give() == Array(whole[..<length]).framed && !packer.lastIsPacked)
        }
        var packer = RequestPacker()
        packer.ask((whole + [0]).framed)
        #expect(packer.give() == (whole + [0]).framed && !packer.lastIsPacked)
    }

    private func expectUnchanged(_ frames: ProduceFrame...) throws {
        var packer = RequestPacker()
        for frame in frames { packer.ask(frame) }
        #expect(packer.giveAll() == frames.map(\.bytes))
        #expect(!packer.lastIsPacked && packer.lastCount == 1 && packer.waitingBytes == 0)
    }

    @Test func `requests that differ in what they have in common are not packed together`() throws {
        let one = ProduceFrame(1, "a"), others = [
            one.with { $0.client = "other" }, one.with { $0.client = "tesst" }, one.with { $0.client = nil }, one.with { $0.acks = 1 },
            one.with { $0.timeout = 30_001 }, one.with { $0.transaction = "t" }, one.with { $0.transaction = "" }, one.with { $0.version = 6 },
        ]
        for other in others.map({ $0.with { ($0.correlation, $0.topics[0].name) = (2, "b") } }) {
            var packer = RequestPacker(), broker = ModelBroker()
            packer.ask(one, other)
            let packs = packer.giveAll()
            #expect(packs == [one.bytes, other.bytes] && packer.waitingBytes == 0)
            for (pack, frame) in zip(packs, [one, other]) {
                let answer = try broker.answer(frame).bytes(version: frame.version)
                #expect(pack == frame.bytes)
                #expect(try packer.tell(answer) == [answer])
            }
        }
    }

    @Test func `other requests go through unchanged and in order, and so do their answers`() throws {
        var packer = RequestPacker(), broker = ModelBroker()
        let others = (0..<20 as Range<Int32>).map { ProduceFrame.other($0, apiKey: Int16(1 + $0), Array(repeating: UInt8($0), count: Int($0))) }
        for (number, other) in others.enumerated() {
            packer.ask(other)
            packer.ask(ProduceFrame(Int32(100 + number), "a", Int32(number % 3)))
        }
        let packs = packer.giveAll()
        #expect(packs.filter { $0[5] != 0 } == others)
        let told = try packs.flatMap { try packer.tell(try broker.answer(bytes: $0)) }
        #expect(told.filter { $0[4...6] != [0, 0, 0] || $0[7] < 100 } == others.map(ModelBroker.answerToOther))
        #expect(told.count == 40)
    }

    @Test func `a pack is not longer than allowed unless it is one request, and nothing is lost by that`() throws {
        var packer = RequestPacker(), sent: [[UInt8]] = []
        for (number, size) in [400_000, 600_000, 50_000, 2_000_000, 1, 900_000, 100_000, RequestPacker.mostBytes].enumerated() {
            sent.append([UInt8](repeating: UInt8(number), count: size))
            packer.ask(ProduceFrame(Int32(number), "t\(number)", 0, sent[number]))
        }
        var got: [[UInt8]] = []
        while packer.isWaiting {
            let pack = packer.give()
            #expect(pack.count <= RequestPacker.mostBytes || packer.lastCount == 1)
            got += try ProduceFrame(reading: pack).batches.map(\.records)
        }
        #expect(got.count == sent.count && Set(got) == Set(sent))
        #expect(packer.waitingBytes == 0)
    }

    @Test func `a pack may be as long as allowed, and not a byte longer`() throws {
        let head = ProduceFrame(1, "a", 0, []).bytes.count
        let entry = ProduceFrame(2, "b", 0, []).bytes.count - ProduceFrame(2, "b").with { $0.topics = [] }.bytes.count
        for excess in [0, 1] {
            var packer = RequestPacker()
            packer.ask(ProduceFrame(1, "a", 0, [UInt8](repeating: 1, count: RequestPacker.mostBytes - head - entry - 10 + excess)))
            packer.ask(ProduceFrame(2, "b", 0, [UInt8](repeating: 2, count: 10)))
            #expect(packer.giveAll().map(\.count).max() == RequestPacker.mostBytes - (excess == 0 ? 0 : entry + 10 - 1))
        }
    }

    @Test func `an error of one partition is told to its asker only`() throws {
        var packer = RequestPacker(), broker = ModelBroker()
        for number in 0..<6 as Range<Int32> { packer.ask(ProduceFrame(number, number < 3 ? "a" : "b", number % 3)) }
        let told = try packer.tell(try broker.answer(bytes: packer.give()) { $0 == Place(topic: "b", partition: 1) ? 6 : 0 })
        for answer in try told.map({ try ProduceAnswer(reading: $0, version: 7) }) {
            #expect(try answer.only().partition.error == (answer.correlation == 4 ? 6 : 0))
        }
        #expect(told.count == 6)
    }

    // Partitions are known by 64 bits; these two share them.

    private static let twins = (Place(topic: "topic-100283", partition: 0), Place(topic: "topic-1038448", partition: 1_173_899_366))

    @Test func `two partitions that are taken for one are never in one pack, and each is answered`() throws {
        let (one, two) = Self.twins
        var packer = RequestPacker(), broker = ModelBroker()
        packer.ask(ProduceFrame(1, one.topic, one.partition), ProduceFrame(2, two.topic, two.partition), ProduceFrame(3, one.topic, one.partition))
        let packs = packer.giveAll()
        #expect(try packs.map { try ProduceFrame(reading: $0).batches.map(\.place) } == [[one], [two], [one]])
        let told = try packs.flatMap { try packer.tell(try broker.answer(bytes: $0)) }.map { try ProduceAnswer(reading: $0, version: 7) }
        #expect(try told.map { try $0.only().place } == [one, two, one] && told.map(\.correlation) == [1, 2, 3])
    }

    @Test func `an answer about a partition that is taken for the one that was asked for is refused`() throws {
        let (one, two) = Self.twins
        for (asked, other) in [(one, two), (two, one)] {
            var packer = RequestPacker()
            packer.ask(ProduceFrame(1, asked.topic, asked.partition))
            _ = packer.give()
            let wrong = ProduceAnswer(correlation: 1, topics: [.init(name: other.topic, partitions: [.init(index: other.partition)])])
            #expect(throws: RequestPack.Fault.self) { try packer.tell(wrong.bytes(version: 7)) }
        }
    }
}
