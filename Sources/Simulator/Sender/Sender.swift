import Glibc
import Synchronization

/// How to send.
package struct SendOptions: Sendable {
    /// Keep-alive connections, and so the most attempts under way at once.
    package var connections: Int
    /// Attempts a second on a fixed schedule (open loop); nil sends the next as soon as a connection is free (closed loop).
    package var rate: Double?
    /// Whether and how refused deliveries are tried again; nil = never.
    package var ladder: RetryLadder?
    /// An answer later than this is a failure; Dodo waits 15 s (FACTS 2.3).
    package var timeoutSeconds: Double

    package init(connections: Int = 16, rate: Double? = nil, ladder: RetryLadder? = nil, timeoutSeconds: Double = 15) {
        self.connections = max(1, connections)
        self.rate = rate
        self.ladder = ladder
        self.timeoutSeconds = timeoutSeconds
    }
}

/// The headers that go with an attempt: (webhook-id, webhook-timestamp in seconds, body) to names and values in order.
package typealias Sign = @Sendable (_ id: String, _ timestamp: Int64, _ body: [UInt8]) -> [(String, String)]

/// Told of every answer on the sender's thread, at once: the delivery, the HTTP status, and nanoseconds since the attempt was due.
package typealias OnAnswer = @Sendable (_ delivery: Delivery, _ status: Int, _ nanoseconds: Int64) -> Void

/// Sends deliveries over plain HTTP/1.1 from one thread over non-blocking sockets. One `run` at a time.
package final class Sender: Sendable {
    private let endpoint: Endpoint
    private let options: SendOptions
    private let sign: Sign
    private let onAnswer: OnAnswer?
    private let stopping = Atomic<Bool>(false)

    package init(to endpoint: Endpoint, _ options: SendOptions = SendOptions(), sign: @escaping Sign, onAnswer: OnAnswer? = nil) {
        self.endpoint = endpoint
        self.options = options
        self.sign = sign
        self.onAnswer = onAnswer
    }

    /// Takes no further delivery; what is under way is answered or times out, and nothing is retried. From any thread.
    package func stop() { stopping.store(true, ordering: .relaxed) }

    /// Sends on the calling thread until the deliveries are used up, each accepted or given up. Throws when the host cannot be looked up.
    @available(*, noasync, message: "blocks its thread; await send(_:) instead")
    package func run(_ next: () -> Delivery?) throws(Endpoint.Fault) -> SendReport {
        try sendAll(next)
    }

    /// Sends on a thread of its own and comes back with the report.
    package func send(_ deliveries: [Delivery]) async throws -> SendReport {
        var rest = deliveries[...]
        let source = Handed { rest.popFirst() }
        return try await send(source)
    }

    /// Sends a stream on a thread of its own and comes back with the report; the stream is used by that thread only.
    package func send(_ stream: consuming sending DeliveryStream) async throws -> SendReport {
        var stream = stream
        let source = Handed { stream.next() }
        return try await send(source)
    }

    private func send(_ source: Handed) async throws -> SendReport {
        try await withCheckedThrowingContinuation { continuation in
            Self.detachThread {
                continuation.resume(with: Result { try self.sendAll(source.next) })
            }
        }
    }

    private func sendAll(_ next: () -> Delivery?) throws(Endpoint.Fault) -> SendReport {
        stopping.store(false, ordering: .relaxed)
        var loop = try SendLoop(endpoint, options, sign, onAnswer)
        return loop.run(next) { stopping.load(ordering: .relaxed) }
    }

    /// A source that one thread hands to another and then leaves alone; that is what makes it safe to send.
    private struct Handed: @unchecked Sendable {
        let next: () -> Delivery?
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private static func detachThread(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body))
        let code = pthread_create(&thread, nil, { raw in
            raw.map { Unmanaged<Work>.fromOpaque($0).takeRetainedValue().body() }
            return nil
        }, work.toOpaque())
        guard code == 0 else {
            // The thread that never began releases nothing, so its work is done here.
            work.takeRetainedValue().body()
            return
        }
        pthread_detach(thread)
    }
}
