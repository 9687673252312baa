package import LibPQ

/// Brings a database to a version of the schema, or back, one migration after the other.
///
/// Each migration is one transaction together with its row in `nicobar.migrations`: killed in the middle, it never happened. One runner works at a time,
/// whoever comes second waits. Belongs to the thread of its connection.
package struct MigrationRunner {
    private let connection: Connection
    private let known: [Migration]
    /// Told of each migration before it runs, with `up` or `down`.
    private let progress: (String, Migration) -> Void
    /// Any number that nobody else takes: "nicobar" in hexadecimal.
    private static let lock: Int64 = 0x6e69_636f_6261_72

    package init(_ connection: Connection, known: [Migration] = Migration.all, progress: @escaping (String, Migration) -> Void = { _, _ in }) {
        self.connection = connection
        self.known = known
        self.progress = progress
    }

    /// Applies what is missing.
    ///
    /// - Parameters:
    ///   - version: the last one to apply; nil for all.
    ///   - patience: seconds to wait for another runner.
    /// - Returns: what was applied.
    @available(*, noasync, message: "blocks its thread")
    package func up(to version: Int? = nil, patience seconds: Int = 60) throws(MigrationError) -> [Migration] {
        try alone(seconds) { () throws(MigrationError) in
            try makeTable()
            let plan = try plan()
            guard plan.unknown.isEmpty else { throw .unknown(plan.unknown) }
            let wanted = plan.pending.filter { $0.version <= version ?? .max }
            for migration in wanted {
                progress("up", migration)
                try run(migration, migration.up, """
                    insert into nicobar.migrations (version, name, checksum) values ($1::integer, $2, \(Self.checksum("$3")))
                    """, [.int4(Int32(migration.version)), .text(migration.name), .text(migration.up)])
            }
            return wanted
        }
    }

    /// Takes migrations back, the last one first.
    ///
    /// - Parameter version: the last one that stays.
    /// - Returns: what was taken back.
    @available(*, noasync, message: "blocks its thread")
    package func down(to version: Int, patience seconds: Int = 60) throws(MigrationError) -> [Migration] {
        try alone(seconds) { () throws(MigrationError) in
            try makeTable()
            let plan = try plan()
            guard plan.unknown.isEmpty else { throw .unknown(plan.unknown) }
            let wanted = plan.common.filter { $0.version > version }.reversed()
            for migration in wanted {
                progress("down", migration)
                try run(migration, migration.down, "delete from nicobar.migrations where version = $1::integer", [.int4(Int32(migration.version))])
            }
            return Array(wanted)
        }
    }

    /// What the database remembers, in order; empty when it has never been migrated. Changes nothing.
    @available(*, noasync, message: "blocks its thread")
    package func applied() throws(MigrationError) -> [MigrationPlan.Applied] {
        do throws(PostgresError) {
            guard try connection.query("select to_regclass('nicobar.migrations') is not null").bool(0, 0) == true else { return [] }
            let rows = try connection.query(
                "select version, name, checksum, to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from nicobar.migrations order by version")
            return (0..<rows.rowCount).map { row in
                MigrationPlan.Applied(
                    version: Int(rows.int64(row, 0) ?? 0), name: rows.text(row, 1) ?? "", checksum: rows.text(row, 2) ?? "", appliedAt: rows.text(row, 3) ?? "")
            }
        } catch { throw .database(error) }
    }

    /// What stands between the database and this program. Changes nothing.
    @available(*, noasync, message: "blocks its thread")
    package func plan() throws(MigrationError) -> MigrationPlan {
        var checksums: [Int: String] = [:]
        do throws(PostgresError) {
            for migration in known {
                checksums[migration.version] = try connection.query("select \(Self.checksum("$1"))", [.text(migration.up)]).text(0, 0)
            }
        } catch { throw .database(error) }
        return try MigrationPlan(known: known, applied: applied(), checksums: checksums)
    }

    /// PostgreSQL computes it, so that nothing here needs cryptography.
    private static func checksum(_ parameter: String) -> String { "encode(sha256(convert_to(\(parameter)::text, 'UTF8')), 'hex')" }

    private func makeTable() throws(MigrationError) {
        do throws(PostgresError) {
            try connection.execute("""
                create schema if not exists nicobar;
                create table if not exists nicobar.migrations (
                    version    integer     not null,
                    name       text        not null,
                    checksum   text        not null,
                    applied_at timestamptz not null default now(),
                    constraint migrations_pkey primary key (version)
                )
                """)
        } catch { throw .database(error) }
    }

    private func run(_ migration: Migration, _ sql: String, _ note: String, _ parameters: [Parameter]) throws(MigrationError) {
        do throws(PostgresError) {
            // Whoever waits for a table's lock makes all others wait behind: rather give up and be run again.
            try connection.execute("begin; set local lock_timeout = '10s'")
            try connection.execute(sql)
            _ = try connection.query(note, parameters)
            try connection.execute("commit")
        } catch {
            do throws(PostgresError) { try connection.execute("rollback") } catch {}
            throw .failed(migration.title, error)
        }
    }

    /// Holds the lock while the body runs.
    private func alone<Value>(_ seconds: Int, _ body: () throws(MigrationError) -> Value) throws(MigrationError) -> Value {
        do throws(PostgresError) {
            try connection.execute("set lock_timeout = '\(max(1, seconds))s'")
            _ = try connection.query("select pg_advisory_lock($1::bigint)", [.int8(Self.lock)])
        } catch {
            throw error.sqlstate == "55P03" ? .busy(seconds: seconds) : .database(error)
        }
        defer { release() }
        return try body()
    }

    private func release() {
        // A connection that is gone has given its lock up already.
        do throws(PostgresError) {
            _ = try connection.query("select pg_advisory_unlock($1::bigint)", [.int8(Self.lock)])
            try connection.execute("reset lock_timeout")
        } catch {}
    }
}
