import RdKafka
import Testing
import Worker

@Suite struct LaneTests {
    static let home = TopicPartition(topic: "dodo.payment.succeeded", partition: 3)

    static func lane(holding offsets: Range<Int64>) -> Lane {
        var lane = Lane(number: 3, partitions: [home])
        for offset in offsets { lane.append(WrittenRecord(offset).with { $0.partition = 3; $0.timestampMilliseconds = 1000 + offset }.record) }
        return lane
    }

    @Test func `gives its records in order, and no more than asked`() {
        var lane = Self.lane(holding: 0..<5)
        #expect(lane.take(max: 3).map(\.offset) == [0, 1, 2])
        #expect(lane.isServed && lane.count == 2)
    }

    @Test func `gives no more bytes than asked, but one record however large`() {
        var lane = Lane(number: 3, partitions: [Self.home])
        for (offset, size) in [400, 500, 200, 2000, 100].enumerated() {
            lane.append(WrittenRecord(Int64(offset)).with { $0.partition = 3; $0.body = String(repeating: "x", count: size) }.record)
        }
        var batches: [[Int64]] = []
        while lane.count > 0 {
            let batch = lane.take(max: 10, maxBytes: 1000)
            batches.append(batch.map(\.offset))
            lane.finish(batch)
        }
        #expect(batches == [[0, 1], [2], [3], [4]])
    }

    @Test func `offers an offset for commit only when its record is finished`() {
        var lane = Self.lane(holding: 10..<14)
        let batch = lane.take(max: 2)
        #expect(lane.takeDone().isEmpty)
        lane.finish(batch)
        #expect(lane.takeDone() == [PartitionOffset(Self.home, 12)])
        #expect(lane.takeDone().isEmpty)
    }

    @Test func `offers nothing for what was given up`() {
        var lane = Self.lane(holding: 0..<4)
        _ = lane.take(max: 2)
        lane.giveUp()
        #expect(lane.takeDone().isEmpty)
        #expect(lane.count == 0 && !lane.isServed && lane.oldestMilliseconds == nil)
    }

    @Test func `keeps the offsets of its topics apart`() {
        var lane = Lane(number: 0, partitions: [])
        for topic in ["a", "b"] { for offset in Int64(0)..<3 { lane.append(WrittenRecord(offset).with { $0.topic = topic }.record) } }
        lane.finish(lane.take(max: 4))
        #expect(Set(lane.takeDone().map(\.description)) == ["a/0@3", "b/0@1"])
    }

    @Test func `knows its oldest unapplied record while it waits, is at work and is done`() {
        var lane = Self.lane(holding: 5..<8)
        #expect(lane.oldestMilliseconds == 1005)
        let batch = lane.take(max: 2)
        #expect(lane.oldestMilliseconds == 1005)
        lane.finish(batch)
        #expect(lane.oldestMilliseconds == 1007)
        lane.finish(lane.take(max: 2))
        #expect(lane.oldestMilliseconds == nil)
    }

    @Test func `pauses at a limit and resumes below a quarter of it`() {
        let limits = LaneLimits(maxEvents: 8, maxBytes: 1000)
        var lane = Self.lane(holding: 0..<7)
        #expect(lane.flow(limits) == nil)
        lane.append(WrittenRecord(7).with { $0.partition = 3 }.record)
        #expect(lane.flow(limits) == .pause)
        #expect(lane.flow(limits) == nil)
        lane.finish(lane.take(max: 5))
        #expect(lane.flow(limits) == nil)
        lane.finish(lane.take(max: 1))
        #expect(lane.flow(limits) == .resume)
        #expect(lane.flow(limits) == nil)
    }

    @Test func `pauses for the bytes it holds, however few the records`() {
        var lane = Lane(number: 0, partitions: [])
        lane.append(WrittenRecord(0, body: String(repeating: "x", count: 900)).record)
        #expect(lane.flow(LaneLimits(maxEvents: 100, maxBytes: 900)) == .pause)
        lane.finish(lane.take(max: 1))
        #expect(lane.flow(LaneLimits(maxEvents: 100, maxBytes: 900)) == .resume)
    }

    @Test func `stays in order over thousands of records that come and go`() {
        var lane = Lane(number: 3, partitions: [Self.home])
        var next: Int64 = 0, expected: Int64 = 0
        for round in 0..<3000 {
            for _ in 0..<(round % 7) {
                lane.append(WrittenRecord(next).record)
                next += 1
            }
            let batch = lane.take(max: round % 5)
            for record in batch {
                #expect(record.offset == expected)
                expected += 1
            }
            if lane.isServed { lane.finish(batch) }
        }
        #expect(expected > 4000)
    }
}
