/// A broker as far as producing goes: it reads a request, keeps what is in it, and answers.
struct ModelBroker {
    /// What came for each partition, in order, also where it was answered with an error.
    private(set) var came: [Place: [[UInt8]]] = [:]
    /// What was answered for the records of a partition.
    private(set) var said: [Place: [(records: [UInt8], answer: ProduceAnswer.Partition, throttle: Int32)]] = [:]
    private var nextOffset: [Place: Int64] = [:]

    /// What it says to a request, as `ProduceAnswer`.
    ///
    /// - Parameters:
    ///   - error: the error code for a partition.
    ///   - throttle: how long the client is asked to wait.
    /// - Throws: `Malformed` when a broker would not take it.
    mutating func answer(_ request: ProduceFrame, throttle: Int32 = 0, error: (Place) -> Int16 = { _ in 0 }) throws -> ProduceAnswer {
        guard (3...7).contains(request.version), request.acks != 0 else { throw Malformed("a request that this broker does not know") }
        var answer = ProduceAnswer(correlation: request.correlation, topics: [], throttle: throttle), seen: Set<Place> = []
        for (place, records) in request.batches {
            guard seen.insert(place).inserted else { throw Malformed("\(place) twice in a request") }
            came[place, default: []].append(records)
            let code = error(place)
            var partition = ProduceAnswer.Partition(index: place.partition, error: code, baseOffset: -1)
            if code == 0 {
                partition.baseOffset = nextOffset[place, default: Int64(place.partition) * 1000]
                nextOffset[place] = partition.baseOffset + 1
                partition.appendTime = partition.baseOffset * 7
                partition.startOffset = request.version >= 5 ? partition.baseOffset / 2 : 0
            }
            said[place, default: []].append((records, partition, throttle))
            // As Kafka does: a topic once, with all its partitions, in an order of its own.
            if let index = answer.topics.firstIndex(where: { $0.name == place.topic }) {
                answer.topics[index].partitions.insert(partition, at: 0)
            } else {
                answer.topics.insert(ProduceAnswer.Topic(name: place.topic, partitions: [partition]), at: 0)
            }
        }
        return answer
    }

    /// The same in bytes; another request than one to produce is answered with its own bytes, turned round.
    mutating func answer(bytes frame: [UInt8], throttle: Int32 = 0, error: (Place) -> Int16 = { _ in 0 }) throws -> [UInt8] {
        guard frame[4] == 0, frame[5] == 0 else { return Self.answerToOther(frame) }
        let request = try ProduceFrame(reading: frame)
        return try answer(request, throttle: throttle, error: error).bytes(version: request.version)
    }

    static func answerToOther(_ frame: [UInt8]) -> [UInt8] { (frame[8..<12] + frame.reversed()).framed }
}
