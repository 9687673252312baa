import CMicroHTTP
import Glibc

/// Answers that are written to the socket as they are, where libmicrohttpd takes none: outside of a request, and in the middle of a body.
enum PlainAnswer {
    case requestTimeout, contentTooLarge, unavailable

    private var text: StaticString {
        switch self {
        case .requestTimeout: "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        case .contentTooLarge: "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        case .unavailable: "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
        }
    }

    /// Sends as much as the socket takes at once, which is all of it unless the client has not read for long.
    func send(to descriptor: Int32) {
        _ = unsafe Glibc.send(descriptor, text.utf8Start, text.utf8CodeUnitCount, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }

    /// The same answers where libmicrohttpd takes one.
    static let badRequest = HTTPResponse(400, text: "not a well-formed HTTP request")
    static let tooLarge = HTTPResponse(413, text: "the body is larger than is accepted here")
}
