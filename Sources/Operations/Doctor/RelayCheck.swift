import LibPQ
import Settings

/// Whether the outbox relay can work over the connection that it will use: one whose locks outlive their transactions (docs/decisions/0004), to the same database
/// as the workers'.
struct RelayCheck {
    private static let variable = "NICOBAR_RELAY_DATABASE_URL"
    /// "nicd": a class of advisory locks that nothing but this check takes.
    private static let lockClass: Int32 = 0x6E69_6364

    private let name: String
    private let conninfo: String
    private let check = "relay"

    /// - Throws: `SettingsError` when a file that a variable names cannot be read.
    init(_ environment: Environment) throws(SettingsError) {
        let own = try environment.readingFiles(prefix: Self.variable).value(Self.variable)
        name = own == nil ? "DATABASE_URL (\(Self.variable) is not set)" : Self.variable
        if let own { conninfo = own } else { conninfo = Connection.conninfo(fromEnvironment: try environment.readingFiles(prefix: "DATABASE_URL").variables) }
    }

    /// - Parameter workers: a connection by `DATABASE_URL`; nil when there is none, and whether both reach one database stays open.
    @available(*, noasync, message: "blocks its thread")
    func examine(beside workers: Connection?) -> Finding {
        let relay: Connection
        do throws(PostgresError) { relay = try Connection(conninfo, applicationName: "nicobar-doctor-relay") } catch {
            return failed("cannot be reached: \(error); expected PostgreSQL's own address. Workers start only once it answers")
        }
        defer { relay.close() }
        do throws(PostgresError) {
            let answering = try relay.query("select pg_backend_pid()").int64(0, 0)
            if Self.isPooled(greeting: relay.serverProcess, answering: answering) { return pooled("a pooler answers for it") }
            return try locks(relay, workers)
        } catch { return failed("failed: \(error); expected a session that takes advisory locks") }
    }

    /// A pooler greets with a process number of its own making; a server with that of the process that will answer. The same rule as the relay's own. Pure.
    static func isPooled(greeting: Int32, answering: Int64?) -> Bool { answering != Int64(greeting) }

    /// Takes a lock in one transaction and looks for it in the next, and from the workers' side.
    private func locks(_ relay: Connection, _ workers: Connection?) throws(PostgresError) -> Finding {
        let key: [Parameter] = [.int4(Self.lockClass), .int4(Int32.random(in: 0...Int32.max))]
        guard try relay.query("select pg_try_advisory_lock($1::integer, $2::integer)", key).bool(0, 0) == true else {
            return Finding(check, .warning, "\(name) answers, but another doctor holds the lock that it is tried with; run it again")
        }
        let held = "select count(*) from pg_locks where locktype = 'advisory' and granted and objsubid = 2 and classid = $1::integer::oid and objid = $2::integer::oid"
            + " and database = (select oid from pg_database where datname = current_database()) and pid = "
        let isKept = try relay.query(held + "pg_backend_pid()", key).int64(0, 0) == 1
        var isSeen = true
        if let workers { isSeen = try workers.query(held + "$3::integer", key + [.int4(relay.serverProcess)]).int64(0, 0) == 1 }
        guard isKept else { return pooled("an advisory lock was gone when its transaction had ended") }
        _ = try relay.query("select pg_advisory_unlock($1::integer, $2::integer)", key)
        guard isSeen else {
            return failed("and DATABASE_URL reach two different databases; expected one and the same, or the events that workers write for others are never relayed")
        }
        return Finding(check, .good, "\(name) reaches PostgreSQL itself: locks outlive their transactions")
    }

    private func failed(_ what: String) -> Finding { Finding(check, .failed, "\(name) \(what); set \(Self.variable) to PostgreSQL's own address") }

    private func pooled(_ what: String) -> Finding {
        failed("does not keep a session (\(what)), as a pooler in transaction mode does not; expected one that keeps locks and LISTEN, and workers refuse to start without")
    }
}
