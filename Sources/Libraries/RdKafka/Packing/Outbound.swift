import Glibc

/// Bytes that wait for a socket to take them.
struct Outbound {
    private var bytes: [UInt8] = []
    private var head = 0

    var isEmpty: Bool { head == bytes.count }
    var count: Int { bytes.count - head }

    mutating func append<Failure: Error>(_ body: (inout [UInt8]) throws(Failure) -> Void)
        throws(Failure)
    { try body(&bytes) }

    /// Sends what the socket takes now.
    ///
    /// - Returns: false when the socket is gone.
    mutating func flush(_ descriptor: Int32) -> Bool {
        while !isEmpty {
            let sent = unsafe bytes.withUnsafeBytes { all in
                unsafe send(
                    descriptor, all.baseAddress.map { unsafe $0 + head }, all.count - head,
                    Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
            }
            // A connection that is still being made takes nothing yet (ENOTCONN).
            guard sent > 0 else { return [EAGAIN, EINTR, ENOTCONN, EINPROGRESS].contains(errno) }
            head += sent
        }
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
        head = 0
        return true
    }
}
