import Glibc

/// One keep-alive connection of the sender, used by its loop thread only: a socket, the request on its way and the answer coming back.
final class ClientConnection {
    enum Event {
        case nothing
        case answered(status: Int)
        /// The server closed a reused connection before a byte of the answer: usual when it was idle, so the request may go again at once.
        case staleBeforeAnswer
        case unreachable
        case malformed
    }

    private(set) var descriptor: Int32 = -1
    private var connecting = false
    /// The request at hand; the loop fills it before `start`.
    var request: [UInt8] = []
    private var sent = 0
    private var reader = ResponseReader()
    private var busy = false
    /// How many answers this socket has brought.
    private var answers = 0
    private let address: SocketAddress

    /// How many sockets it has had; another socket may have the same descriptor.
    private(set) var openings = 0
    /// Whether there is something to be done as soon as the socket can be written.
    var wantsToWrite: Bool { connecting || (busy && sent < request.count) }

    init(_ address: SocketAddress) {
        self.address = address
        request.reserveCapacity(4096)
    }

    deinit { drop() }

    /// Sends the request, connecting first where needed.
    func start() -> Event {
        sent = 0
        reader.reset()
        busy = true
        if descriptor < 0 {
            descriptor = address.openSocket()
            guard descriptor >= 0 else { return fail(.unreachable) }
            openings += 1
            answers = 0
            connecting = true
            return .nothing
        }
        return write()
    }

    /// The socket is readable, writable or broken.
    func ready() -> Event {
        guard descriptor >= 0 else { return .nothing }
        if connecting {
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
            guard code == 0 else { return fail(.unreachable) }
            connecting = false
        }
        if busy, sent < request.count {
            if case .nothing = write() {} else { return lost() }
        }
        return read()
    }

    /// Closes the socket and forgets the request.
    func drop() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        connecting = false
        busy = false
    }

    private func write() -> Event {
        while sent < request.count {
            let count = request.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL)) }
            if count > 0 { sent += count; continue }
            if errno == EINTR { continue }
            if errno == EAGAIN || errno == ENOTCONN { return .nothing }
            return lost()
        }
        return .nothing
    }

    private func read() -> Event {
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 16) { buffer in
            while true {
                let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                if count > 0 {
                    // Bytes nobody asked for leave the connection of no further use.
                    guard busy else { drop(); return .nothing }
                    return interpret(reader.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count])))
                }
                if count == 0 {
                    guard busy else { drop(); return .nothing }
                    let event = interpret(reader.closed())
                    if case .nothing = event { return lost() }
                    return event
                }
                if errno == EINTR { continue }
                return errno == EAGAIN ? .nothing : (busy ? lost() : fail(.nothing))
            }
        }
    }

    private func interpret(_ progress: ResponseReader.Progress) -> Event {
        switch progress {
        case .more: return .nothing
        case .malformed: return fail(.malformed)
        case .done(let status, let reusable):
            busy = false
            answers += 1
            // An answer that overtakes its request (413 while the body is still going out) ends the connection.
            if !reusable || sent < request.count { drop() }
            return .answered(status: status)
        }
    }

    private func lost() -> Event { fail(answers > 0 && !reader.hasBegun ? .staleBeforeAnswer : .unreachable) }

    private func fail(_ event: Event) -> Event {
        drop()
        return event
    }
}
