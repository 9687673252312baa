/// What the server knows of one connection. A plain value in a table's memory, so that a request allocates nothing.
@unsafe struct ConnectionSlot {
    /// Where a connection stands; each phase but the two of the handler has a deadline.
    enum Phase {
        /// No connection.
        case free
        /// Waiting for the first byte of a request.
        case idle
        /// Between the first byte and the last.
        case receiving
        /// Inside `HTTPHandler.handle`.
        case handling
        /// Suspended until `HTTPServer.respond`.
        case pending
        /// The answer is on its way.
        case sending
        /// Cut off; libmicrohttpd will notice and close it.
        case ending
    }

    struct Flags: OptionSet {
        let rawValue: UInt8
        /// The handler has been asked for the route; from here on the body comes.
        static let headRead = Flags(rawValue: 1)
        /// The target has bytes that no target has.
        static let badTarget = Flags(rawValue: 2)
        /// Nothing that comes on this connection is looked at any more.
        static let doomed = Flags(rawValue: 4)
        /// The other side has sent the last it will send, or broken off.
        static let peerClosed = Flags(rawValue: 8)
        /// Nothing that follows this request is trusted: its answer is the last of the connection.
        static let lastRequest = Flags(rawValue: 16)
        /// More may come in although the answer was given; it has to be swallowed, or the client would see a reset instead of the answer.
        static let lingers = Flags(rawValue: 32)
        /// Already counted as malformed.
        static let counted = Flags(rawValue: 64)
        /// A request was served and nothing of another has arrived.
        static let served = Flags(rawValue: 128)

        /// Those of a connection; the others are those of a request.
        static let ofConnection: Flags = [.doomed, .peerClosed, .lingers, .counted, .served]
    }

    var connection: OpaquePointer?
    var descriptor: Int32 = -1
    /// Tells connections apart that had the same place one after the other.
    var serial: UInt32 = 0
    /// Tells exchanges apart that had the same place one after the other.
    var generation: UInt = 0
    var phase: Phase = .free
    var flags: Flags = []
    var method: HTTPMethod = .other
    var network: UInt64 = 0
    /// Bytes of the target with its query.
    var targetSize = 0
    var bodyLimit = 0
    var body: UnsafeMutableRawPointer?
    var bodyCapacity = 0
    var bodyCount = 0
    /// The target of a request that is kept whole; libmicrohttpd keeps it until the request is over.
    var target: UnsafePointer<CChar>?
    /// What a route has refused with, until the request has been received whole.
    var refusal: HTTPResponse?

    // The deadline queue of the phase.
    var since: UInt64 = 0
    var previous: Int32 = -1
    var next: Int32 = -1
}
