import CLibPQ

/// Asks the server to cancel whatever a connection is doing; the one part of a connection that other threads may use.
///
/// Unchecked Sendable: a PGcancel is never changed after it was made, and PQcancel may be called from any thread (libpq manual, 34.7).
@safe package final class Canceler: @unchecked Sendable {
    private let handle: OpaquePointer

    init(owning handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    deinit { unsafe PQfreeCancel(handle) }

    /// Opens a connection of its own, sends the request and waits for the server to close it. The statement, if one is running, fails with SQLSTATE 57014; that it did not run is no error.
    /// - Throws: when the request could not be sent.
    @available(*, noasync)
    package func cancel() throws(PostgresError) {
        let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer -> String? in
            unsafe PQcancel(handle, buffer.baseAddress, 256) == 1 ? nil : buffer.baseAddress.map { unsafe String(cString: $0) } ?? ""
        }
        if let text { throw PostgresError(sqlstate: nil, message: "the cancel request was not sent: \(text)") }
    }
}
