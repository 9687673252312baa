import Foundation
import RdKafka
import TestKit
import Testing
import Worker

@Suite(.timeLimit(.minutes(1))) struct LaneBookTests {
    static let partitions = (Int32(0)..<2).flatMap { number in ["a", "b"].map { TopicPartition(topic: $0, partition: number) } }

    static func book(_ limits: LaneLimits = LaneLimits(), records: Int64 = 0) -> LaneBook {
        let book = LaneBook(limits: limits)
        book.assign(partitions)
        for offset in 0..<records { book.append(WrittenRecord(offset).with { $0.topic = "a" }.record) }
        return book
    }

    static func offsets(_ work: LaneBook.Work?) -> [Int64]? { work?.records.map(\.offset) }

    @Test func `gives a lane to one thread at a time`() {
        let book = Self.book(records: 5)
        let first = book.next(max: 3, idle: 0)
        #expect(Self.offsets(first) == [0, 1, 2])
        #expect(Self.offsets(book.next(max: 3, idle: 0)) == [])
        first.map { _ = book.finish($0) }
        #expect(Self.offsets(book.next(max: 3, idle: 0)) == [3, 4])
    }

    @Test func `gives lanes in the order in which they asked`() {
        let book = Self.book(records: 4)
        book.append(WrittenRecord(0).with { $0.topic = "b"; $0.partition = 1 }.record)
        let first = book.next(max: 2, idle: 0)
        first.map { _ = book.finish($0) }
        #expect(book.next(max: 2, idle: 0)?.lane == 1)
        #expect(book.next(max: 2, idle: 0)?.lane == 0)
    }

    @Test func `drops records of lanes that are not ours`() {
        let book = Self.book()
        book.append(WrittenRecord(0).with { $0.partition = 9 }.record)
        #expect(!book.hasWorkAtHand)
    }

    @Test func `offers offsets for commit once their batch is finished, once`() {
        let book = Self.book(records: 5)
        let work = book.next(max: 3, idle: 0)
        #expect(book.settle().done.isEmpty)
        work.map { _ = book.finish($0) }
        #expect(book.settle().done.map(\.description) == ["a/0@3"])
        #expect(book.settle().done.isEmpty)
    }

    @Test func `pauses all partitions of a lane that holds too much, and a finished batch says that fetching may go on`() throws {
        let book = Self.book(LaneLimits(maxEvents: 4), records: 4)
        #expect(Set(book.settle().pause) == Set(Self.partitions.filter { $0.partition == 0 }))
        #expect(book.pausedLanes == 1)
        let work = try #require(book.next(max: 4, idle: 0))
        #expect(book.finish(work))
        #expect(Set(book.settle().resume) == Set(Self.partitions.filter { $0.partition == 0 }))
        #expect(book.pausedLanes == 0)
    }

    @Test func `fetching has a rest once each thread has a lane with enough, and goes on when a batch is taken`() async throws {
        let book = LaneBook(limits: LaneLimits(maxEvents: 8), threads: 2)
        #expect(book.waitWhileFed(seconds: 0), "with no lane at all it has to hear of the first")
        book.assign((Int32(0)..<3).map { TopicPartition(topic: "a", partition: $0) })
        func append(_ count: Int64, to lane: Int32) { for offset in 0..<count { book.append(WrittenRecord(offset).with { $0.topic = "a"; $0.partition = lane }.record) } }
        append(7, to: 0)
        append(3, to: 1)
        #expect(book.waitWhileFed(seconds: 0))
        append(4, to: 2)
        #expect(!book.waitWhileFed(seconds: 0), "two of three lanes have half of what they may hold, for two threads")
        async let goesOn = onThread { book.waitWhileFed(seconds: 60) }
        _ = book.next(max: 4, idle: 0)
        #expect(try await goesOn)
    }

    @Test func `fewer lanes than threads have all of them to be fed`() {
        let book = LaneBook(limits: LaneLimits(maxEvents: 4), threads: 8)
        book.assign(Self.partitions)
        for offset in Int64(0)..<2 { book.append(WrittenRecord(offset).with { $0.topic = "a" }.record) }
        #expect(book.waitWhileFed(seconds: 0))
        for offset in Int64(0)..<2 { book.append(WrittenRecord(offset).with { $0.topic = "b"; $0.partition = 1 }.record) }
        #expect(!book.waitWhileFed(seconds: 0))
    }

    @Test func `waits for the batch at work when a lane is given up, and gives its offsets to commit`() async throws {
        let book = Self.book(records: 5)
        let work = try #require(book.next(max: 3, idle: 0))
        async let released = onThread { book.release(Self.partitions, until: .now + .seconds(20)) }
        #expect(await eventually { book.isLost(work) })
        book.finish(work)
        #expect(try await released.map(\.description) == ["a/0@3"])
        #expect(book.oldest.isEmpty)
        #expect(Self.offsets(book.next(max: 3, idle: 0)) == [])
    }

    @Test func `does not wait longer than the deadline for a lane, whose batch then counts for nothing`() throws {
        let book = Self.book(records: 5)
        let work = try #require(book.next(max: 3, idle: 0))
        #expect(book.release(Self.partitions, until: .now).isEmpty)
        #expect(book.isLost(work))
        book.finish(work)
        #expect(book.settle().done.isEmpty)
    }

    @Test func `a batch of a former life of a lane moves nothing in its present one`() throws {
        let book = Self.book(records: 5)
        let old = try #require(book.next(max: 3, idle: 0))
        _ = book.release(Self.partitions, until: .now)
        book.assign(Self.partitions)
        book.append(WrittenRecord(0).with { $0.topic = "a" }.record)
        let new = try #require(book.next(max: 3, idle: 0))
        book.took(old, epoch: 7)
        #expect(!book.finish(old))
        #expect(book.settle().done.isEmpty)
        book.finish(new)
        #expect(book.settle().done.map(\.description) == ["a/0@1"])
        book.append(WrittenRecord(1).with { $0.topic = "a" }.record)
        #expect(book.next(max: 3, idle: 0)?.epoch == nil)
    }

    @Test func `remembers the epoch with which a lane was taken`() throws {
        let book = Self.book(records: 5)
        let work = try #require(book.next(max: 3, idle: 0))
        book.took(work, epoch: 7)
        book.finish(work)
        #expect(book.next(max: 3, idle: 0)?.epoch == 7)
    }

    @Test func `stop sends waiting threads home and ends a pause early`() async throws {
        let book = Self.book(records: 5)
        let work = try #require(book.next(max: 5, idle: 0))
        async let idle = onThread { book.next(max: 5, idle: 60) == nil }
        async let paused = onThread { book.pause(work, for: 60) }
        book.stop()
        #expect(try await idle)
        #expect(try await paused == false)
        book.giveUp(work)
        #expect(book.waitUntilQuiet(until: .now + .seconds(20)))
    }

    @Test func `who waits for quiet hears of the last batch at once`() async throws {
        let book = Self.book(records: 3)
        let work = try #require(book.next(max: 3, idle: 0))
        book.stop()
        let begun = ContinuousClock.now
        async let quiet = onThread { book.waitUntilQuiet(until: .now + .seconds(30)) }
        try await onThread {
            Thread.sleep(forTimeInterval: 0.05)
            book.finish(work)
        }
        #expect(try await quiet)
        #expect(ContinuousClock.now - begun < .seconds(15))
        #expect(book.settle().done.map(\.description) == ["a/0@3"])
    }

    @Test func `a pause ends by itself and says to try again`() throws {
        let book = Self.book(records: 3)
        let work = try #require(book.next(max: 3, idle: 0))
        #expect(book.pause(work, for: 0.01))
    }
}
