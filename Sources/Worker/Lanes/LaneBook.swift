package import RdKafka
import Threads

/// The lanes of this process: filled by the poll thread, emptied by the apply threads. Safe from any thread.
package final class LaneBook: @unchecked Sendable {
    // Unchecked Sendable: everything mutable is touched with the condition's lock held only.
    private let condition = Condition()
    private var lanes: [Int32: Lane] = [:]
    /// Lane numbers in the order in which they asked for a thread; each at most once.
    private var ready: [Int32] = []
    private var isStopping = false
    private var closing: Set<Int32> = []
    private var lives = 0
    /// Whether somebody is to be told when a lane has less at hand.
    private var isPollerWaiting = false
    private let limits: LaneLimits
    private let threads: Int

    /// - Parameter threads: how many will apply, each a lane at a time.
    package init(limits: LaneLimits = LaneLimits(), threads: Int = 1) {
        self.limits = limits
        self.threads = threads
    }

    /// A batch on its way through a thread.
    package struct Work: Sendable {
        package let lane: Int32
        let life: Int
        package let epoch: Int64?
        package let records: [Record]
    }

    private func locked<Value>(_ body: () -> Value) -> Value { condition.withLock(body) }

    // MARK: the poll thread

    /// These partitions are ours from now on.
    package func assign(_ partitions: [TopicPartition]) {
        locked {
            for (number, group) in Dictionary(grouping: partitions, by: \.partition) {
                lives += 1
                lanes[number] = Lane(number: number, life: lives, partitions: group)
            }
        }
    }

    /// The lanes of these partitions end: nothing more is taken from them, and batches at work are waited for.
    ///
    /// - Parameter deadline: how long; what is still at work then finds its lane gone.
    /// - Returns: what may be committed for them.
    package func release(_ partitions: [TopicPartition], until deadline: ContinuousClock.Instant) -> [PartitionOffset] {
        locked {
            let numbers = Set(partitions.map(\.partition))
            ready.removeAll { numbers.contains($0) }
            closing.formUnion(numbers)
            condition.broadcast()
            while numbers.contains(where: { lanes[$0]?.isServed == true }), condition.wait(until: deadline) {}
            let done = numbers.flatMap { lanes[$0]?.takeDone() ?? [] }
            for number in numbers { lanes[number] = nil }
            closing.subtract(numbers)
            return done
        }
    }

    /// Takes in a record; one of a lane that is not ours is dropped, its owner gets it.
    package func append(_ record: Record) {
        locked {
            guard lanes[record.partition] != nil else { return }
            lanes[record.partition]?.append(record)
            if lanes[record.partition]?.isServed == false, lanes[record.partition]?.count == 1 {
                ready.append(record.partition)
                condition.broadcast()
            }
        }
    }

    /// Waits while as many lanes have enough at hand as there are threads to apply them: more would only be memory, and what is not taken waits in Kafka's
    /// client, which then fetches no more. Pausing a lane is for one that falls far behind the others: the client throws away what it has fetched for it.
    ///
    /// - Parameter seconds: how long at most.
    /// - Returns: whether somebody may want more; false when that long was not enough.
    @discardableResult
    package func waitWhileFed(seconds: Double) -> Bool {
        locked {
            let end = ContinuousClock.now + .seconds(seconds)
            while !isStopping, closing.isEmpty, !lanes.isEmpty, lanes.values.count(where: { $0.isFed(limits) }) >= min(threads, lanes.count) {
                isPollerWaiting = true
                defer { isPollerWaiting = false }
                if !condition.wait(until: end) { return false }
            }
            return true
        }
    }

    /// What fetching has to change, and what may be committed, since the last call.
    package func settle() -> (pause: [TopicPartition], resume: [TopicPartition], done: [PartitionOffset]) {
        locked {
            var pause: [TopicPartition] = [], resume: [TopicPartition] = [], done: [PartitionOffset] = []
            for number in lanes.keys {
                switch lanes[number]?.flow(limits) {
                case .pause: pause += lanes[number]?.partitions ?? []
                case .resume: resume += lanes[number]?.partitions ?? []
                case nil: break
                }
                done += lanes[number]?.takeDone() ?? []
            }
            return (pause, resume, done)
        }
    }

    /// Nothing more is given to threads; those that wait get nil.
    package func stop() {
        locked {
            isStopping = true
            condition.broadcast()
        }
    }

    // MARK: the apply threads

    /// The next batch, waiting for one.
    ///
    /// - Parameter idle: how long to wait before coming back with an empty one.
    /// - Returns: nil when the worker stops; no records when there was nothing for so long.
    package func next(max: Int, idle: Double) -> Work? {
        locked {
            let end = ContinuousClock.now + .seconds(idle)
            while !isStopping {
                while !ready.isEmpty {
                    let number = ready.removeFirst()
                    guard lanes[number]?.isServed == false, let records = lanes[number]?.take(max: max, maxBytes: limits.maxBatchBytes), !records.isEmpty else { continue }
                    if isPollerWaiting { condition.broadcast() }
                    return Work(lane: number, life: lanes[number]?.life ?? 0, epoch: lanes[number]?.epoch, records: records)
                }
                if !condition.wait(until: end) { return Work(lane: -1, life: 0, epoch: nil, records: []) }
            }
            return nil
        }
    }

    /// Notes the epoch with which a lane was taken.
    package func took(_ work: Work, epoch: Int64?) { locked { if holds(work) { lanes[work.lane]?.epoch = epoch } } }

    /// A batch is in the database.
    ///
    /// - Returns: whether fetching may have to go on because of it.
    @discardableResult
    package func finish(_ work: Work) -> Bool {
        locked {
            guard holds(work) else { return false }
            lanes[work.lane]?.finish(work.records)
            if let lane = lanes[work.lane], lane.count > 0, !closing.contains(work.lane) {
                ready.append(work.lane)
                condition.broadcast()
            }
            // Somebody may wait for just this: `release`, or `waitUntilQuiet` when the worker stops.
            if isStopping || closing.contains(work.lane) { condition.broadcast() }
            return lanes[work.lane]?.isPaused ?? false
        }
    }

    /// A batch is given up because its lane goes away or the worker stops.
    package func giveUp(_ work: Work) {
        locked {
            if holds(work) { lanes[work.lane]?.giveUp() }
            condition.broadcast()
        }
    }

    /// Whether a batch need not be tried again: its lane is leaving or gone, or the worker stops.
    package func isLost(_ work: Work) -> Bool { locked { lost(work) } }

    /// Waits before another try.
    ///
    /// - Returns: whether there is to be one.
    package func pause(_ work: Work, for seconds: Double) -> Bool {
        locked {
            let end = ContinuousClock.now + .seconds(seconds)
            while !lost(work) { if !condition.wait(until: end) { break } }
            return !lost(work)
        }
    }

    private func lost(_ work: Work) -> Bool { isStopping || work.lane >= 0 && (closing.contains(work.lane) || !holds(work)) }

    private func holds(_ work: Work) -> Bool { lanes[work.lane]?.life == work.life }

    // MARK: those who watch

    /// Each lane's oldest record that is not applied, milliseconds since 1970.
    package var oldest: [Int32: Int64?] { locked { lanes.mapValues(\.oldestMilliseconds) } }
    package var pausedLanes: Int { locked { lanes.values.count { $0.isPaused } } }
    package var hasWorkAtHand: Bool { locked { lanes.values.contains { $0.isServed || $0.count > 0 } } }

    /// Waits until no thread is at work.
    ///
    /// - Returns: whether that was so before the deadline.
    package func waitUntilQuiet(until deadline: ContinuousClock.Instant) -> Bool {
        locked {
            while lanes.values.contains(where: \.isServed) { if !condition.wait(until: deadline) { return false } }
            return true
        }
    }
}
