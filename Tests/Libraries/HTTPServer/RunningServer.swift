import Foundation
import HTTPServer
import Synchronization
import TestKit

/// A server that runs on a thread of its own until the test lets go of it.
final class RunningServer: Sendable {
    let server: HTTPServer
    let handler = ScriptedHandler()
    private let end = End()

    /// Apart from the rest, so that the thread does not keep it alive.
    private final class End: Sendable {
        let changes = Changes()
        let hasCome = Mutex(false)
    }

    init(_ limits: HTTPLimits = HTTPLimits(), listen: String = "127.0.0.1:0") throws {
        server = try HTTPServer(listen: ListenAddress(listen)!, limits: limits, handler: handler)
        let server = server, end = end
        Thread.detachNewThread {
            server.run()
            end.hasCome.withLock { $0 = true }
            end.changes.signal()
        }
    }

    deinit { server.stop(drainWithin: .zero) }

    func client(v6: Bool = false) throws -> RawClient { try RawClient(port: server.port, v6: v6) }

    /// Whether `run` has come back; waits ten seconds at most.
    func comesToAnEnd() -> Bool { end.changes.wait { end.hasCome.withLock { $0 } } }

    /// Waits until the counters are as asked; they have no signal, so this looks again and again.
    func counts(until condition: (HTTPCounters) -> Bool) -> Bool {
        comesTrue { condition(server.counters) }
    }
}
