import RdKafka
import Worker

/// What Kafka does for the workers: partitions, a consumer group with generations, committed offsets.
struct ModelKafka {
    static let topics = ["a", "b"]
    static let lanes: [Int32] = [0, 1, 2]
    static let partitions = lanes.flatMap { lane in topics.map { TopicPartition(topic: $0, partition: lane) } }

    private(set) var log: [TopicPartition: [ModelEvent]] = [:]
    private(set) var committed: [TopicPartition: Int64] = [:]
    /// Which records are in the database, by their offsets.
    private var applied: [TopicPartition: [Bool]] = [:]
    /// How far a partition is applied without a gap.
    private var appliedUpTo: [TopicPartition: Int64] = [:]

    // MARK: the group

    private(set) var generation = 0
    /// Those that the coordinator believes in.
    private var members: [Int] = []
    /// Those that have given up their partitions for the next generation.
    private var joined: Set<Int> = []
    private(set) var isRebalancing = false
    private var owners: [Int32: Int] = [:]

    mutating func append(id: Int, attempt: Int, body: Int, isPoison: Bool, to place: TopicPartition) {
        let offset = Int64(log[place]?.count ?? 0)
        log[place, default: []].append(ModelEvent(id: id, attempt: attempt, body: body, isPoison: isPoison, at: place, offset: offset))
        applied[place, default: []].append(false)
    }

    func event(of record: Record) -> ModelEvent { log[record.topicPartition, default: []][Int(record.offset)] }

    mutating func noteApplied(_ record: Record) {
        let place = record.topicPartition
        applied[place]?[Int(record.offset)] = true
        var end = Int(appliedUpTo[place] ?? 0)
        while let all = applied[place], end < all.count, all[end] { end += 1 }
        appliedUpTo[place] = Int64(end)
    }

    /// Takes a commit in, unless its sender is no member of this generation.
    ///
    /// - Throws: `Violation` when it passes a record that is not in the database.
    mutating func commit(_ offsets: [PartitionOffset], by member: Int, of generation: Int) throws(Violation) {
        guard generation == self.generation, members.contains(member) else { return }
        for offset in offsets {
            let place = offset.topicPartition
            guard offset.offset <= appliedUpTo[place] ?? 0 else {
                throw Violation("\(offset) was committed, but the database has \(place) only up to \(appliedUpTo[place] ?? 0)")
            }
            committed[place] = offset.offset
        }
    }

    /// Whether everything is in the database.
    var isApplied: Bool { log.allSatisfy { appliedUpTo[$0.key] == Int64($0.value.count) } }
    /// Whether Kafka knows that it is. A commit that is lost is only made good by a later one.
    var isCommitted: Bool { log.allSatisfy { committed[$0.key] == Int64($0.value.count) } }

    mutating func join(_ member: Int) {
        if !members.contains(member) { members.append(member) }
        joined.insert(member)
        isRebalancing = true
        settle()
    }

    /// A member left, or was silent for too long.
    mutating func leave(_ member: Int) {
        guard members.contains(member) else { return }
        members.removeAll { $0 == member }
        joined.remove(member)
        isRebalancing = !members.isEmpty
        for (lane, owner) in owners where owner == member { owners[lane] = nil }
        settle()
    }

    func isMember(_ member: Int) -> Bool { members.contains(member) }
    func hasJoined(_ member: Int) -> Bool { joined.contains(member) }

    /// The next generation begins when all members wait for it.
    private mutating func settle() {
        guard isRebalancing, !members.isEmpty, joined.count == members.count else { return }
        generation += 1
        isRebalancing = false
        joined = []
        for (index, lane) in Self.lanes.enumerated() { owners[lane] = members[index % members.count] }
    }

    func partitions(of member: Int) -> [TopicPartition] { Self.partitions.filter { owners[$0.partition] == member } }
}
