import Glibc

/// One request on a connection of its own, for the delivery that must not be right: forged, unsigned, too old.
package enum SingleRequest {
    /// Posts a body and answers the HTTP status, or nil when there was none in time. Blocking.
    package static func post(to endpoint: Endpoint, headers: [(String, String)], body: [UInt8], timeoutSeconds: Int = 15) -> Int? {
        guard let address = try? endpoint.resolve() else { return nil }
        let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        let connected = address.bytes.withUnsafeBytes { raw in
            connect(descriptor, raw.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
        }
        guard connected == 0 else { return nil }
        var request: [UInt8] = []
        RequestWriter(endpoint).write(headers: headers + [("Connection", "close")], body: body, into: &request)
        var rest = request[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // A server may answer and close before it has read the whole body; its answer counts.
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        return answer(descriptor)
    }

    private static func answer(_ descriptor: Int32) -> Int? {
        var reader = ResponseReader()
        return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 16) { buffer in
            while true {
                let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                if count < 0, errno == EINTR { continue }
                let progress = count > 0 ? reader.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count])) : reader.closed()
                if case .done(let status, _) = progress { return status }
                guard case .more = progress, count > 0 else { return nil }
            }
        }
    }
}
