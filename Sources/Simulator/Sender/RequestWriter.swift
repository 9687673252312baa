/// Turns a delivery into the bytes of one HTTP/1.1 request, into a buffer that is used again and again.
struct RequestWriter: Sendable {
    private let prefix: [UInt8]

    init(_ endpoint: Endpoint) {
        prefix = Array("POST \(endpoint.path) HTTP/1.1\r\nHost: \(endpoint.hostHeader)\r\nContent-Type: application/json\r\nUser-Agent: dodo-simulator\r\n".utf8)
    }

    /// - Parameter headers: name and value of each further header, in order; `Content-Length` is added.
    func write(headers: [(String, String)], body: [UInt8], into buffer: inout [UInt8]) {
        buffer.removeAll(keepingCapacity: true)
        buffer.append(contentsOf: prefix)
        for (name, value) in headers {
            buffer.append(contentsOf: name.utf8)
            buffer.append(contentsOf: [58, 32])
            buffer.append(contentsOf: value.utf8)
            buffer.append(contentsOf: [13, 10])
        }
        buffer.append(contentsOf: "Content-Length: \(body.count)\r\n\r\n".utf8)
        buffer.append(contentsOf: body)
    }
}
