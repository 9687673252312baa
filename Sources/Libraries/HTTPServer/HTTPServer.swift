import CMicroHTTP
import Glibc
import Synchronization

/// An HTTP/1.1 server on one thread: libmicrohttpd's parser in an epoll loop of ours, with strict framing, limits and deadlines around it.
///
/// Unchecked Sendable: `stop`, `counters`, `connectionCount` and the constants may be used from any thread; everything else belongs to the thread that is inside
/// `run`, and so do all calls of the handler.
///
/// What libmicrohttpd 0.9.75 leaves to us: a request whose end could be seen in two ways is refused (`Framing`), a request has a deadline from its first byte to
/// its last, a client that goes away while its request is suspended is noticed, and a connection that is closed early does not lose its last answer
/// (`LingeringSockets`). Requests of one connection are answered one after the other, in order.
@safe package final class HTTPServer: @unchecked Sendable {
    /// Where the server listens, with the port it got.
    package let address: ListenAddress
    package let limits: HTTPLimits
    /// An eventfd: writing to it wakes the loop, which then calls `HTTPHandler.wokenUp`. The server closes it when it goes away, so whoever writes to it
    /// (librdkafka, with `rd_kafka_queue_io_event_enable`) must have stopped before.
    package let wakeDescriptor: Int32

    let handler: any HTTPHandler
    let table: ConnectionTable
    let buffers: BodyBuffers
    let lingering: LingeringSockets
    let live = LiveCounters()
    let epoll: Int32
    let found: UnsafeMutablePointer<nicobar_http_event>
    private let stopping = Mutex<Duration?>(nil)
    private let hasRun = Atomic<Bool>(false)

    /// nil once the loop has ended.
    var daemon: OpaquePointer?
    var listener: Int32
    /// CLOCK_MONOTONIC in nanoseconds, once a turn.
    var now: UInt64
    /// When the time to drain is over; nil while the server is not stopping.
    var drainDeadline: UInt64?
    /// When the handler wants to be called.
    var nextTick: UInt64?
    var spacing: TurnSpacing
    /// Turns in which libmicrohttpd wanted to go on at once although nothing had happened.
    var idleTurns = 0
    /// Connections of each network, while their number is limited.
    var networks: [UInt64: Int] = [:]

    /// Beyond the limit, so that libmicrohttpd accepts connections that are to be told 503.
    private static let headroom = 64

    /// Listens at once; connections wait until `run`.
    ///
    /// - Parameters:
    ///   - address: where to listen.
    ///   - limits: what strangers may take.
    ///   - handler: who answers.
    /// - Throws: `HTTPServerError`, whose description is for the person who starts the program.
    package init(listen address: ListenAddress, limits: HTTPLimits = HTTPLimits(), handler: any HTTPHandler) throws(HTTPServerError) {
        let (listener, port) = try ListeningSocket.open(address)
        let wake = nicobar_http_eventfd(), epoll = nicobar_http_epoll_create()
        self.address = ListenAddress(host: address.host, port: port)
        self.limits = limits
        self.handler = handler
        self.listener = listener
        wakeDescriptor = wake
        self.epoll = epoll
        table = ConnectionTable(capacity: limits.maxConnections + Self.headroom, idleTimeout: limits.idleTimeout, requestTimeout: limits.requestTimeout)
        buffers = BodyBuffers(limit: limits.maxBufferedBytes)
        lingering = LingeringSockets(epoll: epoll) { Tag.lingering($0).bits }
        unsafe found = .allocate(capacity: Int(NICOBAR_HTTP_MAX_EVENTS))
        now = Self.clock()
        spacing = TurnSpacing(longest: min(limits.gathering.nanoseconds, 10_000_000), now: now)
        unsafe daemon = nil
        guard wake >= 0, epoll >= 0 else { throw ListeningSocket.system("epoll_create1 or eventfd") }
        unsafe daemon = nicobar_http_start(
            listener, limits.maxHeaderBytes, UInt32(table.capacity), Unmanaged.passUnretained(self).toOpaque(), receive, begin, complete, changeConnection)
        guard let daemon = unsafe daemon else { throw .system(call: "MHD_start_daemon", reason: "see its limits") }
        guard unsafe nicobar_http_watch(epoll, nicobar_http_epoll(daemon), NICOBAR_HTTP_READABLE, Tag.daemon.bits) == 0,
            nicobar_http_watch(epoll, wake, NICOBAR_HTTP_READABLE, Tag.wake.bits) == 0
        else { throw ListeningSocket.system("epoll_ctl") }
    }

    deinit {
        // Not while the loop runs, which holds self.
        finish()
        if listener >= 0 { close(listener) }
        if epoll >= 0 { close(epoll) }
        if wakeDescriptor >= 0 { close(wakeDescriptor) }
        unsafe found.deallocate()
    }

    package var port: UInt16 { address.port }

    /// What the server has seen. From any thread.
    package var counters: HTTPCounters { live.snapshot }

    /// Connections now. From any thread.
    package var connectionCount: Int { live.connections.load(ordering: .relaxed) }

    /// Serves until `stop` was called and everything in flight is finished or cut. Can be called once.
    @available(*, noasync, message: "blocks its thread until the server is stopped")
    package func run() {
        precondition(!hasRun.exchange(true, ordering: .relaxed), "a server runs once")
        while turn() {}
        finish()
    }

    /// Takes no more connections, closes the idle ones, lets what is in flight finish with `Connection: close`, then makes `run` come back. From any thread.
    ///
    /// - Parameter patience: how long what is in flight may take; then it is cut, and what was pending is given to `HTTPHandler.abandoned`. A second call may
    ///   shorten it.
    package func stop(drainWithin patience: Duration) {
        stopping.withLock { $0 = min($0 ?? patience, patience) }
        wake()
    }

    /// How long draining may take, once `stop` was called.
    var patience: Duration? { stopping.withLock { $0 } }

    private func wake() {
        var one: UInt64 = 1
        _ = unsafe write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
    }

    static func clock() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
