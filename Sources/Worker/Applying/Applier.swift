import Foundation
import LibPQ

/// Applies batches, one after the other, on a connection of its own. One thread.
final class Applier {
    /// What to do with a failed batch.
    enum Remedy: Equatable {
        /// The world is in the way: wait, then the same again.
        case wait
        /// One of its records is at fault: find it.
        case split
        /// Another process took the lane.
        case retake
    }

    private let handler: any EventHandler
    private let conninfo: String
    private let owner: String
    private let book: LaneBook
    private let maxEvents: Int
    private let signals: WorkerSignals
    private let transaction: LaneTransaction
    private let wake: @Sendable () -> Void
    private var connection: Connection?
    private var backoff = Backoff()
    private var random = SystemRandomNumberGenerator()

    /// How long a connection may be silent before it is asked whether it still lives.
    private static let idleSeconds: TimeInterval = 5
    /// Longer than a member of the group needs to learn that it is none any more.
    private static let retakeSeconds: TimeInterval = 5

    init(_ handler: any EventHandler, conninfo: String, owner: String, book: LaneBook, maxEvents: Int, signals: WorkerSignals, wake: @escaping @Sendable () -> Void) {
        self.handler = handler
        self.conninfo = conninfo
        self.owner = owner
        self.book = book
        self.maxEvents = maxEvents
        self.signals = signals
        self.wake = wake
        transaction = LaneTransaction(handler)
    }

    /// Applies until the book says stop.
    @available(*, noasync, message: "blocks its thread")
    func run() {
        ping()
        while let work = book.next(max: maxEvents, idle: connection == nil ? 0.5 : Self.idleSeconds) {
            guard !work.records.isEmpty else {
                ping()
                continue
            }
            if apply(work) {
                // Fetching may go on, and somebody waits for the offsets.
                if book.finish(work) { wake() }
            } else {
                book.giveUp(work)
            }
        }
        connection?.close()
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

    /// - Returns: whether all of it is in the database; false when the lane is going away first.
    private func apply(_ work: LaneBook.Work) -> Bool {
        var epoch = work.epoch
        return apply(work.records[...], work, &epoch)
    }

    /// Applies a range of a batch; where one of its records is at fault, its halves, down to that record.
    private func apply(_ records: ArraySlice<Record>, _ work: LaneBook.Work, _ epoch: inout Int64?) -> Bool {
        var faults: [Int: RecordFault] = [:]
        while true {
            let begun = ContinuousClock.now
            do throws(PostgresError) {
                let connection = try connected()
                let held = try hold(&epoch, work, connection)
                let outcome = try transaction.run(records, faults: faults, lane: work.lane, epoch: held, on: connection)
                backoff.reset()
                signals.databaseAnswers()
                signals.count(outcome, events: records.count, seconds: (ContinuousClock.now - begun) / .seconds(1))
                return true
            } catch {
                switch Self.remedy(for: error) {
                case .split:
                    if records.count == 1 {
                        // Already to be parked and still refused: then it is not the record that is wrong.
                        guard faults.isEmpty else {
                            if !wait(work, error) { return false }
                            continue
                        }
                        faults[records.startIndex] = Self.fault(from: error)
                        continue
                    }
                    let middle = records.startIndex + records.count / 2
                    return apply(records[..<middle], work, &epoch) && apply(records[middle...], work, &epoch)
                case .retake:
                    epoch = nil
                    book.took(work, epoch: nil)
                    signals.fenceLost(lane: work.lane)
                    if !book.pause(work, for: Self.retakeSeconds) { return false }
                case .wait:
                    if !wait(work, error) { return false }
                }
            }
        }
    }

    /// The epoch under which we hold the lane, taking it if we do not.
    private func hold(_ epoch: inout Int64?, _ work: LaneBook.Work, _ connection: Connection) throws(PostgresError) -> Int64 {
        if let epoch { return epoch }
        let taken = try LaneTransaction.take(connection, worker: handler.worker, lane: work.lane, owner: owner)
        epoch = taken
        book.took(work, epoch: taken)
        signals.tookLane(work.lane, epoch: taken)
        return taken
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
        for (name, sql) in LaneTransaction.statements(of: handler) { try made.prepare(name, sql) }
        connection = made
        return made
    }

    private func drop(_ error: PostgresError) {
        guard error.kind == .connection || connection?.isHealthy != true else { return }
        connection?.close()
        connection = nil
    }

    /// Told from the SQLSTATE. A statement that the schema does not understand is nobody's record: a migration may be under way, so it waits and says so.
    static func remedy(for error: PostgresError) -> Remedy {
        if error.sqlstate == "NB001" { return .retake }
        return error.kind == .record ? .split : .wait
    }

    /// Why PostgreSQL does not take a record, without anything of its content.
    static func fault(from error: PostgresError) -> RecordFault {
        let place = [error.constraint.map { "constraint \($0)" }, error.table.map { "table \($0)" }, error.column.map { "column \($0)" }].compactMap(\.self)
        return RecordFault(
            reason: "postgres-\(error.sqlstate ?? "unknown")",
            detail: "PostgreSQL does not take it (SQLSTATE \(error.sqlstate ?? "?"))" + (place.isEmpty ? "" : ": " + place.joined(separator: ", ")))
    }
}
