import CMicroHTTP
import Glibc

/// The socket that takes connections in. Made by us and not by libmicrohttpd, which does not say why it could not.
enum ListeningSocket {
    /// - Returns: a socket that listens, does not block and is not inherited, and the port it got.
    /// - Throws: `HTTPServerError` that names the address.
    static func open(_ address: ListenAddress) throws(HTTPServerError) -> (descriptor: Int32, port: UInt16) {
        let found = try unsafe resolve(address)
        defer { unsafe freeaddrinfo(found) }
        let family = unsafe found.pointee.ai_family
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw system("socket") }
        var one: Int32 = 1, zero: Int32 = 0
        // A restarted server may listen while connections of the old one still linger in TIME_WAIT.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        // All addresses means IPv4 too.
        if family == AF_INET6 { unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &zero, socklen_t(MemoryLayout<Int32>.size)) }
        let bound = unsafe bind(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 && listen(descriptor, SOMAXCONN) == 0
        guard bound, let port = port(of: descriptor) else {
            let code = errno
            close(descriptor)
            throw refusal(of: address, code)
        }
        return (descriptor, port)
    }

    private static func resolve(_ address: ListenAddress) throws(HTTPServerError) -> UnsafeMutablePointer<addrinfo> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(address.host.isEmpty ? nil : address.host, "\(address.port)", &hints, &found)
        guard code == 0, let first = unsafe found else {
            throw HTTPServerError.noSuchAddress(address, reason: unsafe String(cString: gai_strerror(code)))
        }
        return unsafe first
    }

    private static func port(of descriptor: Int32) -> UInt16? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(descriptor, $0, &size) }
        }
        guard code == 0 else { return nil }
        // sockaddr_in and sockaddr_in6 have the port at the same place.
        return unsafe withUnsafeBytes(of: &storage) { unsafe UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) }
    }

    private static func refusal(of address: ListenAddress, _ code: Int32) -> HTTPServerError {
        switch code {
        case EADDRINUSE: .addressInUse(address)
        case EACCES, EPERM: .notPermitted(address)
        default: .noSuchAddress(address, reason: unsafe String(cString: strerror(code)))
        }
    }

    /// The error that errno tells of.
    static func system(_ call: String) -> HTTPServerError { .system(call: call, reason: unsafe String(cString: strerror(errno))) }
}
