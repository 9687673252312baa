package import LibPQ

/// What a worker does because time has passed, not because an event came: the part that knows which rows are due. Used by one thread.
///
/// The runtime runs, in one transaction: `takeDue`, then `steps` for what it brought, then `conclusions`. Several processes sweep at once and each due row is
/// taken by one of them, so `takeDue` locks with `for update skip locked` and a finished row is not due any more.
package protocol SweepBatch: AnyObject {
    /// Forgets everything and keeps the memory.
    func reset()

    /// Locks what is due and nobody else is at work on, the longest due first.
    ///
    /// - Parameter limit: rows at most.
    func takeDue(limit: Int) -> PipelineStep

    /// Takes what `takeDue` brought.
    func add(due rows: ResultSet)

    /// The statements that read what was taken; they must not wait for other transactions' locks behind those that `takeDue` holds.
    func steps() -> [PipelineStep]

    /// What follows; run behind `steps` in the same transaction.
    ///
    /// - Parameter results: those of `steps()`, one each.
    func conclusions(from results: ArraySlice<ResultSet>) -> [PipelineStep]

    /// What was noticed on the way, to be counted once the transaction is committed.
    var notices: [Notice] { get }

    /// Puts off the row that is due first: PostgreSQL refuses what follows from it, and those behind it must get their turn.
    func postponeFirst() -> PipelineStep
}

extension EventHandler {
    /// Most stages have nothing to sweep.
    package func makeSweep() -> (any SweepBatch)? { nil }
}
