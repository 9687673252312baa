/// Which processes relay and which shards they hold, as PostgreSQL's table of locks shows it at one moment.
///
/// All relays see the same table and count alike, so each knows its share without anybody who tells it.
package struct ShardView: Sendable, Equatable {
    /// How many shards there are: `outbox_shard_in_range` in schema `worker`.
    package static let shards = 16

    /// The server processes of all relays, rising.
    package let members: [Int32]
    /// Who holds a shard; shards that nobody holds are missing.
    package let holders: [Int: Int32]

    package init(members: [Int32], holders: [Int: Int32]) {
        self.members = Set(members).sorted()
        self.holders = holders
    }

    /// How many shards are a member's share: as many for each, one more for the first ones where it does not come out even.
    package func quota(of member: Int32) -> Int {
        guard let rank = members.firstIndex(of: member) else { return 0 }
        return Self.shards / members.count + (rank < Self.shards % members.count ? 1 : 0)
    }

    /// The shards that nobody holds, beginning at another place for each member, so that few want the same.
    package func free(for member: Int32) -> [Int] {
        let start = (members.firstIndex(of: member) ?? 0) * Self.shards / max(1, members.count)
        return (0..<Self.shards).map { ($0 + start) % Self.shards }.filter { holders[$0] == nil }
    }
}
