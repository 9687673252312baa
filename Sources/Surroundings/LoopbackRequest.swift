import Foundation

/// The answer to one HTTP request over loopback.
package struct LoopbackResponse: Sendable, Equatable {
    /// The HTTP status code.
    package let status: Int
    /// The header lines, names in lower case.
    package let headers: [String: String]
    /// The body as text.
    package let body: String
}

extension Loopback {
    /// Sends one request on a connection of its own and reads the answer to the end of the connection.
    ///
    /// Blocking, bounded by `limit`; for probes and hand-made deliveries, not for load.
    ///
    /// - Parameters:
    ///   - port: the server's port on 127.0.0.1.
    ///   - method: such as `GET`.
    ///   - path: such as `/readyz`.
    ///   - headers: sent as they are, in order; `Host`, `Content-Length` and `Connection` are added.
    ///   - body: the body's bytes.
    ///   - limit: how long to wait for each read.
    /// - Returns: the answer, or nil when the server cannot be reached or does not answer in time.
    package static func request(
        port: Int, method: String = "GET", path: String, headers: [(String, String)] = [], body: [UInt8] = [],
        limit: Duration = .seconds(20)
    ) -> LoopbackResponse? {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var patience = timeval(tv_sec: Int(limit.components.seconds), tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else { return nil }
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if !body.isEmpty || method == "POST" { head += "Content-Length: \(body.count)\r\n" }
        head += "\r\n"
        let bytes = Array(head.utf8) + body
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { send(socket, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { break }  // a server may refuse before it has read all: its answer is still read
            sent += count
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            answer += buffer[0..<count]
        }
        return parse(answer)
    }

    private static func parse(_ answer: [UInt8]) -> LoopbackResponse? {
        let text = String(decoding: answer, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return LoopbackResponse(status: status, headers: headers, body: String(text[end.upperBound...]))
    }
}
