import Synchronization

private let names = Atomic<Int>(0)

/// A name that no other test of this process uses.
package func uniqueName(_ word: String) -> String {
    "\(word)-\(names.wrappingAdd(1, ordering: .relaxed).newValue)"
}

/// Asks a real condition again and again until it holds.
///
/// For conditions that another process changes and that give no signal (a row, a metric, a port).
///
/// - Parameters:
///   - limit: how long to ask.
///   - condition: what must become true.
/// - Returns: whether it held within the limit.
package func eventually(within limit: Duration = .seconds(20), _ condition: () async throws -> Bool) async rethrows -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while clock.now < end {
        if try await condition() { return true }
        try? await clock.sleep(for: .milliseconds(10))
    }
    return try await condition()
}
