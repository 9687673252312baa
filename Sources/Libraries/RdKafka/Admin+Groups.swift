import CRdKafka

/// A consumer group as its coordinator sees it.
package struct ConsumerGroup: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package let id: String
        package let clientId: String
        package let host: String
    }

    package let name: String
    /// `Stable`, `Empty`, `PreparingRebalance`, `CompletingRebalance` or `Dead`.
    package let state: String
    package let members: [Member]
}

extension Admin {
    /// All consumer groups of the cluster, sorted by name.
    package func groups() async throws(KafkaError) -> [ConsumerGroup] { try await readGroups(named: nil) }

    /// One group; nil when nobody knows it.
    package func group(_ name: String) async throws(KafkaError) -> ConsumerGroup? {
        try await readGroups(named: name).first { $0.name == name && $0.state != "Dead" }
    }

    private func readGroups(named name: String?) async throws(KafkaError) -> [ConsumerGroup] {
        try await request { (client, timeout) throws(KafkaError) in
            var list: UnsafePointer<rd_kafka_group_list>?
            try unsafe KafkaError.check(rd_kafka_list_groups(client.pointer, name, &list, timeout.milliseconds))
            guard let list = unsafe list else { return [] }
            defer { unsafe rd_kafka_group_list_destroy(list) }
            let groups: [ConsumerGroup] = unsafe (0..<Int(list.pointee.group_cnt)).map { index in
                let group = unsafe list.pointee.groups[index]
                let members: [ConsumerGroup.Member] = unsafe (0..<Int(group.member_cnt)).map { number in
                    let member = unsafe group.members[number]
                    return unsafe ConsumerGroup.Member(
                        id: String(cString: member.member_id), clientId: String(cString: member.client_id), host: String(cString: member.client_host))
                }
                return unsafe ConsumerGroup(name: String(cString: group.group), state: String(cString: group.state), members: members)
            }
            return groups.sorted { $0.name < $1.name }
        }
    }
}
