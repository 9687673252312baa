/// One partition of one topic.
struct Place: Hashable {
    let topic: String
    let partition: Int32
}

/// A ProduceRequest as librdkafka writes it (Kafka protocol guide, "Produce API", versions 3 to 8).
struct ProduceFrame {
    var version: Int16 = 7
    var correlation: Int32
    var client: String? = "tests"
    var transaction: String?
    var acks: Int16 = -1
    var timeout: Int32 = 30_000
    var topics: [(name: String, partitions: [(index: Int32, records: [UInt8])])]

    /// For one partition; the records are told apart by the correlation id unless there are others.
    init(_ correlation: Int32, _ topic: String, _ partition: Int32 = 0, _ records: [UInt8]? = nil) {
        self.correlation = correlation
        var own: [UInt8] = []
        own.put(correlation)
        topics = [(topic, [(partition, records ?? own)])]
    }

    func with(_ change: (inout ProduceFrame) -> Void) -> ProduceFrame {
        var frame = self
        change(&frame)
        return frame
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.put(Int16(0))
        bytes.put(version)
        bytes.put(correlation)
        bytes.put(text: client)
        if version >= 3 { bytes.put(text: transaction) }
        bytes.put(acks)
        bytes.put(timeout)
        bytes.put(Int32(topics.count))
        for topic in topics {
            bytes.put(text: topic.name)
            bytes.put(Int32(topic.partitions.count))
            for partition in topic.partitions {
                bytes.put(partition.index)
                bytes.put(Int32(partition.records.count))
                bytes += partition.records
            }
        }
        return bytes.framed
    }

    /// Another request than one to produce.
    static func other(_ correlation: Int32, apiKey: Int16 = 3, _ body: [UInt8] = [1, 2, 3]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.put(apiKey)
        bytes.put(Int16(4))
        bytes.put(correlation)
        bytes.put(text: "tests")
        return (bytes + body).framed
    }
}

extension ProduceFrame {
    init(reading frame: [UInt8]) throws {
        var reader = try WireReader(frame: frame)
        guard try reader.number(Int16.self) == 0 else { throw Malformed("no ProduceRequest") }
        version = try reader.number(Int16.self)
        correlation = try reader.number(Int32.self)
        client = try reader.text()
        transaction = try reader.text()
        acks = try reader.number(Int16.self)
        timeout = try reader.number(Int32.self)
        topics = try reader.list { reader in
            guard let name = try reader.text() else { throw Malformed("a topic without a name") }
            return (name, try reader.list { reader in
                let index = try reader.number(Int32.self), length = try reader.number(Int32.self)
                return (index, try reader.bytes(Int(length)))
            })
        }
        guard reader.isAtEnd else { throw Malformed("bytes behind the end") }
    }

    /// What is in it, in its order.
    var batches: [(place: Place, records: [UInt8])] {
        topics.flatMap { topic in topic.partitions.map { (Place(topic: topic.name, partition: $0.index), $0.records) } }
    }
}
