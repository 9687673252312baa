import CLibPQ

extension Connection {
    /// Sends all steps and one sync without waiting in between, then reads all results: one network round trip for `begin`, any number of statements, `commit`.
    ///
    /// Steps after a failed one are skipped by the server. Without a `begin` of its own the pipeline is one transaction by itself, committed at the sync.
    /// When a pipeline that began its own transaction fails, the transaction is rolled back before the error is thrown, so the connection is ready for the next.
    /// - Returns: one result for each step.
    /// - Throws: the first error, with the index of its step. An error of kind `.connection` leaves open whether a `commit` among the steps took effect.
    @available(*, noasync)
    @discardableResult
    package func pipeline(_ steps: [PipelineStep]) throws(PostgresError) -> [ResultSet] {
        let handle = unsafe try live()
        let began = unsafe PQtransactionStatus(handle) == PQTRANS_IDLE
        guard unsafe PQenterPipelineMode(handle) == 1 else { throw unsafe lost(handle) }
        for (index, step) in steps.enumerated() {
            do throws(PostgresError) {
                try unsafe send(step, to: handle)
                // One by one, or libpq's buffer, which never becomes smaller, would hold all of them: the server reads a statement when it has done the one before.
                try unsafe flush(handle)
            } catch {
                // Half a pipeline without its sync cannot be taken back.
                close()
                throw error.at(step: index)
            }
        }
        guard unsafe PQpipelineSync(handle) == 1 else { throw unsafe lost(handle) }
        try unsafe flush(handle)

        var results: [ResultSet] = []
        results.reserveCapacity(steps.count)
        var failure: PostgresError?
        for index in steps.indices {
            try unsafe readStep(index, handle, into: &results, failure: &failure)
        }
        try unsafe readSync(handle, failure: &failure)
        guard unsafe PQexitPipelineMode(handle) == 1 else { throw unsafe lost(handle) }
        guard let failure else { return results }
        if began, unsafe PQtransactionStatus(handle) != PQTRANS_IDLE { try execute("rollback") }
        throw failure
    }

    /// Reads the results of one step up to the nil that ends them.
    private func readStep(_ index: Int, _ handle: OpaquePointer, into results: inout [ResultSet], failure: inout PostgresError?) throws(PostgresError) {
        while let result = unsafe try nextResult(handle) {
            switch unsafe PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                unsafe results.append(ResultSet(owning: result))
            case PGRES_PIPELINE_ABORTED:
                unsafe PQclear(result)
            case PGRES_FATAL_ERROR:
                if failure == nil { failure = unsafe PostgresError(result: result, connection: handle, step: index) }
                unsafe PQclear(result)
            default:
                // Nothing else can be carried through in a pipeline (COPY least of all).
                unsafe PQclear(result)
                close()
                throw PostgresError(sqlstate: "0A000", message: "the statement cannot be part of a pipeline", step: index)
            }
            // A lost connection also ends as a failed result; the results of the other steps will never come.
            if !isHealthy { throw unsafe broken(failure, handle) }
        }
    }

    /// Reads up to the sync. A transaction without `begin` is committed there, and may fail there.
    private func readSync(_ handle: OpaquePointer, failure: inout PostgresError?) throws(PostgresError) {
        var silences = 0
        while true {
            guard let result = unsafe try nextResult(handle) else {
                silences += 1
                guard isHealthy, silences < 4 else { throw unsafe broken(failure, handle) }
                continue
            }
            let status = unsafe PQresultStatus(result)
            if status == PGRES_FATAL_ERROR, failure == nil { failure = unsafe PostgresError(result: result, connection: handle) }
            unsafe PQclear(result)
            if status == PGRES_PIPELINE_SYNC { return }
            if !isHealthy { throw unsafe broken(failure, handle) }
        }
    }

    /// The error to throw when the connection died: what the server said last, if it said anything.
    private func broken(_ failure: PostgresError?, _ handle: OpaquePointer) -> PostgresError {
        defer { close() }
        return unsafe failure ?? PostgresError(connection: handle)
    }
}
