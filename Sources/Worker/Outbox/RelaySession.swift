import Events
package import LibPQ

/// The relay's own connection: its locks say which shards are ours, for as long as the session lives. Belongs to one thread.
package final class RelaySession {
    /// The first number of all locks of the outbox: "nico". The second is a shard, or `presence`.
    private static let lockClass: Int32 = 0x6E69_636F
    /// Held, shared, by every relay, so that each can count them.
    private static let presence: Int32 = 16
    private static let channel = "nicobar_outbox"
    /// The SQLSTATE with which `init` says that the connection goes through a pooler.
    package static let pooled = "NB002"

    package let connection: Connection
    private let shardColumn = ColumnBuilder(.int2), positions = ColumnBuilder(.int8), numbers = ColumnBuilder(.int4)

    /// Connects, and becomes one of the relays.
    ///
    /// - Throws: `PostgresError`; with SQLSTATE NB002 when a pooler is in between.
    @available(*, noasync, message: "blocks its thread")
    package init(_ conninfo: String, worker: String) throws(PostgresError) {
        let connection = try Self.open(conninfo, "nicobar-\(worker)-relay")
        self.connection = connection
        do throws(PostgresError) {
            // What is deleted twice is sent twice at worst, so no deletion waits for the disk. A relay that hangs asks nothing: after a while the server ends it,
            // and its shards go to the others.
            try connection.execute("set synchronous_commit = off; set idle_session_timeout = '20s'")
            try connection.lookRowsUp()
            for (name, sql) in Self.statements { try connection.prepare(name, sql) }
            try connection.listen(Self.channel)
            _ = try connection.query("select pg_advisory_lock_shared($1::integer, $2::integer)", [.int4(Self.lockClass), .int4(Self.presence)])
        } catch {
            connection.close()
            throw error
        }
    }

    /// Connects, looks whether the session is kept, and closes.
    @available(*, noasync, message: "blocks its thread")
    package static func check(_ conninfo: String) throws(PostgresError) { try open(conninfo, "nicobar-relay-check").close() }

    private static func open(_ conninfo: String, _ name: String) throws(PostgresError) -> Connection {
        let connection = try Connection(conninfo, applicationName: name)
        let answering = try connection.query("select pg_backend_pid()").int64(0, 0)
        if let error = refusal(greeting: connection.serverProcess, answering: answering) {
            connection.close()
            throw error
        }
        return connection
    }

    /// A pooler greets with a process number of its own making; a server with that of the process that will answer. Pure.
    package static func refusal(greeting: Int32, answering: Int64?) -> PostgresError? {
        guard answering != Int64(greeting) else { return nil }
        return PostgresError(
            sqlstate: pooled,
            message: "the outbox relay's connection goes through a pooler, which does not keep the locks and the LISTEN of a session; set "
                + "NICOBAR_RELAY_DATABASE_URL to PostgreSQL's own address (DATABASE_URL may stay as it is)")
    }

    private static var statements: [(String, String)] {
        [
            ("relay_view", text(PackageResources.relay_view_sql)), ("relay_take", text(PackageResources.relay_take_sql)),
            ("relay_give", text(PackageResources.relay_give_sql)), ("relay_delete", text(PackageResources.relay_delete_sql)),
            ("relay_read", text(PackageResources.relay_read_sql)), ("relay_backlog", text(PackageResources.relay_backlog_sql)),
        ]
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// The number by which the other relays know us.
    package var member: Int32 { connection.serverProcess }

    @available(*, noasync, message: "blocks its thread")
    package func view() throws(PostgresError) -> ShardView {
        let result = try connection.query(prepared: "relay_view", [.int8(Int64(Self.lockClass))])
        var members: [Int32] = [], holders: [Int: Int32] = [:]
        for row in 0..<result.rowCount {
            guard let part = result.int64(row, 0), let process = result.int64(row, 1) else { continue }
            if part == Int64(Self.presence) { members.append(Int32(process)) } else { holders[Int(part)] = Int32(process) }
        }
        return ShardView(members: members, holders: holders)
    }

    /// - Returns: those whose locks are ours now.
    @available(*, noasync, message: "blocks its thread")
    package func take(_ shards: [Int]) throws(PostgresError) -> [Int] {
        let result = try connection.query(prepared: "relay_take", [.int4(Self.lockClass), fill(numbers, shards)])
        return (0..<result.rowCount).compactMap { result.int64($0, 0).map { Int($0) } }
    }

    @available(*, noasync, message: "blocks its thread")
    package func give(_ shards: [Int]) throws(PostgresError) { _ = try connection.query(prepared: "relay_give", [.int4(Self.lockClass), fill(numbers, shards)]) }

    /// Deletes, then reads, in one transaction and one round trip.
    ///
    /// - Parameters:
    ///   - known: positions to leave out.
    ///   - page: rows of a shard at most.
    @available(*, noasync, message: "blocks its thread")
    package func exchange(delete: [RelayMachine.Deletion], read: [Int], known: Set<Int64>, page: Int) throws(PostgresError) -> [OutboxRow] {
        if !delete.isEmpty {
            let shards = fill(shardColumn, delete.map(\.shard))
            positions.reset()
            for deletion in delete { positions.append(deletion.position) }
            let deletion = PipelineStep(prepared: "relay_delete", [shards, .array(positions)])
            guard !read.isEmpty else {
                try connection.pipeline([deletion])
                return []
            }
            // The columns are lent until they are sent, so these two cannot share them.
            let others = ColumnBuilder(.int2), leftOut = ColumnBuilder(.int8)
            return rows(try connection.pipeline([deletion, reading(read, known, page, others, leftOut)])[1])
        }
        return rows(try connection.pipeline([reading(read, known, page, shardColumn, positions)])[0])
    }

    private func reading(_ read: [Int], _ known: Set<Int64>, _ page: Int, _ shards: ColumnBuilder, _ leftOut: ColumnBuilder) -> PipelineStep {
        leftOut.reset()
        for position in known { leftOut.append(position) }
        return PipelineStep(prepared: "relay_read", [fill(shards, read), .array(leftOut), .int8(Int64(page))])
    }

    /// How many rows wait in these shards, and for how long the oldest has.
    @available(*, noasync, message: "blocks its thread")
    package func backlog(_ shards: [Int]) throws(PostgresError) -> (depth: Int, ageSeconds: Double) {
        let result = try connection.query(prepared: "relay_backlog", [fill(shardColumn, shards)])
        return (Int(result.int64(0, 0) ?? 0), max(0, result.double(0, 1) ?? 0))
    }

    private func fill(_ column: ColumnBuilder, _ values: [Int]) -> Parameter {
        column.reset()
        for value in values { column.append(Int64(value)) }
        return .array(column)
    }

    private func rows(_ result: ResultSet) -> [OutboxRow] {
        (0..<result.rowCount).map { row in
            OutboxRow(
                position: result.int64(row, 0) ?? 0, shard: Int(result.int64(row, 1) ?? 0), id: result.text(row, 2) ?? "", topic: result.text(row, 3) ?? "",
                key: result.text(row, 4) ?? "", type: result.text(row, 5) ?? "", occurredAt: Timestamp(microseconds: result.int64(row, 6) ?? 0),
                traceparent: result.text(row, 7), body: result.bytes(row, 8) ?? [])
        }
    }
}
