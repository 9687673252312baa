import CLibPQ
import Glibc

/// One connection to PostgreSQL.
///
/// Unchecked Sendable so that it can be handed to the thread that will use it: between two hand-overs exactly one thread calls it (libpq manual, 34.20:
/// "no two threads attempt to manipulate the same PGconn object at the same time"). Every call that talks to the server blocks, hence `noasync`.
/// After an error of kind `.connection` the object is of no more use: close it and make another.
@safe package final class Connection: @unchecked Sendable {
    /// nil once closed.
    private(set) var handle: OpaquePointer?
    let frame = ParameterFrame()

    /// Connects and waits until the server accepts or refuses.
    /// - Parameters:
    ///   - conninfo: a URL or `key=value` words as libpq reads them; what it leaves out comes from the PG* variables.
    ///   - applicationName: shown in `pg_stat_activity`, unless the conninfo names another.
    @available(*, noasync)
    package init(_ conninfo: String, applicationName: String = "nicobar") throws(PostgresError) {
        // Before dbname: defaults that the conninfo may override. A peer that vanished without a word is noticed after about half a minute, not after hours.
        var words = [("keepalives_idle", "15"), ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "30000")]
        if unsafe getenv("PGCONNECT_TIMEOUT") == nil { words.append(("connect_timeout", "10")) }
        words.append(("dbname", conninfo))
        // Behind it: what must hold whatever the conninfo says.
        words += [("fallback_application_name", applicationName), ("client_encoding", "UTF8")]
        let opened = unsafe Connection.open(words)
        guard let opened = unsafe opened else { throw PostgresError(sqlstate: nil, message: "libpq is out of memory") }
        guard unsafe PQstatus(opened) == CONNECTION_OK else {
            let error = unsafe PostgresError(connection: opened)
            unsafe PQfinish(opened)
            throw error
        }
        unsafe handle = opened
        // Notices may quote data; libpq would print them to stderr.
        unsafe PQsetNoticeReceiver(opened, { _, _ in }, nil)
        guard unsafe PQsetnonblocking(opened, 1) == 0 else {
            close()
            throw PostgresError.closed
        }
        do {
            // ResultSet reads these forms and no others.
            try execute("set bytea_output = hex; set datestyle = 'ISO, MDY'; set intervalstyle = iso_8601")
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    /// The conninfo of a process: `DATABASE_URL`, or the empty conninfo, with which libpq reads the PG* variables by itself (DESIGN §13).
    package static func conninfo(fromEnvironment environment: [String: String]) -> String {
        environment["DATABASE_URL"] ?? ""
    }

    /// Says goodbye to the server and frees everything; calling it again does nothing.
    package func close() {
        if let open = unsafe handle { unsafe PQfinish(open) }
        unsafe handle = nil
    }

    /// False once the connection has failed or was closed; true says only that nothing has been noticed yet.
    package var isHealthy: Bool {
        guard let handle = unsafe handle else { return false }
        return unsafe PQstatus(handle) == CONNECTION_OK
    }

    /// The number of the server process, as in `pg_stat_activity`; 0 when closed.
    package var serverProcess: Int32 {
        guard let handle = unsafe handle else { return 0 }
        return unsafe PQbackendPID(handle)
    }

    /// A handle with which any thread can cancel what this connection is doing; nil when closed.
    package func canceler() -> Canceler? {
        guard let handle = unsafe handle, let cancel = unsafe PQgetCancel(handle) else { return nil }
        return unsafe Canceler(owning: cancel)
    }

    /// Runs one or several statements separated by semicolons, without parameters and without results; several are one transaction unless they say otherwise.
    @available(*, noasync)
    package func execute(_ sql: String) throws(PostgresError) {
        let handle = unsafe try live()
        guard unsafe PQsendQuery(handle, sql) == 1 else { throw unsafe PostgresError(connection: handle) }
        _ = try collect()
    }

    /// Runs one statement and gives its rows.
    @available(*, noasync)
    package func query(_ sql: String, _ parameters: [Parameter] = []) throws(PostgresError) -> ResultSet {
        let handle = unsafe try live()
        try unsafe send(PipelineStep(sql: sql, parameters), to: handle)
        return try only(collect())
    }

    /// Runs a prepared statement and gives its rows.
    @available(*, noasync)
    package func query(prepared name: String, _ parameters: [Parameter] = []) throws(PostgresError) -> ResultSet {
        let handle = unsafe try live()
        try unsafe send(PipelineStep(prepared: name, parameters), to: handle)
        return try only(collect())
    }

    /// Makes a statement known under a name for the life of this connection; the server infers the types of the placeholders, so cast those that matter.
    @available(*, noasync)
    package func prepare(_ name: String, _ sql: String) throws(PostgresError) {
        let handle = unsafe try live()
        guard unsafe PQsendPrepare(handle, name, sql, 0, nil) == 1 else { throw unsafe PostgresError(connection: handle) }
        _ = try collect()
    }

    private func only(_ results: [ResultSet]) throws(PostgresError) -> ResultSet {
        guard let first = results.first else { throw PostgresError(sqlstate: nil, message: "the server gave no result") }
        return first
    }

    private static func open(_ words: [(String, String)]) -> OpaquePointer? {
        var names = unsafe words.map { unsafe UnsafePointer(strdup($0.0)) }
        var values = unsafe words.map { unsafe UnsafePointer(strdup($0.1)) }
        defer {
            for unsafe text in unsafe names + values { unsafe free(UnsafeMutablePointer(mutating: text)) }
        }
        unsafe names.append(nil)
        unsafe values.append(nil)
        return unsafe PQconnectdbParams(names, values, 1)
    }
}
