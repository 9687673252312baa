import LibPQ
import Operations
import TestKit
import Testing

@Suite("migrations") struct MigrationTests {
    private static let one = Migration(version: 1, name: "one", up: "create table one (a int)", down: "drop table one")
    private static let two = Migration(version: 2, name: "two", up: "create table two (a int)", down: "drop table two")
    private static let broken = Migration(version: 3, name: "broken", up: "create table three (a int); select 1/0", down: "drop table three")

    private func onFresh(_ body: @escaping @Sendable (String) throws -> Void) async throws {
        let conninfo = try await TestDatabase.fresh(migrated: false)
        try await onThread { try body(conninfo) }
    }

    @Test func `are applied in order, once, and taken back in the other order`() async throws {
        try await onFresh { conninfo in
            let connection = try Connection(conninfo)
            let runner = MigrationRunner(connection, known: [Self.one, Self.two])
            #expect(try runner.up(to: 1) == [Self.one])
            #expect(try runner.up() == [Self.two])
            #expect(try runner.up() == [])
            #expect(try runner.applied().map(\.version) == [1, 2])
            #expect(try runner.down(to: 0) == [Self.two, Self.one])
            #expect(try runner.applied().isEmpty)
            #expect(try connection.query("select to_regclass('one') is null and to_regclass('two') is null").bool(0, 0) == true)
        }
    }

    @Test func `of this program bring every schema, and down takes all of it away`() async throws {
        try await onFresh { conninfo in
            let connection = try Connection(conninfo)
            let before = try connection.query("select string_agg(nspname, ' ' order by nspname) from pg_namespace").text(0, 0)
            _ = try MigrationRunner(connection).up()
            try SchemaVersion.check(connection)
            #expect(try connection.query("select count(*) from information_schema.tables where table_schema in ('worker', 'billing')").int64(0, 0) ?? 0 > 10)
            _ = try MigrationRunner(connection).down(to: 0)
            try connection.execute("drop schema nicobar cascade")
            #expect(try connection.query("select string_agg(nspname, ' ' order by nspname) from pg_namespace").text(0, 0) == before)
            #expect(throws: MigrationError.missing(Migration.all.map(\.title))) { try SchemaVersion.check(connection) }
        }
    }

    @Test func `taken back and brought again keep how Dodo's keys stand`() async throws {
        try await onFresh { conninfo in
            let connection = try Connection(conninfo), runner = MigrationRunner(connection)
            _ = try runner.up()
            try connection.execute("""
                insert into licensing.dodo_key_facts (dodo_key_id, grant_id, lookup_hash, last_characters, status, product_id, grant_status, event_at, attempt_at, status_rank, tie_break, webhook_id)
                values ('lic_1', '', sha256('1'), '1', 'active', 'pdt_1', null, '2026-01-01', '2026-01-01', 10, 1, 'a'), ('lic_1', 'entg_1', sha256('1'), '1', 'active', null, 'Delivered', '2026-01-02', '2026-01-02', 30, 1, 'b'),
                       ('', 'entg_1', null, null, null, null, 'Revoked', '2026-01-03', '2026-01-03', 100, 1, 'c'), ('lic_2', 'entg_2', sha256('2'), '2', 'active', null, 'Delivered', '2026-01-02', '2026-01-02', 30, 1, 'd')
                """)
            func standing() throws -> String? {
                try connection.query("select string_agg(concat_ws(' ', dodo_key_id, status, product_id, webhook_id), ', ' order by dodo_key_id) from licensing.dodo_keys").text(0, 0)
            }
            let expected = "lic_1 disabled pdt_1 c, lic_2 active d"
            #expect(try standing() == expected)
            _ = try runner.down(to: 6)
            #expect(try standing() == expected)
            _ = try runner.up()
            #expect(try standing() == expected)
        }
    }

    @Test func `that fail leave nothing behind, and those before them stay`() async throws {
        try await onFresh { conninfo in
            let connection = try Connection(conninfo)
            let runner = MigrationRunner(connection, known: [Self.one, Self.two, Self.broken])
            let error = #expect(throws: MigrationError.self) { try runner.up() }
            #expect(error?.description.contains("0003_broken failed and left nothing behind") == true)
            #expect(try runner.applied().map(\.version) == [1, 2])
            #expect(try connection.query("select to_regclass('three') is null").bool(0, 0) == true)
        }
    }

    @Test func `changed after they were applied, or left out before later ones, stop everything by name`() async throws {
        try await onFresh { conninfo in
            let connection = try Connection(conninfo)
            _ = try MigrationRunner(connection, known: [Self.two]).up()
            #expect(throws: MigrationError.gap("0001_one")) { try MigrationRunner(connection, known: [Self.one, Self.two]).up() }
            let changed = Migration(version: 2, name: "two", up: Self.two.up + " ", down: Self.two.down)
            #expect(throws: MigrationError.changed("0002_two")) { try MigrationRunner(connection, known: [changed]).up() }
            #expect(throws: MigrationError.changed("0002_two")) { try SchemaVersion.check(connection, known: [changed]) }
        }
    }

    @Test func `that a program lacks or does not know are named with the way out`() async throws {
        try await onFresh { conninfo in
            let connection = try Connection(conninfo)
            _ = try MigrationRunner(connection, known: [Self.one, Self.two]).up()
            let newer = #expect(throws: MigrationError.self) { try SchemaVersion.check(connection, known: [Self.one]) }
            #expect(newer == .unknown(["0002_two"]))
            #expect(newer?.description.contains("0002_two, which this program does not know") == true)
            _ = try MigrationRunner(connection, known: [Self.one, Self.two]).down(to: 1)
            let older = #expect(throws: MigrationError.self) { try SchemaVersion.check(connection, known: [Self.one, Self.two]) }
            #expect(older?.description == "the database has no migration 0002_two, which this program needs; run: nicobar migrate up")
        }
    }

    @Test func `run by several at once are applied by one of them`() async throws {
        let conninfo = try await TestDatabase.fresh(migrated: false)
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 { group.addTask { try await onThread { try MigrationRunner(Connection(conninfo)).up().count } } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.sorted() == [0, 0, 0, Migration.all.count])
    }

    @Test func `wait for another runner only so long, and say whom to look for`() async throws {
        try await onFresh { conninfo in
            let holder = try Connection(conninfo)
            try holder.execute("select pg_advisory_lock(x'6e69636f626172'::bigint)")
            #expect(throws: MigrationError.busy(seconds: 1)) { try MigrationRunner(Connection(conninfo)).up(patience: 1) }
            holder.close()
            #expect(try MigrationRunner(Connection(conninfo)).up(patience: 10).count == Migration.all.count)
        }
    }
}
