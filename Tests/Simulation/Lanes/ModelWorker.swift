import Foundation
import RdKafka
import Simulator
import Worker

/// One worker process: the real lane book, and the real way of a batch into the database, stepped by hand in place of threads.
final class ModelWorker {
    /// What a thread that applies is doing.
    private enum Applier {
        case idle
        case working(LaneBook.Work, BatchAttempt)
        /// Waiting before the next try.
        case pausing(LaneBook.Work, BatchAttempt)
    }

    /// What a worker leaves undone on purpose, to see that the simulation would notice.
    enum Flaw { case commitsWhatItTakes, skipsOnError }

    /// A commit on its way, which may overtake others and may be lost.
    struct Commit {
        let offsets: [PartitionOffset]
        let generation: Int
    }

    let name: Int
    let flaw: Flaw?
    var isFrozen = false
    private(set) var isStopping = false
    private(set) var hasEnded = false
    private let book = LaneBook(limits: LaneLimits(maxEvents: 6))
    private var appliers: [Applier] = [.idle, .idle]
    private var positions: [TopicPartition: Int64] = [:]
    private var paused: Set<TopicPartition> = []
    /// The generation whose assignment we have; nil while we have none.
    private var generation: Int?
    private(set) var commits: [Commit] = []
    private static let past = ContinuousClock.now

    init(_ name: Int, flaw: Flaw? = nil) {
        self.name = name
        self.flaw = flaw
    }

    /// Whether a batch is on its way.
    var isBusy: Bool {
        appliers.contains { if case .idle = $0 { false } else { true } }
    }

    // MARK: the poll thread

    /// One poll: what the group has to say, then some records.
    func poll(_ kafka: inout ModelKafka, _ database: inout ModelDatabase, _ dice: inout SplitMix64, faults: Bool) throws(Violation) {
        if let generation, !kafka.isMember(name) || generation != kafka.generation {
            // The group went on without us.
            self.generation = nil
            _ = book.release(Array(positions.keys), until: Self.past)
            positions = [:]
        }
        if generation != nil, kafka.isRebalancing {
            try giveUp(&kafka, &database, &dice, faults: faults)
            return kafka.join(name)
        }
        if generation == nil {
            if !kafka.isMember(name) { return kafka.join(name) }
            guard !kafka.isRebalancing else { return kafka.hasJoined(name) ? () : kafka.join(name) }
            generation = kafka.generation
            let mine = kafka.partitions(of: name)
            book.assign(mine)
            paused = []
            positions = Dictionary(uniqueKeysWithValues: mine.map { ($0, kafka.committed[$0] ?? 0) })
            return
        }
        for (place, position) in positions.sorted(by: { $0.key.description < $1.key.description }) where !paused.contains(place) {
            let log = kafka.log[place] ?? []
            guard position < log.count, dice.percent(70) else { continue }
            let count = 1 + dice.below(4)
            for event in log[Int(position)...].prefix(count) { book.append(event.record) }
            positions[place] = min(position + Int64(count), Int64(log.count))
        }
    }

    /// Offsets of what is done go on their way; lanes pause and resume.
    func settle() {
        let (pause, resume, done) = book.settle()
        paused.formUnion(pause)
        paused.subtract(resume)
        if !done.isEmpty, let generation { commits.append(Commit(offsets: done, generation: generation)) }
    }

    /// One of the commits on its way arrives, not always the first, or is lost.
    func deliverCommit(to kafka: inout ModelKafka, _ dice: inout SplitMix64, faults: Bool) throws(Violation) {
        guard !commits.isEmpty else { return }
        let commit = commits.remove(at: faults ? dice.below(commits.count) : 0)
        if faults, dice.percent(10) { return }
        try kafka.commit(commit.offsets, by: name, of: commit.generation)
    }

