import Events
import Worker

/// What PostgreSQL does for the relays: the outbox with rows that commit late, and the locks of sessions.
struct ModelOutbox {
    /// The sessions that are open, each with the relay's name.
    private(set) var sessions: [Int32: Int] = [:]
    private var locks: [Int: Int32] = [:]
    private var lastSession: Int32 = 0
    private var lastPosition: Int64 = 0
    /// Rows that others see, by shard, in the order of their positions.
    private(set) var rows: [Int: [OutboxRow]] = [:]
    /// Rows of transactions that are still open.
    private var open: [[OutboxRow]] = []
    /// Keys that an open transaction holds the lock of.
    private var busyKeys: Set<String> = []
    /// Every row that was ever committed, by key, in order.
    private(set) var committed: [String: [Int64]] = [:]

    static let keys = (0..<12).map { "k\($0)" }
    static func shard(of key: String) -> Int { (Int(key.dropFirst()) ?? 0) * 5 % ShardView.shards }

    /// A transaction notes rows of keys whose entities it has locked; their positions are handed out now.
    mutating func begin(_ keys: [String]) {
        var rows: [OutboxRow] = []
        for key in keys where !busyKeys.contains(key) {
            lastPosition += 1
            rows.append(OutboxRow(
                position: lastPosition, shard: Self.shard(of: key), id: "\(lastPosition)", topic: "t", key: key, type: "t", occurredAt: Timestamp(seconds: 0), body: []))
        }
        guard !rows.isEmpty else { return }
        busyKeys.formUnion(rows.map(\.key))
        open.append(rows)
    }

    var openTransactions: Int { open.count }

    mutating func commit(_ index: Int) {
        for row in open.remove(at: index) {
            busyKeys.remove(row.key)
            var shard = rows[row.shard] ?? []
            shard.insert(row, at: shard.firstIndex { $0.position > row.position } ?? shard.count)
            rows[row.shard] = shard
            committed[row.key, default: []].append(row.position)
        }
    }

    mutating func connect(_ relay: Int) -> Int32 {
        lastSession += 1
        sessions[lastSession] = relay
        return lastSession
    }

    /// The session ends, with its locks.
    mutating func close(_ session: Int32) {
        sessions[session] = nil
        locks = locks.filter { $0.value != session }
    }

    var view: ShardView { ShardView(members: Array(sessions.keys), holders: locks) }

    mutating func take(_ shards: [Int], by session: Int32) -> [Int] {
        let free = shards.filter { locks[$0] == nil }
        for shard in free { locks[shard] = session }
        return free
    }

    mutating func give(_ shards: [Int], by session: Int32) { for shard in shards where locks[shard] == session { locks[shard] = nil } }

    mutating func exchange(delete: [RelayMachine.Deletion], read: [Int], known: Set<Int64>, page: Int) -> [OutboxRow] {
        for deletion in delete { rows[deletion.shard]?.removeAll { $0.position == deletion.position } }
        return read.flatMap { shard in (rows[shard] ?? []).lazy.filter { !known.contains($0.position) }.prefix(page) }
    }

    var isEmpty: Bool { open.isEmpty && rows.values.allSatisfy(\.isEmpty) }
}
