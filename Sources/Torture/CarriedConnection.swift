import Glibc

/// One connection of a client and the one to its server, with what is on its way between them. Belongs to the link's thread.
final class CarriedConnection {
    let client: Int32
    let server: Int32
    private(set) var isOver = false
    private var toServer = Stream(), toClient = Stream()

    /// Bytes of one direction, each piece with the time at which it may go on.
    private struct Stream {
        var pieces: [(due: Int64, bytes: [UInt8])] = []
        var head = 0
        var sent = 0
        var waiting = 0
        /// The source has said its last.
        var isFinished = false
        /// And that was passed on.
        var isClosed = false

        static let most = 1 << 20
        var hasRoom: Bool { waiting < Self.most && !isFinished }
        var isEmpty: Bool { head == pieces.count }
    }

    init(client: Int32, server: Int32) {
        self.client = client
        self.server = server
        var one: Int32 = 1
        for socket in [client, server] { setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size)) }
    }

    /// When something that is held back may go on, in milliseconds; nil when nothing is held back.
    var earliestDue: Int64? {
        let dues = [toServer, toClient].compactMap { $0.isEmpty ? nil : $0.pieces[$0.head].due }
        return dues.min()
    }

    /// What to wait for on either side.
    func interest(now: Int64, takesMore: Bool) -> (Int16, Int16) {
        func interest(reading: Stream, writing: Stream) -> Int16 {
            let wantsToWrite = !writing.isEmpty && writing.pieces[writing.head].due <= now
            return (reading.hasRoom ? Int16(POLLIN) : 0) | (wantsToWrite ? Int16(POLLOUT) : 0)
        }
        let client = interest(reading: toServer, writing: toClient)
        return (takesMore ? client : client & ~Int16(POLLIN), interest(reading: toClient, writing: toServer))
    }

    /// Moves what can be moved.
    ///
    /// - Parameter allowance: how many bytes may still go to the server now.
    func work(client clientEvents: Int16, server serverEvents: Int16, now: Int64, delay: Int64, losesAnswers: Bool, allowance: inout Int) {
        guard !isOver else { return }
        let readable = Int16(POLLIN) | Int16(POLLHUP) | Int16(POLLERR)
        if clientEvents & readable != 0, !read(client, into: &toServer, due: now + delay, loses: false, allowance: &allowance) { return reset() }
        var unlimited = Int.max
        if serverEvents & readable != 0, !read(server, into: &toClient, due: now + delay, loses: losesAnswers, allowance: &unlimited) { return reset() }
        if !write(&toServer, to: server, now), !isOver { return reset() }
        if !write(&toClient, to: client, now), !isOver { return reset() }
        if toServer.isClosed, toClient.isClosed { finish() }
    }

    /// Ends both sides with a reset: nothing of what was on its way arrives.
    func reset() {
        guard !isOver else { return }
        isOver = true
        Self.abort(client)
        Self.abort(server)
    }

    private func finish() {
        isOver = true
        close(client)
        close(server)
    }

    /// Closes with RST.
    static func abort(_ socket: Int32) {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close(socket)
    }

    /// - Returns: whether the connection still stands.
    private func read(_ socket: Int32, into stream: inout Stream, due: Int64, loses: Bool, allowance: inout Int) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
            while stream.hasRoom, allowance > 0 {
                let count = recv(socket, buffer.baseAddress, min(buffer.count, allowance), 0)
                if count < 0 { return errno == EAGAIN || errno == EINTR || errno == ENOTCONN }
                if count == 0 {
                    stream.isFinished = true
                    return true
                }
                allowance -= count
                if loses { continue }
                stream.pieces.append((due, Array(buffer[..<count])))
                stream.waiting += count
            }
            return true
        }
    }

    private func write(_ stream: inout Stream, to socket: Int32, _ now: Int64) -> Bool {
        while !stream.isEmpty, stream.pieces[stream.head].due <= now {
            let bytes = stream.pieces[stream.head].bytes
            let count = bytes.withUnsafeBytes { raw in
                send(socket, raw.baseAddress.map { $0 + stream.sent }, raw.count - stream.sent, Int32(MSG_NOSIGNAL))
            }
            // A connection that is not made yet takes nothing yet.
            if count < 0 { return errno == EAGAIN || errno == EINTR || errno == ENOTCONN || errno == EINPROGRESS }
            stream.sent += count
            stream.waiting -= count
            guard stream.sent == bytes.count else { return true }
            stream.sent = 0
            stream.head += 1
        }
        if stream.isEmpty {
            stream.pieces.removeAll(keepingCapacity: true)
            stream.head = 0
            if stream.isFinished, !stream.isClosed {
                stream.isClosed = true
                shutdown(socket, Int32(SHUT_WR))
            }
        }
        return true
    }
}
