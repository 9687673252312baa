import Dispatch
package import LibPQ
import Synchronization
import Threads

/// Sweeps what is due, again and again, on a thread and a connection of its own, until it is told to stop.
package final class Sweeper: Sendable {
    private let handler: any EventHandler
    private let conninfo: String
    private let signals: WorkerSignals
    private let stopping = DispatchSemaphore(value: 0)
    private let isStopping = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)

    /// Rows of one transaction at most.
    private static let maxRows = 200
    /// How long after an empty look the next one comes; half as long, or half as long again, so that processes do not look together.
    private static let idleSeconds: ClosedRange<Double> = 0.5...1.5

    package init(_ handler: any EventHandler, conninfo: String, signals: WorkerSignals) {
        self.handler = handler
        self.conninfo = conninfo
        self.signals = signals
    }

    /// Starts the thread when there is anything to sweep; call once.
    package func start() {
        guard let batch = handler.makeSweep() else {
            ended.signal()
            return
        }
        let loop = SweepLoop(batch)
        SystemThread.start("sweep") { [self, loop] in
            run(loop)
            ended.signal()
        }
    }

    /// Asks the thread to end and waits for it; a transaction at work is finished, or rolled back by the server when the process ends first.
    package func stop(until deadline: ContinuousClock.Instant) {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        stopping.signal()
        if ended.wait(timeout: .now() + max(0, (deadline - .now) / .seconds(1))) == .success { ended.signal() }
    }

    /// Everything that belongs to the thread. Unchecked Sendable: handed over once, at the start.
    private final class SweepLoop: @unchecked Sendable {
        let batch: any SweepBatch
        var connection: Connection?
        var backoff = Backoff()
        var random = SystemRandomNumberGenerator()
        var limit = Sweeper.maxRows
        init(_ batch: any SweepBatch) { self.batch = batch }
    }

    private func run(_ loop: SweepLoop) {
        while !isStopping.load(ordering: .sequentiallyConsistent) {
            do throws(PostgresError) {
                let count = try Self.sweep(loop.batch, limit: loop.limit, on: try connected(loop))
                loop.backoff.reset()
                loop.limit = Self.maxRows
                signals.databaseAnswers()
                if count > 0 { signals.notices.take(loop.batch.notices) }
                if count == 0 { wait(.random(in: Self.idleSeconds, using: &loop.random)) } else { signals.swept(count) }
            } catch {
                handle(error, loop)
            }
        }
        loop.connection?.close()
    }

    private func handle(_ error: PostgresError, _ loop: SweepLoop) {
        if error.kind == .record {
            // One of them is at fault: fewer, down to one; that one has to wait.
            if loop.limit > 1 {
                loop.limit = max(1, loop.limit / 8)
                return
            }
            do throws(PostgresError) {
                _ = try connected(loop).pipeline([loop.batch.postponeFirst()])
                signals.sweepPostponed(error)
                return
            } catch { drop(error, loop) }
        } else {
            drop(error, loop)
        }
        let seconds = loop.backoff.next(&loop.random)
        signals.retry(error, attempt: loop.backoff.attempts, seconds: seconds)
        wait(seconds)
    }

    /// One transaction.
    ///
    /// - Returns: how many rows were due and are not any more.
    /// - Throws: `PostgresError`; nothing was changed then.
    @available(*, noasync, message: "blocks its thread")
    package static func sweep(_ batch: any SweepBatch, limit: Int, on connection: Connection) throws(PostgresError) -> Int {
        batch.reset()
        let taken = try connection.pipeline([PipelineStep(sql: "begin"), batch.takeDue(limit: limit)])[1]
        guard taken.rowCount > 0 else {
            try connection.execute("rollback")
            return 0
        }
        do throws(PostgresError) {
            batch.add(due: taken)
            let results = try connection.pipeline(batch.steps())
            try connection.pipeline(batch.conclusions(from: results[...]) + [PipelineStep(sql: "commit")])
        } catch {
            // The transaction is open since the first round trip, so a later one does not roll it back by itself.
            if connection.isHealthy { try connection.execute("rollback") }
            throw error
        }
        return taken.rowCount
    }

    private func connected(_ loop: SweepLoop) throws(PostgresError) -> Connection {
        if let connection = loop.connection, connection.isHealthy { return connection }
        loop.connection = nil
        let made = try Connection(conninfo, applicationName: "nicobar-\(handler.worker)-sweep")
        try LaneTransaction.prepare(made, for: handler)
        loop.connection = made
        return made
    }

    private func drop(_ error: PostgresError, _ loop: SweepLoop) {
        guard error.kind == .connection || loop.connection?.isHealthy != true else { return }
        loop.connection?.close()
        loop.connection = nil
    }

    private func wait(_ seconds: Double) { _ = stopping.wait(timeout: .now() + seconds) }
}
