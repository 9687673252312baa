/// Who answers the requests of a server. All calls come on the loop's thread; none may block, for all connections wait meanwhile.
package protocol HTTPHandler: AnyObject {
    /// Says what is to become of a request as soon as its head has been read: whether its body is wanted, and how much of it.
    ///
    /// - Parameters:
    ///   - method: HEAD asks for what GET would give.
    ///   - path: lent for the call.
    func route(_ method: HTTPMethod, _ path: HTTPPath) -> HTTPRoute

    /// Answers a request that has been received whole and is well formed, or says that the answer will come later.
    ///
    /// - Parameters:
    ///   - request: lent for the call.
    ///   - exchange: what to give to `HTTPServer.respond` later.
    func handle(_ request: borrowing HTTPRequest, _ exchange: HTTPExchange) -> HTTPAnswer

    /// Somebody has written to the server's `wakeDescriptor`. May also come without a reason.
    func wokenUp(_ server: HTTPServer)

    /// Called in every turn of the loop, after the requests.
    ///
    /// - Parameters:
    ///   - now: CLOCK_MONOTONIC in nanoseconds.
    /// - Returns: when to be called at the latest, on the same clock; nil for never.
    func tick(_ server: HTTPServer, now: UInt64) -> UInt64?

    /// The client of an exchange that was answered `.later` has closed its side, or the server cut it off when its time to drain was over.
    func abandoned(_ exchange: HTTPExchange)
}

/// What becomes of a request whose head has been read.
package enum HTTPRoute: Sendable {
    /// Read the body, if it has no more bytes than this and than the server's own limit.
    case accept(maxBodyBytes: Int)
    /// Answer at once. If the request announces a body, it is not read and the connection is closed.
    case refuse(HTTPResponse)
}

/// The answer to a request.
package enum HTTPAnswer: Sendable {
    case now(HTTPResponse)
    /// `HTTPServer.respond` will give it. The server sets no limit to the time.
    case later
    /// As `later`, and the request is kept whole meanwhile, for `HTTPServer.revisit`. Its body counts against `HTTPLimits.maxBufferedBytes`.
    case postponed
}
