import CMicroHTTP

// What libmicrohttpd calls; the closure of all four is the server, which outlives it.

/// A request line has been read. What this gives is the `context` of the request's other calls.
func begin(_ server: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ connection: OpaquePointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe nicobar_http_context(connection), let target = unsafe target else { return nil }
    unsafe lend(server) { unsafe $0.began(slot(context), target: target) }
    return unsafe context
}

/// Called once for the head, then for each piece of the body, then once for the whole.
func receive(
    _ server: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ target: UnsafePointer<CChar>?, _ method: UnsafePointer<CChar>?,
    _ version: UnsafePointer<CChar>?, _ data: UnsafePointer<CChar>?, _ size: UnsafeMutablePointer<Int>?,
    _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let context = unsafe context?.pointee, let target = unsafe target, let method = unsafe method, let version = unsafe version, let size = unsafe size
    else { return .NO }
    let slot = unsafe slot(context)
    guard unsafe !slot.pointee.flags.contains(.doomed) else { return .NO }
    return unsafe lend(server) { server in
        if unsafe !slot.pointee.flags.contains(.headRead) { return unsafe server.readHead(slot, target: target, method: method, version: version) }
        if unsafe size.pointee > 0 {
            defer { unsafe size.pointee = 0 }
            return unsafe server.readBody(slot, UnsafeRawBufferPointer(start: data, count: size.pointee))
        }
        return unsafe server.answer(slot, target: target)
    }
}

/// A request is over, one way or the other.
func complete(
    _ server: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ reason: MHD_RequestTerminationCode
) {
    guard let context = unsafe context?.pointee else { return }
    unsafe lend(server) { unsafe $0.completed(slot(context), failed: reason == .REQUEST_TERMINATED_WITH_ERROR) }
}

/// A connection was made or ended.
func changeConnection(
    _ server: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ change: MHD_ConnectionNotificationCode
) {
    guard let connection = unsafe connection, let context = unsafe context else { return }
    unsafe lend(server) { server in
        if change == .CONNECTION_NOTIFY_STARTED {
            unsafe context.pointee = unsafe UnsafeMutableRawPointer(server.opened(connection))
        } else if let place = unsafe context.pointee {
            unsafe server.closed(slot(place))
        }
    }
}

private func slot(_ context: UnsafeMutableRawPointer) -> UnsafeMutablePointer<ConnectionSlot> {
    unsafe context.assumingMemoryBound(to: ConnectionSlot.self)
}

/// The server is not retained for the call: it waits for libmicrohttpd to come back.
private func lend<Result>(_ server: UnsafeMutableRawPointer?, _ body: (HTTPServer) -> Result) -> Result {
    unsafe Unmanaged<HTTPServer>.fromOpaque(server!)._withUnsafeGuaranteedRef(body)
}
