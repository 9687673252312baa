import Observability
import Synchronization

/// Counts what stages notice, and says it once for each subject. Safe from any thread.
final class NoticeBoard: Sendable {
    /// Subjects that a process names in its log, of all tallies together; the counter goes on.
    static let maxLines = 100
    private static let maxCharacters = 200

    private let metrics: Metrics
    private let log: Log
    private let named = Mutex<Set<String>>([])

    init(metrics: Metrics, log: Log) {
        self.metrics = metrics
        self.log = log
    }

    /// Makes the counters of a stage, so that they are there before they move.
    func register(_ tallies: [Tally]) { for tally in tallies { _ = counter(tally) } }

    /// - Parameter notices: of a transaction that is committed.
    func take(_ notices: [Notice]) {
        for notice in notices {
            counter(notice.tally).add()
            let isNew = named.withLock { $0.count < Self.maxLines && $0.insert("\(notice.tally.metric) \(notice.subject)").inserted }
            if isNew { log.warning(notice.tally.saying, [.subject: String(notice.subject.prefix(Self.maxCharacters))]) }
        }
    }

    private func counter(_ tally: Tally) -> Counter { metrics.counter(tally.metric, tally.help) }
}
