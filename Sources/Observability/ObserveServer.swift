import Dispatch
import HTTPServer
import Synchronization
import Threads

/// Serves `/metrics`, `/healthz` and `/readyz` on an address of their own, on a thread of its own.
package final class ObserveServer: Sendable {
    private let server: HTTPServer
    private let handler: Handling
    private let log: Log
    private let ended = DispatchSemaphore(value: 0)
    private let isStarted = Atomic<Bool>(false)

    /// The handler belongs to the loop's thread; here it is only kept.
    private struct Handling: @unchecked Sendable { let handler: ObserveHandler }

    /// Why the address cannot be had; one line for the person who starts the program.
    package struct Refusal: Error, CustomStringConvertible { package let description: String }

    /// Binds the address; nothing is answered until `start`.
    ///
    /// - Parameters:
    ///   - host: an address literal.
    ///   - port: 0 for any free one.
    package init(host: String, port: UInt16, _ observatory: Observatory, _ log: Log) throws(Refusal) {
        handler = Handling(handler: ObserveHandler(observatory))
        self.log = log
        let limits = HTTPLimits(maxBodyBytes: 0, maxBufferedBytes: 0, maxHeaderBytes: 16 << 10, maxConnections: 64, idleTimeout: .seconds(60), requestTimeout: .seconds(5))
        do throws(HTTPServerError) {
            server = try HTTPServer(listen: HTTPServer::ListenAddress(host: host, port: port), limits: limits, handler: handler.handler)
        } catch { throw Refusal(description: "metrics and health: \(error)") }
    }

    /// The port it really got.
    package var port: UInt16 { server.port }

    /// Answers from now on.
    package func start() {
        isStarted.store(true, ordering: .relaxed)
        SystemThread.start("observe") { [self] in
            server.run()
            ended.signal()
        }
        log.info("metrics and health are served", [.address: "\(server.address)"])
    }

    /// Answers no more; comes back when the thread has ended.
    package func stop() {
        guard isStarted.load(ordering: .relaxed) else { return }
        server.stop(drainWithin: .milliseconds(500))
        ended.wait()
    }
}

/// Answers for the observatory. On the loop's thread.
private final class ObserveHandler: HTTPHandler {
    private let observatory: Observatory
    private static let notFound = HTTPResponse(404, text: "here are /metrics, /healthz and /readyz")
    private static let onlyGet = HTTPResponse(405, text: "this can only be read", headers: [.init("Allow", "GET, HEAD")])

    init(_ observatory: Observatory) { self.observatory = observatory }

    func route(_ method: HTTPMethod, _ path: HTTPPath) -> HTTPRoute {
        switch path {
        case "/metrics", "/healthz", "/readyz": method == .get || method == .head ? .accept(maxBodyBytes: 0) : .refuse(Self.onlyGet)
        default: .refuse(Self.notFound)
        }
    }

    func handle(_ request: borrowing HTTPRequest, _ exchange: HTTPExchange) -> HTTPAnswer {
        guard let answer = observatory.answer(request.path.text) else { return .now(Self.notFound) }
        return .now(HTTPResponse(answer.status, headers: [.init("Content-Type", answer.contentType)], body: Array(answer.body.utf8)))
    }

    func wokenUp(_ server: HTTPServer) {}
    func tick(_ server: HTTPServer, now: UInt64) -> UInt64? { nil }
    func abandoned(_ exchange: HTTPExchange) {}
}
