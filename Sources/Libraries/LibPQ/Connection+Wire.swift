import CLibPQ
import Glibc

extension Connection {
    /// The open handle.
    func live() throws(PostgresError) -> OpaquePointer {
        guard let handle = unsafe handle else { throw PostgresError.closed }
        return unsafe handle
    }

    /// Gives one statement to libpq, which copies it; nothing waits for the network here.
    func send(_ step: PipelineStep, to handle: OpaquePointer) throws(PostgresError) {
        frame.fill(step.parameters)
        let sent =
            switch step.command {
            case .prepared(let name):
                unsafe PQsendQueryPrepared(handle, name, frame.count, frame.values, frame.lengths, frame.formats, 0)
            case .sql(let sql):
                unsafe PQsendQueryParams(handle, sql, frame.count, frame.types, frame.values, frame.lengths, frame.formats, 0)
            }
        guard sent == 1 else { throw unsafe PostgresError(connection: handle) }
    }

    /// Sends what is buffered, taking in whatever the server says meanwhile: two sides that both only send would wait for each other for ever.
    func flush(_ handle: OpaquePointer) throws(PostgresError) {
        while true {
            let left = unsafe PQflush(handle)
            if left == 0 { return }
            guard left == 1 else { throw unsafe lost(handle) }
            let ready = try unsafe wait(handle, for: POLLIN | POLLOUT, deadline: nil)
            if ready & POLLIN != 0 { try unsafe consume(handle) }
        }
    }

    /// The next result, waiting for it; nil at the end of a statement's results.
    func nextResult(_ handle: OpaquePointer) throws(PostgresError) -> OpaquePointer? {
        while unsafe PQisBusy(handle) == 1 {
            _ = try unsafe wait(handle, for: POLLIN, deadline: nil)
            try unsafe consume(handle)
        }
        return unsafe PQgetResult(handle)
    }

    /// Sends, then reads all results of one command outside a pipeline. The first error is thrown once the connection is ready for the next command.
    func collect() throws(PostgresError) -> [ResultSet] {
        let handle = unsafe try live()
        try unsafe flush(handle)
        var results: [ResultSet] = []
        var failure: PostgresError?
        while let result = unsafe try nextResult(handle) {
            switch unsafe PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                unsafe results.append(ResultSet(owning: result))
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                // Copying would have to be carried through before anything else; this room does not speak it.
                unsafe PQclear(result)
                close()
                throw PostgresError(sqlstate: "0A000", message: "COPY is not supported by this connection")
            default:
                if failure == nil { failure = unsafe PostgresError(result: result, connection: handle) }
                unsafe PQclear(result)
            }
        }
        if let failure { throw failure }
        guard isHealthy else { throw unsafe PostgresError(connection: handle) }
        return results
    }

    /// Takes in what has arrived.
    func consume(_ handle: OpaquePointer) throws(PostgresError) {
        guard unsafe PQconsumeInput(handle) == 1 else { throw unsafe lost(handle) }
    }

    /// Waits until the socket is ready. Returns the ready events, none when the deadline has passed.
    func wait(_ handle: OpaquePointer, for events: Int32, deadline: ContinuousClock.Instant?) throws(PostgresError) -> Int32 {
        var descriptor = unsafe pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
        guard descriptor.fd >= 0 else { throw unsafe lost(handle) }
        while true {
            let milliseconds = deadline.map { Connection.milliseconds(until: $0) } ?? -1
            let ready = unsafe poll(&descriptor, 1, milliseconds)
            if ready > 0 {
                // An error or a hang-up counts as readable: reading is what reports it.
                let troubled = Int32(descriptor.revents) & (POLLERR | POLLHUP | POLLNVAL) != 0
                return Int32(descriptor.revents) | (troubled ? POLLIN : 0)
            }
            if ready == 0 { return 0 }
            guard errno == EINTR else { throw PostgresError(sqlstate: nil, message: "poll failed with errno \(errno)") }
        }
    }

    /// The connection is broken: says why and closes it, since its protocol state is unknown.
    func lost(_ handle: OpaquePointer) -> PostgresError {
        let error = unsafe PostgresError(connection: handle)
        close()
        return error
    }

    /// Rounded up, so that the wait does not spin through the last millisecond.
    private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        return Int32(clamping: seconds.multipliedReportingOverflow(by: 1000).partialValue + attoseconds / 1_000_000_000_000_000 + 1)
    }
}
