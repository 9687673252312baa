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

    private var waiting = WaitingRecords()
    private var done: [TopicPartition: Int64] = [:]

    package init(number: Int32, life: Int = 0, partitions: [TopicPartition]) {
        self.number = number
        self.life = life
        self.partitions = partitions
    }

    /// How many records wait.
    package var count: Int { waiting.count }

    package mutating func append(_ record: Record) {
        waiting.append(record)
        if !isServed { oldestMilliseconds = waiting.oldestMilliseconds }
    }

    /// Gives the next records to a thread, the oldest first and those of one topic in their order; until `finish` or `giveUp` nobody else gets any.
    ///
    /// - Parameters:
    ///   - max: how many at most.
    ///   - maxBytes: how many bytes their bodies may have together; the first is given however large it is.
    package mutating func take(max: Int, maxBytes: Int = .max) -> [Record] {
        precondition(!isServed, "a lane is on one thread at a time")
        guard count > 0 else { return [] }
        oldestMilliseconds = waiting.oldestMilliseconds
        isServed = true
        return waiting.take(max: max, maxBytes: maxBytes)
    }

    /// The records that were taken are in the database: their offsets may be committed.
    package mutating func finish(_ records: [Record]) {
        for (topic, next) in records.nextOffsets {
            let partition = TopicPartition(topic: topic, partition: number)
            done[partition] = max(done[partition] ?? 0, next)
        }
        isServed = false
        oldestMilliseconds = waiting.oldestMilliseconds
    }

    /// The records that were taken are not applied, and nobody here will: the lane is going away.
    package mutating func giveUp() {
        isServed = false
        waiting.removeAll()
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

    /// Whether the lane has enough at hand, half of what it may hold.
    package func isFed(_ limits: LaneLimits) -> Bool { count >= limits.maxEvents / 2 || waiting.bytes >= limits.maxBytes / 2 }

    /// Decides whether to stop or start fetching for this lane.
    package mutating func flow(_ limits: LaneLimits) -> Flow? {
        if !isPaused, count >= limits.maxEvents || waiting.bytes >= limits.maxBytes {
            isPaused = true
            return .pause
        }
        if isPaused, count <= limits.maxEvents / 4, waiting.bytes <= limits.maxBytes / 4 {
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

    package init(maxEvents: Int = 4000, maxBytes: Int = 8 << 20, maxBatchBytes: Int = 8 << 20) {
        self.maxEvents = maxEvents
        self.maxBytes = maxBytes
        self.maxBatchBytes = maxBatchBytes
    }
}
