import Glibc

/// Where deliveries go: plain HTTP, since the receiver sits behind its own TLS terminator.
package struct Endpoint: Sendable, Equatable {
    package let host: String
    package let port: UInt16
    /// Path and query.
    package let path: String

    /// Why an address cannot be used, in one line.
    package struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
        package let description: String
    }

    package init(host: String, port: UInt16, path: String) {
        self.host = host
        self.port = port
        self.path = path
    }

    /// Reads `http://host[:port][/path]`.
    package init(url: String) throws(Fault) {
        guard url.hasPrefix("http://") else { throw Fault(description: "'\(url)' is not an http:// address, such as http://127.0.0.1:8080/webhooks/dodo") }
        let rest = url.dropFirst(7)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let tail = rest.dropFirst(authority.count)
        path = tail.isEmpty ? "/" : (tail.first == "/" ? String(tail) : "/" + tail)
        var name = authority, number: Substring = "80"
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            name = authority[..<colon]
            number = authority[authority.index(after: colon)...]
        }
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        guard !name.isEmpty, let port = UInt16(number), port > 0, !url.contains(where: \.isWhitespace) else {
            throw Fault(description: "'\(url)' has no usable host and port")
        }
        host = String(name)
        self.port = port
    }

    var hostHeader: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// The socket address of the host, looked up once. Blocking.
    func resolve() throws(Fault) -> SocketAddress {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard code == 0, let first = found, let address = first.pointee.ai_addr else {
            throw Fault(description: "cannot look up '\(host)': \(String(cString: gai_strerror(code)))")
        }
        return SocketAddress(family: first.pointee.ai_family,
                             bytes: Array(UnsafeRawBufferPointer(start: address, count: Int(first.pointee.ai_addrlen))))
    }
}

/// A resolved address, kept as the bytes that `connect` wants.
struct SocketAddress: Sendable {
    let family: Int32
    let bytes: [UInt8]

    /// A connected or connecting non-blocking TCP socket without Nagle's delay, or -1 with `errno`.
    func openSocket() -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return -1 }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        let result = bytes.withUnsafeBytes { raw in
            connect(descriptor, raw.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
        }
        if result == 0 || errno == EINPROGRESS || errno == EINTR { return descriptor }
        let reason = errno
        close(descriptor)
        errno = reason
        return -1
    }
}
