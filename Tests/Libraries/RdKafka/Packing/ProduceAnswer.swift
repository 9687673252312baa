/// The answer to a ProduceRequest, versions 3 to 7 (Kafka protocol guide, "Produce API").
struct ProduceAnswer: Equatable {
    struct Partition: Equatable {
        var index: Int32
        var error: Int16 = 0
        var baseOffset: Int64 = 0
        var appendTime: Int64 = -1
        /// Not there before version 5.
        var startOffset: Int64 = 0
    }
    struct Topic: Equatable {
        var name: String
        var partitions: [Partition]
    }

    var correlation: Int32
    var topics: [Topic]
    var throttle: Int32 = 0

    func bytes(version: Int16) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.put(correlation)
        bytes.put(Int32(topics.count))
        for topic in topics {
            bytes.put(text: topic.name)
            bytes.put(Int32(topic.partitions.count))
            for partition in topic.partitions {
                bytes.put(partition.index)
                bytes.put(partition.error)
                bytes.put(partition.baseOffset)
                bytes.put(partition.appendTime)
                if version >= 5 { bytes.put(partition.startOffset) }
            }
        }
        bytes.put(throttle)
        return bytes.framed
    }

    func with(_ change: (inout ProduceAnswer) -> Void) -> ProduceAnswer {
        var answer = self
        change(&answer)
        return answer
    }
}

extension ProduceAnswer {
    init(reading frame: [UInt8], version: Int16) throws {
        var reader = try WireReader(frame: frame)
        correlation = try reader.number(Int32.self)
        topics = try reader.list { reader in
            guard let name = try reader.text() else { throw Malformed("a topic without a name") }
            let partitions = try reader.list { reader in
                Partition(
                    index: try reader.number(Int32.self), error: try reader.number(Int16.self), baseOffset: try reader.number(Int64.self),
                    appendTime: try reader.number(Int64.self), startOffset: version >= 5 ? try reader.number(Int64.self) : 0)
            }
            return Topic(name: name, partitions: partitions)
        }
        throttle = try reader.number(Int32.self)
        guard reader.isAtEnd else { throw Malformed("bytes behind the end") }
    }

    /// The one partition that it is about.
    func only() throws -> (place: Place, partition: Partition) {
        guard topics.count == 1, topics[0].partitions.count == 1 else { throw Malformed("an answer about more than was asked") }
        return (Place(topic: topics[0].name, partition: topics[0].partitions[0].index), topics[0].partitions[0])
    }
}