    /// The lanes are revoked: batches at work are waited for, mostly long enough; what is done is committed.
    private func giveUp(_ kafka: inout ModelKafka, _ database: inout ModelDatabase, _ dice: inout SplitMix64, faults: Bool) throws(Violation) {
        var patience = faults ? dice.below(12) : 50
        while isBusy, patience > 0 {
            patience -= 1
            for index in appliers.indices { try stepApplier(index, &kafka, &database, &dice, faults: faults, takesNew: false) }
        }
        let done = book.release(Array(positions.keys), until: Self.past)
        positions = [:]
        if let generation { try kafka.commit(done, by: name, of: generation) }
        generation = nil
    }

    /// SIGTERM: nothing new is begun.
    func stop() {
        isStopping = true
        book.stop()
    }

    /// Once all is quiet, or the time is up: commit, leave the group, end.
    func end(_ kafka: inout ModelKafka) throws(Violation) {
        if let generation {
            try kafka.commit(book.settle().done, by: name, of: generation)
            try kafka.commit(book.release(Array(positions.keys), until: Self.past), by: name, of: generation)
        }
        kafka.leave(name)
        hasEnded = true
    }

    // MARK: the apply threads

    func stepApplier(_ dice: inout SplitMix64, _ kafka: inout ModelKafka, _ database: inout ModelDatabase, faults: Bool) throws(Violation) {
        try stepApplier(dice.below(appliers.count), &kafka, &database, &dice, faults: faults, takesNew: true)
    }

    /// One step of a thread, as `Applier` goes.
    private func stepApplier(
        _ index: Int, _ kafka: inout ModelKafka, _ database: inout ModelDatabase, _ dice: inout SplitMix64, faults: Bool, takesNew: Bool
    ) throws(Violation) {
        switch appliers[index] {
        case .idle:
            guard takesNew, book.hasWorkAtHand, let work = book.next(max: 4, idle: 0), !work.records.isEmpty else { return }
            if flaw == .commitsWhatItTakes, let generation {
                commits.append(Commit(offsets: work.records.map { PartitionOffset($0.topicPartition, $0.offset + 1) }, generation: generation))
            }
            appliers[index] = .working(work, BatchAttempt(count: work.records.count, epoch: work.epoch))
        case .pausing(let work, let attempt):
            if book.isLost(work) {
                book.giveUp(work)
                appliers[index] = .idle
            } else {
                appliers[index] = .working(work, attempt)
            }
        case .working(let work, var attempt):
            appliers[index] = .idle
            switch attempt.step {
            case .done:
                book.finish(work)
                return
            case .takeLane:
                if book.isLost(work) { return book.giveUp(work) }
                if faults, dice.percent(8) { return fail(index, work, attempt, .wait) }
                let epoch = database.take(work.lane)
                attempt.took(epoch)
                book.took(work, epoch: epoch)
            case .run(let part, let known, let epoch):
                if faults, dice.percent(6) { return fail(index, work, attempt, .wait) }
                let events = work.records.map { kafka.event(of: $0) }
                if let remedy = try database.run(events[part], faults: known, lane: work.lane, epoch: epoch) { return fail(index, work, attempt, remedy) }
                for record in work.records[part] { kafka.noteApplied(record) }
                // The connection may break when the commit is on its way back: it is in the database, and nobody here knows.
                if faults, dice.percent(4) { return fail(index, work, attempt, .wait) }
                attempt.applied()
            }
            appliers[index] = .working(work, attempt)
        }
    }

    private func fail(_ index: Int, _ work: LaneBook.Work, _ attempt: BatchAttempt, _ remedy: Remedy) {
        if flaw == .skipsOnError, remedy == .wait {
            book.finish(work)
            return
        }
        var attempt = attempt
        switch attempt.failed(remedy, fault: RecordFault(reason: "poison", detail: "poison")) {
        case .none: appliers[index] = .working(work, attempt)
        case .backOff: appliers[index] = .pausing(work, attempt)
        case .ownership:
            book.took(work, epoch: nil)
            appliers[index] = .pausing(work, attempt)
        }
    }
}
