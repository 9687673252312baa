import Allocator
import Events
import LibPQ

/// Applies batches, one after the other, on a connection of its own. One thread.
final class Applier {
    private let handler: any EventHandler
    private let conninfo: String
    private let owner: String
    private let book: LaneBook
    private let maxEvents: Int
    private let signals: WorkerSignals
    private let mode: Mode
    private var transaction: LaneTransaction
    private let wake: @Sendable () -> Void
    private var connection: Connection?
    private var backoff = Backoff()
    private var random = SystemRandomNumberGenerator()
    private var restTime: RestTime

    /// How long a connection may be silent before it is asked whether it still lives.
    private static let idleSeconds = 5.0
    private let retakeSeconds: Double

    init(_ handler: any EventHandler, _ settings: WorkerSettings, owner: String, book: LaneBook, signals: WorkerSignals, wake: @escaping @Sendable () -> Void) {
        self.handler = handler
        conninfo = settings.conninfo
        maxEvents = settings.batchEvents
        retakeSeconds = settings.retakeAfter / .seconds(1)
        self.owner = owner
        self.book = book
        self.signals = signals
        self.wake = wake
        restTime = RestTime(maxEvents: settings.batchEvents)
        mode = settings.mode
        transaction = LaneTransaction(handler, mode: mode)
    }

    /// Applies until the book says stop.
    @available(*, noasync, message: "blocks its thread")
    func run() {
        ping()
        while let work = book.next(max: maxEvents, idle: connection == nil ? 0.5 : Self.idleSeconds) {
            if work.records.isEmpty { ping() } else { handle(work) }
            if restTime.isDue(now: .now) { rest() }
        }
        connection?.close()
    }

    private func handle(_ work: LaneBook.Work) {
        if apply(work) {
            // Fetching may go on, and somebody waits for the offsets.
            if book.finish(work) { wake() }
        } else {
            book.giveUp(work)
        }
        restTime.worked(events: work.records.count, now: .now)
    }

    /// Learns, while there is nothing to do, whether the database is there.
    private func ping() {
        do throws(PostgresError) {
            _ = try connected().query("select 1")
            signals.databaseAnswers()
        } catch {
            drop(error)
            signals.databaseFails(error)
        }
    }

    /// Gives back to the system what catching up has needed and keeping up does not: columns and allocator keep it otherwise, for as long as the process lives.
    private func rest() {
        transaction = LaneTransaction(handler, mode: mode)
        Allocator.giveBack()
    }

    /// - Returns: whether all of it is in the database; false when the lane is going away first.
    private func apply(_ work: LaneBook.Work) -> Bool {
        var attempt = BatchAttempt(count: work.records.count, epoch: work.epoch)
        while true {
            let begun = ContinuousClock.now
            do throws(PostgresError) {
                switch attempt.step {
                case .done: return true
                case .takeLane:
                    // Who took a lane that is no longer his would only be in its owner's way.
                    if book.isLost(work) { return false }
                    attempt.took(try take(work))
                case .run(let part, let faults, let epoch):
                    let outcome = try transaction.run(work.records[part], faults: faults, lane: work.lane, epoch: epoch, on: connected())
                    attempt.applied()
                    backoff.reset()
                    signals.databaseAnswers()
                    signals.count(outcome, events: part.count, seconds: (ContinuousClock.now - begun) / .seconds(1))
                }
            } catch {
                switch attempt.failed(Remedy(for: error), fault: RecordFault(refusal: error)) {
                case .none: break
                case .backOff: if !wait(work, error) { return false }
                case .ownership:
                    book.took(work, epoch: nil)
                    signals.fenceLost(lane: work.lane)
                    if !book.pause(work, for: retakeSeconds) { return false }
                }
            }
        }
    }

    /// Takes the lane, so that nobody who had it before can write.
    private func take(_ work: LaneBook.Work) throws(PostgresError) -> Int64 {
        let epoch = try LaneTransaction.take(connected(), worker: handler.worker, lane: work.lane, owner: owner)
        book.took(work, epoch: epoch)
        signals.tookLane(work.lane, epoch: epoch)
        return epoch
    }

    private func wait(_ work: LaneBook.Work, _ error: PostgresError) -> Bool {
        drop(error)
        let seconds = backoff.next(&random)
        signals.retry(error, attempt: backoff.attempts, seconds: seconds)
        return book.pause(work, for: seconds)
    }

    private func connected() throws(PostgresError) -> Connection {
        if let connection, connection.isHealthy { return connection }
        connection = nil
        let made = try Connection(conninfo, applicationName: "nicobar-\(handler.worker)-worker")
        try LaneTransaction.prepare(made, for: handler)
        connection = made
        return made
    }

    private func drop(_ error: PostgresError) {
        guard error.kind == .connection || connection?.isHealthy != true else { return }
        connection?.close()
        connection = nil
    }
}
