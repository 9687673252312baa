import CLibPQ
import Glibc

/// A message of NOTIFY.
package struct Notification: Sendable, Equatable {
    package let channel: String
    package let payload: String
    /// The server process of the sender; equal to `Connection.serverProcess` when it was this connection.
    package let senderProcess: Int32

    package init(channel: String, payload: String, senderProcess: Int32) {
        self.channel = channel
        self.payload = payload
        self.senderProcess = senderProcess
    }
}

extension Connection {
    /// Subscribes to a channel, for the life of this connection.
    @available(*, noasync)
    package func listen(_ channel: String) throws(PostgresError) {
        try execute("listen \(Connection.quoted(channel))")
    }

    /// Waits for a notification on any channel listened to; nil when the time is up. A notification is a hint: after a reconnect some may have been missed.
    @available(*, noasync)
    package func waitForNotification(timeout: Duration) throws(PostgresError) -> Notification? {
        let handle = unsafe try live()
        let deadline = ContinuousClock.now.advanced(by: timeout)
        while true {
            if let note = unsafe PQnotifies(handle) {
                // The channel and payload belong to the struct: one PQfreemem gives all of it back.
                defer { unsafe PQfreemem(note) }
                return unsafe Notification(
                    channel: String(cString: note.pointee.relname), payload: String(cString: note.pointee.extra), senderProcess: note.pointee.be_pid)
            }
            let ready = try unsafe wait(handle, for: POLLIN, deadline: deadline)
            if ready == 0 { return nil }
            try unsafe consume(handle)
        }
    }

    /// Waits for a notification on any channel listened to, or until another descriptor is readable, or the time is up. Takes all notifications that are there.
    ///
    /// - Parameter descriptor: the caller's; nothing is read from it.
    /// - Returns: whether there was a notification.
    @available(*, noasync)
    package func waitForNotification(orReadable descriptor: Int32, timeout: Duration) throws(PostgresError) -> Bool {
        let handle = unsafe try live()
        if unsafe takeNotifications(handle) { return true }
        var entries = unsafe [pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0), pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        let (seconds, attoseconds) = timeout.components
        let milliseconds = min(seconds, 86_400) * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        let ready = unsafe poll(&entries, 2, Int32(max(0, milliseconds)))
        guard ready > 0, entries[0].revents != 0 else { return false }
        try unsafe consume(handle)
        return unsafe takeNotifications(handle)
    }

    private func takeNotifications(_ handle: OpaquePointer) -> Bool {
        var any = false
        while let note = unsafe PQnotifies(handle) {
            unsafe PQfreemem(note)
            any = true
        }
        return any
    }

    /// An identifier in quotation marks, safe to put into a statement.
    package static func quoted(_ identifier: String) -> String {
        precondition(!identifier.utf8.contains(0), "an identifier with NUL")
        return "\"" + identifier.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
