import LibPQ
import Observability
import Synchronization

extension PostgresError {
    /// Whether a stage says by it that it can apply nothing at present, and that no record is at fault: another master secret than the database's (NB002), or a
    /// catalogue that only a newer program can read (NB003).
    package var isObstacle: Bool { sqlstate == "NB002" || sqlstate == "NB003" }
}

/// What keeps the stage from applying: told once in the log, and in health for as long as it is met again and again. Safe from any thread.
///
/// One lane may be kept while others go on, so it is not the next success that ends it but that it has not been met for longer than two tries are apart.
final class Obstacle: Sendable {
    static let part = "stage"

    private let lastMet = Mutex<ContinuousClock.Instant?>(nil)
    private let patience: Duration
    private let health: Health
    private let log: Log

    /// - Parameter patience: longer than `Backoff` ever waits.
    init(health: Health, log: Log, patience: Duration = .seconds(20)) {
        self.patience = patience
        self.health = health
        self.log = log
    }

    func met(_ error: PostgresError, now: ContinuousClock.Instant = .now) {
        lastMet.withLock { $0 = now }
        if health.set(Self.part, ready: false, saying: "nothing is applied until this is mended: \(error.message)") {
            log.warning("the stage can apply nothing; its lanes wait and are tried again", [.error: error])
        }
    }

    /// Looks whether it is still in the way; cheap.
    func look(now: ContinuousClock.Instant = .now) {
        let isOver = lastMet.withLock { lastMet in
            guard let last = lastMet, now - last > patience else { return false }
            lastMet = nil
            return true
        }
        if isOver, health.set(Self.part, ready: true) { log.info("the stage applies again") }
    }
}
