import Dispatch
package import Events
import FoundationEssentials
package import LibPQ
package import RdKafka
import Synchronization
import Threads

/// A running worker: one thread that polls, some that apply, each on a connection of its own (DESIGN §8).
package final class WorkerRuntime: Sendable {
    /// How a run ended.
    package enum End: Sendable, Equatable {
        /// Asked to, with everything at work finished.
        case stopped
        /// Asked to, but a batch was still at work when the time was over; it was not committed to Kafka, so it comes again.
        case outOfTime
        /// Kafka's client is of no use any more; a new process may have more luck.
        case failed(KafkaError)
    }

    /// Makes the source once the runtime can take its rebalances.
    package typealias MakeSource = (_ onRebalance: @escaping (Consumer.Rebalance) -> Void) throws(KafkaError) -> any EventSource

    private let settings: WorkerSettings
    private let handler: any EventHandler
    private let signals: WorkerSignals
    private let book: LaneBook
    private let stopped = DispatchSemaphore(value: 0)
    private let stopRequest = Mutex<(isAsked: Bool, wake: (@Sendable () -> Void)?)>((false, nil))

    /// - Parameter limits: two batches a lane when nil: one at work, and one to go on with.
    package init(_ settings: WorkerSettings, handler: any EventHandler, signals: WorkerSignals, limits: LaneLimits? = nil) {
        self.settings = settings
        self.handler = handler
        self.signals = signals
        book = LaneBook(limits: limits ?? LaneLimits(maxEvents: max(2 * settings.batchEvents, 1000)), threads: settings.connections)
        signals.observe(book)
        signals.notices.register(handler.tallies)
    }

    /// Asks the run to end. From any thread, also before it has begun.
    package func stop() {
        let wake = stopRequest.withLock { request in
            request.isAsked = true
            return request.wake
        }
        stopped.signal()
        wake?()
    }

    private var isStopping: Bool { stopRequest.withLock { $0.isAsked } }

    /// Waits until the database answers and its schema is the program's.
    ///
    /// - Parameter look: looks once; gives the error when the database is away, throws when its schema is not the program's.
    /// - Returns: false when the worker was asked to stop meanwhile.
    @available(*, noasync, message: "blocks its thread")
    package func checkDatabase<Refusal: Error>(_ look: () throws(Refusal) -> PostgresError?) throws(Refusal) -> Bool {
        var backoff = Backoff(), random = SystemRandomNumberGenerator()
        while !isStopping {
            guard let error = try look() else {
                signals.databaseAnswers()
                return true
            }
            signals.databaseFails(error)
            waitForStop(seconds: backoff.next(&random))
        }
        return false
    }

    /// The topic on which this worker announces its dead letters.
    package var deadLetterTopic: String { LaneTransaction.announcements(handler.worker, settings.mode) }

    /// Sees that the relay's connection is one that keeps its session.
    ///
    /// - Throws: `WorkerRefusal` when it goes through a pooler.
    /// - Returns: false when the worker was asked to stop meanwhile.
    @available(*, noasync, message: "blocks its thread")
    package func checkRelay() throws(WorkerRefusal) -> Bool {
        guard let conninfo = settings.relayConninfo else { return true }
        var refusal: PostgresError?
        let isAnswered = checkDatabase {
            do throws(PostgresError) {
                try RelaySession.check(conninfo)
                return nil
            } catch {
                if error.sqlstate == RelaySession.pooled { refusal = error } else { return error }
                return nil
            }
        }
        if let refusal { throw WorkerRefusal(refusal.message) }
        return isAnswered
    }

    private func waitForStop(seconds: Double) { _ = stopped.wait(timeout: .now() + seconds) }

    /// Waits until a broker answers and its topics are those that the worker consumes.
    ///
    /// - Throws: `WorkerRefusal` when they are not.
    /// - Returns: false when the worker was asked to stop meanwhile.
    @available(*, noasync, message: "blocks its thread")
    package func checkTopics(_ contract: TopicContract, topics: [String]) throws(WorkerRefusal) -> Bool {
        while !isStopping {
            let metadata: ClusterMetadata
            do throws(KafkaError) {
                let producer = try Producer(settings.kafka, reports: .loop) { [signals] in signals.kafkaLine($0) }
                metadata = try producer.metadata(timeout: .seconds(5))
            } catch {
                if error.isConfiguration { throw WorkerRefusal("Kafka: \(error)") }
                signals.kafka(ready: false, "no broker answers: \(error)")
                continue
            }
            if let fault = WorkerRefusal.fault(in: metadata, topics: topics, partitions: contract.partitions) { throw fault }
            signals.kafka(ready: true)
            return true
        }
        return false
    }

    /// Polls and applies on the calling thread and its own, until `stop` or a fatal error.
    ///
    /// - Parameter makeSource: called once, on this thread, which then owns the source.
    @available(*, noasync, message: "blocks its thread")
    package func run(_ makeSource: MakeSource) -> End {
        let source: any EventSource
        let rebalances = Rebalances()
        do throws(KafkaError) { source = try makeSource { rebalances.take($0) } } catch { return .failed(error) }
        rebalances.take = { [self] in rebalance($0, source) }
        stopRequest.withLock { $0.wake = source.wake }
        let threads = startAppliers(source.wake)
        let sweeper = Sweeper(handler, conninfo: settings.conninfo, signals: signals)
        sweeper.start()
        let relay = settings.relayConninfo.flatMap { OutboxRelay($0, kafka: settings.kafka, mode: settings.mode, worker: handler.worker, signals: signals) }
        relay?.start()
        let failure = poll(source)
        // Batches at work are finished first; what they did is committed before the group hears that we go.
        let deadline = ContinuousClock.now + settings.shutdownTimeout
        signals.stopping()
        book.stop()
        let isQuiet = book.waitUntilQuiet(until: deadline)
        commit(book.settle().done, source, waiting: true)
        if isQuiet { for thread in threads { thread.wait() } }
        sweeper.stop(until: deadline)
        source.close()
        rebalances.take = { _ in }
        // Last, since what was applied last is told as well, as far as there is time; the rest is in the table.
        if relay?.stop(until: deadline) == false { signals.relay.leftBehind() }
        signals.stopped()
        if let failure { return .failed(failure) }
        return isQuiet ? .stopped : .outOfTime
    }

    /// Lets the source tell of rebalances although it is made before it can be named.
    private final class Rebalances {
        var take: (Consumer.Rebalance) -> Void = { _ in }
    }

    // MARK: the poll thread

    private func poll(_ source: any EventSource) -> KafkaError? {
        var lastCommit = ContinuousClock.now
        while !isStopping {
            // Not for long: rebalances are told by polling, and who does not poll is no member of the group.
            book.waitWhileFed(seconds: 0.2)
            let troubles = source.poll(max: 1000, timeout: .milliseconds(100)) { book.append($0) }
            for trouble in troubles {
                signals.trouble(trouble.error)
                if trouble.isFatal { return trouble.error }
            }
            // Offsets are for Kafka's tools and for the next start; the inbox makes an old one harmless, so they need not be sent for every batch.
            let now = ContinuousClock.now
            guard now - lastCommit >= .milliseconds(50) else { continue }
            lastCommit = now
            signals.obstacle.look(now: now)
            let (pause, resume, done) = book.settle()
            if !pause.isEmpty { source.pause(pause) }
            if !resume.isEmpty { source.resume(resume) }
            commit(done, source, waiting: false)
        }
        return nil
    }

    private func commit(_ offsets: [PartitionOffset], _ source: any EventSource, waiting: Bool) {
        guard !offsets.isEmpty else { return }
        do throws(KafkaError) { try source.commit(offsets, waiting: waiting) } catch { signals.trouble(error) }
    }

    private func rebalance(_ change: Consumer.Rebalance, _ source: any EventSource) {
        switch change {
        case .assigned(let partitions):
            book.assign(partitions)
            signals.lanes("lanes assigned", Array(Set(partitions.map(\.partition))))
        case .revoked(let partitions):
            let done = book.release(partitions, until: ContinuousClock.now + settings.shutdownTimeout)
            commit(done, source, waiting: true)
            signals.lanes("lanes given up", Array(Set(partitions.map(\.partition))))
        case .lost(let partitions):
            // They may have another owner already; ours cannot write any more once it has.
            _ = book.release(partitions, until: .now)
            signals.lanes("lanes lost", Array(Set(partitions.map(\.partition))))
        }
    }

    // MARK: the apply threads

    private struct RunningThread {
        let ended: DispatchSemaphore
        func wait() { ended.wait() }
    }

    private func startAppliers(_ wake: @escaping @Sendable () -> Void) -> [RunningThread] {
        let owner = "\(ProcessInfo.processInfo.hostName)/\(ProcessInfo.processInfo.processIdentifier)"
        return (0..<settings.connections).map { number in
            let ended = DispatchSemaphore(value: 0)
            SystemThread.start("apply-\(number)") { [handler, settings, book, signals] in
                Applier(handler, settings, owner: owner, book: book, signals: signals, wake: wake).run()
                ended.signal()
            }
            return RunningThread(ended: ended)
        }
    }
}
