import Synchronization

/// Whether a process is ready to do its work, by the parts it depends on. Safe from any thread.
///
/// Ready means: send it work. Not ready says nothing against its life; a process that waits for its database is alive and right to wait.
package final class Health: Sendable {
    /// What is known of one part.
    package struct Part: Sendable, Equatable {
        package let isReady: Bool
        /// One short sentence for people, without secrets.
        package let saying: String
    }

    private let parts: Mutex<[String: Part]>

    /// - Parameter waitingFor: parts that count as not ready until they have been heard of.
    package init(waitingFor names: [String] = []) {
        parts = Mutex(Dictionary(uniqueKeysWithValues: names.map { ($0, Part(isReady: false, saying: "not known yet")) }))
    }

    /// Says how a part is.
    ///
    /// - Returns: whether that differs from what was known, so that a log need not repeat itself.
    @discardableResult
    package func set(_ name: String, ready: Bool, saying: String = "") -> Bool {
        parts.withLock { parts in
            let before = parts.updateValue(Part(isReady: ready, saying: saying), forKey: name)
            return before?.isReady != ready
        }
    }

    /// Whether all parts are ready.
    package var isReady: Bool { parts.withLock { $0.values.allSatisfy(\.isReady) } }

    /// What is known of each part.
    package var known: [String: Part] { parts.withLock { $0 } }
}
