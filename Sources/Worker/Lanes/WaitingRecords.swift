/// The records of a lane that wait: a queue for each topic, emptied together in the order of their time.
///
/// Kafka gives a consumer that catches up many records of one topic, then many of the next. Taken so, a subscription would be cancelled before it was made:
/// right in the end, but with state written that was old already, and told to others. So of the records at hand the oldest comes first.
struct WaitingRecords {
    private struct Queue {
        let topic: String
        var records: [Record] = []
        var head = 0

        var count: Int { records.count - head }
    }

    private var queues: [Queue] = []
    /// The time of each queue's next record, milliseconds since 1970; `.max` of an empty one. Beside the queues, since all are looked at for each record.
    private var times: [Int64] = []
    private var lastQueue = 0
    private(set) var count = 0
    private(set) var bytes = 0

    /// The time of the next record, milliseconds since 1970; nil when none waits.
    var oldestMilliseconds: Int64? { count == 0 ? nil : times.min() }

    mutating func append(_ record: Record) {
        // Fetching gives runs of one topic.
        if queues.isEmpty || queues[lastQueue].topic != record.topic { lastQueue = queue(of: record.topic) }
        if queues[lastQueue].count == 0 { times[lastQueue] = record.timestampMilliseconds }
        queues[lastQueue].records.append(record)
        count += 1
        bytes += record.body.count
    }

    /// Takes the oldest records, those of one topic in their order; the first however large it is.
    mutating func take(max: Int, maxBytes: Int) -> [Record] {
        var taken: [Record] = [], size = 0
        taken.reserveCapacity(Swift.min(max, count))
        while taken.count < max, count > 0 {
            let (first, second) = twoOldest()
            // Until another topic's turn comes, nobody else need be looked at.
            repeat {
                let record = queues[first].records[queues[first].head]
                size += record.body.count
                if size > maxBytes, !taken.isEmpty { return taken }
                taken.append(record)
                drop(from: first)
            } while times[first] <= second && times[first] != .max && taken.count < max
        }
        return taken
    }

    mutating func removeAll() { self = WaitingRecords() }

    /// The queue with the oldest record, and the time of the next one's.
    private func twoOldest() -> (first: Int, second: Int64) {
        var first = 0, oldest = Int64.max, second = Int64.max
        for (index, time) in times.enumerated() {
            if time < oldest {
                second = oldest
                oldest = time
                first = index
            } else if time < second {
                second = time
            }
        }
        return (first, second)
    }

    private mutating func drop(from index: Int) {
        count -= 1
        bytes -= queues[index].records[queues[index].head].body.count
        queues[index].head += 1
        if queues[index].count == 0 {
            queues[index].records.removeAll(keepingCapacity: queues[index].records.capacity <= 1024)
            queues[index].head = 0
            times[index] = .max
            return
        }
        if queues[index].head >= 64, queues[index].head * 2 >= queues[index].records.count {
            queues[index].records.removeFirst(queues[index].head)
            queues[index].head = 0
        }
        times[index] = queues[index].records[queues[index].head].timestampMilliseconds
    }

    private mutating func queue(of topic: String) -> Int {
        if let index = queues.firstIndex(where: { $0.topic == topic }) { return index }
        queues.append(Queue(topic: topic))
        times.append(.max)
        return queues.count - 1
    }
}
