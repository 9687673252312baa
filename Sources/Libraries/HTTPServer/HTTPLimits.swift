/// What one server lets strangers take. Together they bound its memory:
/// `maxConnections` × (`maxHeaderBytes` + 1 kB) + `maxBufferedBytes` + the answers that are being sent.
package struct HTTPLimits: Sendable, Equatable {
    /// Bytes of one request's body, unless the handler's route sets less; more is answered 413.
    package var maxBodyBytes: Int
    /// Bytes of all bodies that are being received at one time; a request that needs more is answered 503.
    package var maxBufferedBytes: Int
    /// Bytes libmicrohttpd keeps for one connection. Half of them is a buffer for reading: a head must fit in, its lines take some more.
    package var maxHeaderBytes: Int
    /// Connections at one time; one more is answered 503 at once.
    package var maxConnections: Int
    /// Connections at one time from one IPv4 address or one IPv6 /64; 0 for no limit. Behind a load balancer all come from it.
    package var maxConnectionsPerAddress: Int
    /// How long a connection may wait for the first byte of a request, and how long a client may take to read an answer.
    package var idleTimeout: Duration
    /// From the first byte of a request to its last. What the handler then takes does not count.
    package var requestTimeout: Duration
    /// How far apart two turns of the loop may be kept while many requests wait for their answers: what comes meanwhile shares one wake-up. At most 10 ms;
    /// zero for never.
    package var gathering: Duration

    package init(
        maxBodyBytes: Int = 1 << 20, maxBufferedBytes: Int = 128 << 20, maxHeaderBytes: Int = 32 << 10, maxConnections: Int = 1024,
        maxConnectionsPerAddress: Int = 0, idleTimeout: Duration = .seconds(30), requestTimeout: Duration = .seconds(10),
        gathering: Duration = .zero
    ) {
        self.maxBodyBytes = maxBodyBytes
        self.maxBufferedBytes = maxBufferedBytes
        self.maxHeaderBytes = maxHeaderBytes
        self.maxConnections = maxConnections
        self.maxConnectionsPerAddress = maxConnectionsPerAddress
        self.idleTimeout = idleTimeout
        self.requestTimeout = requestTimeout
        self.gathering = gathering
    }
}

/// Nanoseconds, as the loop counts.
extension Duration {
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        // Some hundred years are as good as for ever, and leave room to add.
        guard seconds < 1 << 33 else { return UInt64.max >> 1 }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
