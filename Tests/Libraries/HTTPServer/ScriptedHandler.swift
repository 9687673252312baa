import Glibc
import HTTPServer
import Synchronization

/// A handler for tests. GET / says hello; POST /echo gives the body back; /later waits until the test releases it,
/// /postponed is looked at once more then; /large has a megabyte.
final class ScriptedHandler: HTTPHandler, Sendable {
    struct Seen: Sendable {
        var bodies: [String] = []
        var pending: [HTTPExchange] = []
        var abandoned: [HTTPExchange] = []
        var released: [(HTTPExchange, String)] = []
        /// What `respond` gave for what was released.
        var taken: [Bool] = []
        var wakeUps = 0
        var overdue: UInt64?
        var paddingWasZero = true
    }
    private let seen = Mutex(Seen())
    var now: Seen { seen.withLock { $0 } }
    private let changed = Changes()
    /// How long a request to /patient waits, in nanoseconds, before `tick` answers it.
    static let patience: UInt64 = 30_000_000

    static let hello = HTTPResponse(200, text: "hello")
    static let large = HTTPResponse(200, body: [UInt8](repeating: 0x78, count: 1 << 20))
    static let notFound = HTTPResponse(404, text: "no such path")
    static let notAllowed = HTTPResponse(405, headers: [.init("Allow", "POST")])

    func route(_ method: HTTPMethod, _ path: HTTPPath) -> HTTPRoute {
        switch (method, path) {
        case (.get, "/"), (.head, "/"), (.get, "/large"), (.get, "/later"), (.get, "/patient"), (.get, "/inside"): .accept(maxBodyBytes: 0)
        case (.post, "/echo"), (.post, "/later"), (.post, "/postponed"), (.post, "/count"): .accept(maxBodyBytes: 2 << 20)
        case (.post, "/small"): .accept(maxBodyBytes: 10)
        case (_, "/echo"): .refuse(Self.notAllowed)
        default: .refuse(Self.notFound)
        }
    }

    func handle(_ request: borrowing HTTPRequest, _ exchange: HTTPExchange) -> HTTPAnswer {
        let body = String(decoding: request.body, as: UTF8.self)
        let padding = UnsafeRawBufferPointer(start: request.body.baseAddress! + request.body.count, count: 64)
        let isZero = padding.allSatisfy { $0 == 0 }
        seen.withLock {
            $0.bodies.append(body)
            if !isZero { $0.paddingWasZero = false }
        }
        defer { changed.signal() }
        switch request.path {
        case "/later":
            seen.withLock { $0.pending.append(exchange) }
            return .later
        case "/postponed":
            seen.withLock { $0.pending.append(exchange) }
            return .postponed
        case "/patient":
            seen.withLock {
                $0.pending.append(exchange)
                $0.overdue = $0.overdue ?? Self.clock() + Self.patience
            }
            return .later
        case "/large": return .now(Self.large)
        case "/count":
            let value = request.header("Webhook-Id").map { String(decoding: $0, as: UTF8.self) } ?? "none"
            return .now(HTTPResponse(200, text: "\(request.headerCount("webhook-id")) \(value)"))
        case "/echo", "/small":
            return .now(HTTPResponse(200, headers: [.init("Content-Type", "application/octet-stream")], body: Array(body.utf8)))
        default: return .now(Self.hello)
        }
    }

    func wokenUp(_ server: HTTPServer) {
        let released = seen.withLock { seen in
            seen.wakeUps += 1
            defer { seen.released = [] }
            return seen.released
        }
        for (exchange, text) in released {
            let taken = text == Self.again ? server.revisit(exchange, lookAgain) : server.respond(exchange, HTTPResponse(200, text: text))
            seen.withLock { $0.taken.append(taken) }
        }
        changed.signal()
    }

    /// What makes `release` look at a postponed request once more, instead of answering it.
    static let again = "again"

    /// Answers with what the request still holds: path, a header, the body.
    private func lookAgain(_ request: borrowing HTTPRequest) -> HTTPAnswer {
        let id = request.header("Webhook-Id").map { String(decoding: $0, as: UTF8.self) } ?? "none"
        let text = "\(request.path.text) \(id) \(String(decoding: request.body, as: UTF8.self))"
        seen.withLock { $0.bodies.append("again") }
        return id == "later" ? .later : id == "postponed" ? .postponed : .now(HTTPResponse(200, text: text))
    }

    func tick(_ server: HTTPServer, now: UInt64) -> UInt64? {
        let (overdue, due) = seen.withLock { seen -> ([HTTPExchange], UInt64?) in
            guard let due = seen.overdue, due <= now else { return ([], seen.overdue) }
            defer { (seen.pending, seen.overdue) = ([], nil) }
            return (seen.pending, nil)
        }
        for exchange in overdue { server.respond(exchange, HTTPResponse(503, headers: [.init("Retry-After", "1")])) }
        return due
    }

    func abandoned(_ exchange: HTTPExchange) {
        seen.withLock { $0.abandoned.append(exchange) }
        changed.signal()
    }

    /// Waits until what the handler has seen is as asked; false after ten seconds.
    func waits(until condition: (Seen) -> Bool) -> Bool { changed.wait { condition(now) } }

    /// Answers these exchanges from outside, as a library's thread would: it leaves the answers and writes to the descriptor.
    func release(_ answers: [(HTTPExchange, String)], _ server: HTTPServer) {
        seen.withLock { $0.released += answers }
        var one: UInt64 = 1
        _ = write(server.wakeDescriptor, &one, 8)
    }

    /// Answers all that wait, and forgets them.
    func releaseAll(_ text: String, _ server: HTTPServer) {
        let waiting = seen.withLock { seen in
            defer { seen.pending = [] }
            return seen.pending
        }
        release(waiting.map { ($0, text) }, server)
    }

    static func clock() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// Lets one thread wait for what another does.
final class Changes: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(condition)
        mutex.deallocate()
        condition.deallocate()
    }

    func signal() {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    func wait(_ isThere: () -> Bool) -> Bool {
        var until = timespec()
        clock_gettime(CLOCK_REALTIME, &until)
        until.tv_sec += 10
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isThere() { if pthread_cond_timedwait(condition, mutex, &until) == ETIMEDOUT { return isThere() } }
        return true
    }
}
