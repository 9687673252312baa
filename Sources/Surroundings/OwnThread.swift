import Foundation

/// Blocking work, kept away from the cooperative pool.
package enum OwnThread {
    /// Runs work that blocks on a thread of its own and comes back with its result.
    ///
    /// - Parameter work: what blocks.
    /// - Returns: what the work returned.
    /// - Throws: what the work threw.
    package static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Result { try work() }) }
            thread.stackSize = 1 << 21
            thread.start()
        }
    }
}
