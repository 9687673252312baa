import LibPQ
import Observability

extension WorkerSignals {
    /// So many rows were due and are dealt with.
    func swept(_ count: Int) {
        metrics.counter("nicobar_worker_swept_total", "Rows that were due and have been dealt with.").add(count)
    }

    /// A row that is due cannot be dealt with and was put off.
    func sweepPostponed(_ error: PostgresError) {
        metrics.counter("nicobar_worker_sweep_postponed_total", "Rows that were due and that PostgreSQL refuses; each is tried again after an hour.").add()
        log.warning("a row that is due was put off, because PostgreSQL refuses what follows from it", [.error: error])
    }
}
