package import RdKafka

/// Partition number p of every subscribed topic: what is in hand, and how far it is done. A pure machine; whoever holds it locks it.
package struct Lane {
    package let number: Int32
    /// Tells this life of the lane here from an earlier or later one.
    package let life: Int
    /// The lane's partitions that are ours.
    package let partitions: [TopicPartition]
    /// Raised by us when we took the lane; nil until then, and after somebody else took it.
    package var epoch: Int64?
    /// Whether a thread is applying a batch of it.
    package private(set) var isServed = false
    package private(set) var isPaused = false
    /// The time of the oldest record in hand or in work, milliseconds since 1970; nil when there is none.
    package private(set) var oldestMilliseconds: Int64?

    private var waiting: [Record] = []
    private var head = 0
    private var bytes = 0
    private var done: [TopicPartition: Int64] = [:]

    package init(number: Int32, life: Int = 0, partitions: [TopicPartition]) {
        self.number = number
        self.life = life
        self.partitions = partitions
    }

    /// How many records wait.
    package var count: Int { waiting.count - head }

    package mutating func append(_ record: Record) {
        if count == 0 && !isServed { oldestMilliseconds = record.timestampMilliseconds }
        waiting.append(record)
        bytes += record.body.count
    }

    /// Gives the next records to a thread, in their order; until `finish` or `giveUp` nobody else gets any.
    ///
    /// - Parameters:
    ///   - max: how many at most.
    ///   - maxBytes: how many bytes their bodies may have together; the first is given however large it is.
    package mutating func take(max: Int, maxBytes: Int = .max) -> [Record] {
        precondition(!isServed, "a lane is on one thread at a time")
        guard count > 0 else { return [] }
        var end = head, size = 0
        while end < waiting.count, end - head < max {
            size += waiting[end].body.count
            if size > maxBytes, end > head { break }
            end += 1
        }
        let taken = Array(waiting[head..<end])
        head += taken.count
        if head == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 4096 {
            waiting.removeFirst(head)
            head = 0
        }
        for record in taken { bytes -= record.body.count }
        oldestMilliseconds = taken.first?.timestampMilliseconds
        isServed = true
        return taken
    }

    /// The records that were taken are in the database: their offsets may be committed.
    package mutating func finish(_ records: [Record]) {
        for (record, next) in records.topicRuns { done[record.topicPartition] = max(done[record.topicPartition] ?? 0, next) }
        isServed = false
        oldestMilliseconds = count > 0 ? waiting[head].timestampMilliseconds : nil
    }

    /// The records that were taken are not applied, and nobody here will: the lane is going away.
    package mutating func giveUp() {
        isServed = false
        waiting.removeAll()
        head = 0
        bytes = 0
        oldestMilliseconds = nil
    }

    /// What may be committed since the last call.
    package mutating func takeDone() -> [PartitionOffset] {
        guard !done.isEmpty else { return [] }
        defer { done.removeAll(keepingCapacity: true) }
        return done.map { PartitionOffset($0.key, $0.value) }
    }

    /// What fetching has to do so that no lane holds more than it should.
    package enum Flow: Equatable { case pause, resume }

    /// Decides whether to stop or start fetching for this lane.
    package mutating func flow(_ limits: LaneLimits) -> Flow? {
        if !isPaused, count >= limits.maxEvents || bytes >= limits.maxBytes {
            isPaused = true
            return .pause
        }
        if isPaused, count <= limits.maxEvents / 4, bytes <= limits.maxBytes / 4 {
            isPaused = false
            return .resume
        }
        return nil
    }
}

/// How much a lane holds in memory before fetching for it stops; it goes on below a quarter.
package struct LaneLimits: Sendable {
    package var maxEvents: Int
    package var maxBytes: Int
    /// How many bytes the bodies of one batch have together at most.
    package var maxBatchBytes: Int

    package init(maxEvents: Int = 8000, maxBytes: Int = 16 << 20, maxBatchBytes: Int = 8 << 20) {
        self.maxEvents = maxEvents
        self.maxBytes = maxBytes
        self.maxBatchBytes = maxBatchBytes
    }
}
