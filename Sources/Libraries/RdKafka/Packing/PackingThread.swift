import CRdKafka
import Glibc
import Synchronization
import Threads

/// The thread that stands between one producer and its brokers, so that a broker gets few full requests instead of many for one partition each (decision 0008).
///
/// Safe from any thread. Runs until `stop`, which must come after librdkafka has closed its connections.
final class PackingThread: Sendable {
    /// How long requests may come together under load, in microseconds.
    private static let gathering: UInt32 = 200

    private struct Sockets { let client: Int32, broker: Int32 }
    private struct State {
        var new: [Sockets] = []
        var isStopped = false
    }
    private let state = Mutex(State())
    private let waker: Waker
    private let log: KafkaLogHandler
    private let requests = Atomic<Int>(0), packs = Atomic<Int>(0)

    /// Nil when the process has no descriptor left.
    init?(log: @escaping KafkaLogHandler) {
        guard let waker = Waker() else { return nil }
        self.waker = waker
        self.log = log
        SystemThread.start("kafka-packing") { [self] in run() }
    }

    /// How many requests were packed so far, and how many were sent for them.
    var counts: (requests: Int, packs: Int) {
        (requests.load(ordering: .relaxed), packs.load(ordering: .relaxed))
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        waker.wake()
    }

    /// Connects to a broker, and puts one end of a pair of sockets in the place of the socket that librdkafka made for it. Does not wait.
    ///
    /// - Returns: 0, or an `errno`. What goes wrong later librdkafka sees as a connection that was closed.
    func connect(_ socket: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
        var ends: [Int32] = [-1, -1]
        var broker: Int32 = -1
        var isDone = false
        defer {
            if !isDone { for descriptor in ends + [broker] where descriptor >= 0 { close(descriptor) } }
        }
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return errno }
        broker = unsafe Glibc.socket(Int32(address.pointee.sa_family), kind, 0)
        guard broker >= 0 else { return errno }
        var yes: Int32 = 1
        unsafe setsockopt(
            broker, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        unsafe setsockopt(broker, SOL_SOCKET, SO_KEEPALIVE, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard unsafe Glibc.connect(broker, address, length) == 0 || errno == EINPROGRESS else {
            return errno
        }
        guard nicobar_replace_descriptor(ends[0], socket) >= 0 else { return errno }
        close(ends[0])
        isDone = true
        let sockets = Sockets(client: ends[1], broker: broker)
        state.withLock { $0.new.append(sockets) }
        waker.wake()
        return 0
    }

    private func run() {
        var connections: [PackedConnection] = []
        var polled: [pollfd] = []
        while takeNew(&connections) {
            polled.removeAll(keepingCapacity: true)
            polled.append(pollfd(fd: waker.descriptor, events: Int16(POLLIN), revents: 0))
            for connection in connections {
                polled.append(pollfd(fd: connection.client, events: connection.clientEvents, revents: 0))
                polled.append(pollfd(fd: connection.broker, events: connection.brokerEvents, revents: 0))
            }
            let due = connections.compactMap(\.nextPack).min(), now = Self.clock()
            let patience = due.map { $0 <= now ? 0 : Int32(($0 - now + 999_999) / 1_000_000) } ?? -1
            guard unsafe poll(&polled, nfds_t(polled.count), patience) >= 0 || errno == EINTR else { continue }
            if polled[0].revents != 0 { waker.clear() }
            serve(&connections, polled[1...].map { $0.revents & ~Int16(POLLOUT) != 0 })
        }
    }

    /// One turn: answers first, so that nobody waits for what others may still ask.
    ///
    /// - Parameter found: two for each connection: whether librdkafka's side, and the broker's, has something to read or is gone.
    private func serve(_ connections: inout [PackedConnection], _ found: [Bool]) {
        var ended: [Int: PackedConnection.End] = [:]
        func each(_ body: (Int, PackedConnection) throws(PackedConnection.End) -> Void) {
            for (index, connection) in connections.enumerated() where ended[index] == nil {
                do throws(PackedConnection.End) { try body(index, connection) } catch {
                    ended[index] = error
                }
            }
        }
        var now = Self.clock()
        each { (index, connection) throws(PackedConnection.End) in
            if found[index * 2 + 1] { try connection.answer() }
            try connection.send(now: now)
        }
        if connections.indices.contains(where: { found[$0 * 2] && connections[$0].isWorthGathering }) {
            usleep(Self.gathering)
        }
        now = Self.clock()
        each { (index, connection) throws(PackedConnection.End) in
            if found[index * 2] { try connection.ask() }
            try connection.send(now: now)
        }
        for connection in connections {
            let given = connection.takeCounts()
            requests.add(given.requests, ordering: .relaxed)
            packs.add(given.packs, ordering: .relaxed)
        }
        for (index, end) in ended.sorted(by: { $0.key > $1.key }) {
            if end != .closed {
                log(
                    KafkaLogLine(
                        severity: 3, facility: "PACKING",
                        message: "a connection to a broker is closed, librdkafka makes another: \(end)"))
            }
            connections.remove(at: index)
        }
    }

    private static func clock() -> UInt64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }

    /// False once stopped.
    private func takeNew(_ connections: inout [PackedConnection]) -> Bool {
        let (new, isStopped) = state.withLock { state in
            defer { state.new = [] }
            return (state.new, state.isStopped)
        }
        connections += new.map { PackedConnection(client: $0.client, broker: $0.broker) }
        return !isStopped
    }
}

/// librdkafka's `connect_cb`; called on its broker threads.
func receiveConnect(
    _ socket: Int32, _ address: UnsafePointer<sockaddr>?, _ length: Int32,
    _ broker: UnsafePointer<CChar>?, _ opaque: UnsafeMutableRawPointer?
) -> Int32 {
    guard let address = unsafe address, let opaque = unsafe opaque,
        let packing = unsafe Unmanaged<Callbacks>.fromOpaque(opaque).takeUnretainedValue().packing
    else { return EINVAL }
    return unsafe packing.connect(socket, address, socklen_t(length))
}
