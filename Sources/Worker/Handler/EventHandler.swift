package import LibPQ

/// What a worker does with events: the seam between the runtime, which knows Kafka, lanes and transactions, and a stage, which knows what events mean.
package protocol EventHandler: Sendable {
    /// Names the worker in `worker.inbox`, `worker.progress`, metrics and the consumer group, such as `billing`.
    var worker: String { get }
    /// What `makeBatch().steps()` will run: prepared once on every connection.
    var statements: [(name: String, sql: String)] { get }
    /// A batch to fill; the runtime makes one for each lane and uses it again and again.
    func makeBatch() -> any EventBatch
    /// What the stage does as time passes, on a thread and connection of its own; nil for nothing.
    func makeSweep() -> (any SweepBatch)?
    /// What the stage counts beside the outcomes of events.
    var tallies: [Tally] { get }
}

extension EventHandler {
    package var tallies: [Tally] { [] }
}

/// The events of one transaction, read and ready to be applied. Used by one thread at a time.
package protocol EventBatch: AnyObject {
    /// Forgets all events and keeps the memory.
    func reset()

    /// Reads one event into the batch; an event that throws leaves nothing behind in it.
    ///
    /// The same id may be added more than once, and events may come in any order: whatever is added, in whatever batches, must end in the same state.
    ///
    /// - Throws: `RecordFault` when it can never be applied.
    func add(_ event: IncomingEvent) throws(RecordFault)

    /// Whether the event that was added last changes nothing, because the batch held newer state before it: the inbox notes it as stale from the start.
    var lastIsStale: Bool { get }

    /// Whether the event that was added last is of no concern to the stage and nothing of it is kept: the inbox notes it as ignored.
    var lastIsIgnored: Bool { get }

    /// The statements that bring the tables up to what was added, to be run in the transaction that has just written `worker.inbox`.
    ///
    /// Their columns are lent until the next `reset`. Each returns one row with a column `stale`: how many events changed nothing because the
    /// state was newer already; the statement has also set those events' `worker.inbox.outcome` from `applied` to `stale`.
    func steps() -> [PipelineStep]

    /// Whether `conclusions` has something to say; a batch that does not decide costs one round trip.
    var decides: Bool { get }

    /// What follows from what `steps()` brought back: run in the same transaction, behind it, in a second round trip.
    ///
    /// For a stage that decides in Swift on what the tables hold: its `steps()` lock and read, this writes. A transaction that is tried again asks again.
    ///
    /// - Parameter results: those of `steps()`, one each.
    func conclusions(from results: ArraySlice<ResultSet>) -> [PipelineStep]

    /// What was noticed on the way, to be counted once the transaction is committed.
    var notices: [Notice] { get }
}

extension EventBatch {
    package var notices: [Notice] { [] }
    package var lastIsStale: Bool { false }
    package var lastIsIgnored: Bool { false }
    package var decides: Bool { false }
    package func conclusions(from results: ArraySlice<ResultSet>) -> [PipelineStep] { [] }
}
