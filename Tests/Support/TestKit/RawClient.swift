import Glibc

/// One TCP connection, byte by byte: it sends what the test says and nothing else. Reading gives up after ten seconds. Belongs to one thread.
package final class RawClient {
    package private(set) var descriptor: Int32
    private var unread: [UInt8] = []

    package struct Answer: Sendable, Equatable {
        package var status = 0
        package var head = ""
        package var body: [UInt8] = []

        package var text: String { String(decoding: body, as: UTF8.self) }
        package func header(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }.map { String($0.dropFirst(name.count + 2)) }
        }
        package var closes: Bool { header("connection")?.lowercased() == "close" }
    }

    package struct Unreachable: Error { package let reason: String }

    package init(port: UInt16, v6: Bool = false) throws {
        descriptor = socket(v6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard v6 ? connectV6(port) : connectV4(port) else {
            let reason = String(cString: strerror(errno))
            close()
            throw Unreachable(reason: reason)
        }
    }

    deinit { close() }

    private func connectV4(_ port: UInt16) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        }
    }

    private func connectV6(_ port: UInt16) -> Bool {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        address.sin6_addr = in6addr_loopback
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0 }
        }
    }

    /// - Returns: false when the other side does not take it any more.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// The next answer; nil when the connection ended first (or nothing came for ten seconds).
    ///
    /// - Parameter toHead: an answer to HEAD has no body whatever its head says.
    package func answer(toHead: Bool = false) -> Answer? {
        while true {
            if let end = headEnd() {
                var answer = Answer()
                answer.head = String(decoding: unread[..<end], as: UTF8.self)
                answer.status = Int(answer.head.split(separator: " ").dropFirst().first ?? "") ?? 0
                let length = toHead || answer.status < 200 ? 0 : answer.header("content-length").flatMap { Int($0) } ?? 0
                while unread.count < end + 4 + length { guard receive() > 0 else { return nil } }
                answer.body = Array(unread[(end + 4)..<(end + 4 + length)])
                unread.removeFirst(end + 4 + length)
                return answer
            }
            guard receive() > 0 else { return nil }
        }
    }

    /// Whether the server ends the connection with nothing more said; an orderly end, unless `anyhow`.
    package func ends(anyhow: Bool = false) -> Bool {
        guard unread.isEmpty else { return false }
        let count = receive()
        return count == 0 || (anyhow && count < 0 && errno == ECONNRESET)
    }

    /// All that comes until the connection ends.
    package func rest() -> String {
        while receive() > 0 {}
        return String(decoding: unread, as: UTF8.self)
    }

    /// Says that nothing more will be sent.
    package func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    package func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Breaks off with a reset.
    package func reset() {
        var hard = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    private func headEnd() -> Int? {
        guard unread.count >= 4 else { return nil }
        return (0...(unread.count - 4)).first { unread[$0] == 13 && unread[$0 + 1] == 10 && unread[$0 + 2] == 13 && unread[$0 + 3] == 10 }
    }

    private func receive() -> Int {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count > 0 { unread += chunk[..<count] }
        return count
    }
}
