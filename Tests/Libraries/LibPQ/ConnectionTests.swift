import LibPQ
import Testing

@Suite(.enabled(if: Server.isThere, "no NICOBAR_TEST_DATABASE_URL"), .timeLimit(.minutes(1)))
struct ConnectionTests {
    @Test func `every kind of parameter arrives as the value it was`() throws {
        try Server.connect { connection in
            let rows = try connection.query(
                """
                select $1::bigint, $2::int, $3::smallint, $4::boolean, $5::bytea, $6::text, $7::text, $8::timestamptz at time zone 'UTC', $9::numeric
                """,
                [.int8(.min), .int4(-2), .int2(3), .bool(true), .bytes([0, 255, 92, 7]), .text("Pöbel \" ' \\"), .null,
                 .timestamp(1_794_571_200_123_456), .text("12.50")])
            #expect(rows.rowCount == 1)
            #expect(rows.int64(0, 0) == .min)
            #expect(rows.int64(0, 1) == -2)
            #expect(rows.int64(0, 2) == 3)
            #expect(rows.bool(0, 3) == true)
            #expect(rows.bytes(0, 4) == [0, 255, 92, 7])
            #expect(rows.text(0, 5) == "Pöbel \" ' \\")
            #expect(rows.isNull(0, 6))
            #expect(rows.text(0, 6) == nil)
            #expect(rows.text(0, 7) == "2026-11-13 12:00:00.123456")
            #expect(rows.double(0, 8) == 12.5)
        }
    }

    @Test func `a result names its columns and counts what was done`() throws {
        try Server.connect { connection in
            try connection.execute("create temp table t (a int, b text); insert into t values (1, 'x'), (2, 'y')")
            let update = try connection.query("update t set b = 'z' returning a as number, b")
            #expect(update.rowsAffected == 2)
            #expect(update.commandTag == "UPDATE 2")
            #expect(update.columnCount == 2)
            #expect(update.columnName(0) == "number")
            #expect(update.column(named: "b") == 1)
            #expect(update.column(named: "c") == nil)
        }
    }

    @Test func `a prepared statement runs again and again`() throws {
        try Server.connect { connection in
            try connection.prepare("double", "select 2 * $1::bigint")
            for value in Int64(1)...50 {
                #expect(try connection.query(prepared: "double", [.int8(value)]).int64(0, 0) == 2 * value)
            }
        }
    }

    @Test func `text with a NUL inside is refused, never shortened`() throws {
        try Server.connect { connection in
            let error = try Server.error { _ = try connection.query("select $1::text", [.text("good\0evil")]) }
            #expect(error.sqlstate == "22021")
            #expect(error.kind == .record)
        }
    }

    @Test func `an error says what, where and whose fault, and the connection goes on`() throws {
        try Server.connect { connection in
            try connection.execute("create temp table priced (amount int constraint priced_positive check (amount > 0))")
            let violation = try Server.error { _ = try connection.query("insert into priced values ($1)", [.int4(-987_654)]) }
            #expect(violation.sqlstate == "23514")
            #expect(violation.kind == .record)
            #expect(violation.constraint == "priced_positive")
            #expect(violation.table == "priced")
            #expect(!violation.description.contains("987654"))

            let syntax = try Server.error { try connection.execute("selct 1") }
            #expect(syntax.kind == .programming)
            #expect(try connection.query("select 1").int64(0, 0) == 1)
        }
    }

    @Test func `an error never quotes the value that was refused`() throws {
        try Server.connect { connection in
            for sql in ["select $1::text::bigint", "select $1::text::timestamptz", "select $1::text::json", "select $1::text::uuid"] {
                let error = try Server.error { _ = try connection.query(sql, [.text("card \"4242\" of jane@example.com")]) }
                #expect(error.kind == .record)
                #expect(!error.description.contains("4242") && !error.description.contains("jane"), "\(error)")
            }
        }
    }

    @Test func `a server that is not there is trouble with the connection`() throws {
        let error = try Server.error { _ = try Connection("postgresql://127.0.0.1:1/none?password=hush-hush") }
        #expect(error.sqlstate == nil)
        #expect(error.kind == .connection)
        #expect(!error.message.contains("\n"))
        #expect(!error.description.contains("hush-hush"))
    }

    @Test func `a connection ended by the server says so and is unhealthy`() throws {
        try Server.connect { victim in
            try Server.connect { killer in
                #expect(victim.isHealthy)
                _ = try killer.query("select pg_terminate_backend($1, 5000)", [.int4(victim.serverProcess)])
                let error = try Server.error { _ = try victim.query("select 1") }
                #expect(error.kind == .connection)
                #expect(!victim.isHealthy)
                #expect(try Server.error { _ = try victim.query("select 1") }.kind == .connection)
            }
        }
    }

    @Test func `a closed connection refuses politely`() throws {
        try Server.connect { connection in
            connection.close()
            connection.close()
            #expect(!connection.isHealthy)
            let error = try Server.error { try connection.execute("select 1") }
            #expect(error.kind == .connection)
        }
    }

    @Test func `copy is refused instead of hanging`() throws {
        try Server.connect { connection in
            let error = try Server.error { try connection.execute("copy (select 1) to stdout") }
            #expect(error.kind == .programming)
        }
    }

    @Test func `a query can be cancelled from another thread`() async throws {
        let connection = try Opened()
        let canceler = try #require(connection.connection.canceler())
        let process = connection.connection.serverProcess
        async let sleeper = connection.sleep()
        // The cancel is sent once the server itself reports the statement as running.
        try await Task.detached { try Opened.cancel(canceler, whenRunning: process) }.value
        #expect(await sleeper == "57014")
    }

    /// A connection that a task takes with it.
    private final class Opened: Sendable {
        let connection: Connection
        init() throws { connection = try Connection(try #require(Server.conninfo)) }

        @concurrent func sleep() async -> String? { run() }

        private func run() -> String? {
            do throws(PostgresError) { try connection.execute("select pg_sleep(50)") } catch { return error.sqlstate }
            return "finished"
        }

        static func cancel(_ canceler: Canceler, whenRunning process: Int32) throws {
            try Server.connect { watcher in
                while try watcher.query(
                    "select count(*) from pg_stat_activity where pid = $1 and state = 'active' and query like '%pg_sleep(50)%'", [.int4(process)]
                ).int64(0, 0) == 0 {}
                try canceler.cancel()
            }
        }
    }
}
