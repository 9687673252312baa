import Glibc
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

/// As `eventually`, for a test that is on a thread of its own: looks at a condition that gives no signal again and again, and comes back as soon as it holds.
///
/// - Parameter seconds: how long at most.
/// - Returns: whether it held in time.
@available(*, noasync, message: "blocks its thread")
package func comesTrue(within seconds: Double = 15, _ condition: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if condition() { return true }
        usleep(2000)
    }
    return condition()
}
