/// The records of a lane that wait: a queue for each topic, emptied together in the order of their time.
///
/// Kafka gives a consumer that catches up many records of one topic, then many of the next. Taken so, a subscription would be cancelled before it was made:
/// right in the end, but with state written that was old already, and told to others. So of the records at hand the oldest comes first.
///
/// All queues are linked through one set of places, which is as large as the lane ever was: an array for each topic keeps the most that topic ever had,
/// and together that was eight times what waited.
struct WaitingRecords {
    private struct Queue {
        let topic: String
        /// Places of its first and its last record; only the first says whether there are any.
        var first = WaitingRecords.none
        var last = WaitingRecords.none
    }

    private struct Place {
        /// Nil while nothing waits here.
        var record: Record?
        /// The place of the same topic's next record; of an empty place, the next empty one.
        var next = WaitingRecords.none
    }

    /// No place.
    private static let none = -1

    private var places: [Place] = []
    private var firstEmpty = Self.none
    private var queues: [Queue] = []
    /// The time of each queue's next record, milliseconds since 1970; `.max` of an empty one. Beside the queues, since all are looked at for each record.
    private var times: [Int64] = []
    private var lastQueue = 0
    private(set) var count = 0
    private(set) var bytes = 0

    /// How many records there is memory for: the most that waited at one time.
    var placeCount: Int { places.count }

    /// The time of the next record, milliseconds since 1970; nil when none waits.
    var oldestMilliseconds: Int64? { count == 0 ? nil : times.min() }

    mutating func append(_ record: Record) {
        // Fetching gives runs of one topic.
        if queues.isEmpty || queues[lastQueue].topic != record.topic { lastQueue = queue(of: record.topic) }
        let place = put(record)
        if queues[lastQueue].first == Self.none {
            queues[lastQueue].first = place
            times[lastQueue] = record.timestampMilliseconds
        } else {
            places[queues[lastQueue].last].next = place
        }
        queues[lastQueue].last = place
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
                guard let record = places[queues[first].first].record else { preconditionFailure("a queue begins at an empty place") }
                size += record.body.count
                if size > maxBytes, !taken.isEmpty { return taken }
                taken.append(record)
                drop(record, from: first)
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

    private mutating func put(_ record: Record) -> Int {
        guard firstEmpty != Self.none else {
            places.append(Place(record: record))
            return places.count - 1
        }
        let place = firstEmpty
        firstEmpty = places[place].next
        places[place] = Place(record: record)
        return place
    }

    /// Empties the first place of a queue, which holds this record.
    private mutating func drop(_ record: Record, from index: Int) {
        let place = queues[index].first, next = places[place].next
        places[place] = Place(record: nil, next: firstEmpty)
        firstEmpty = place
        queues[index].first = next
        times[index] = next == Self.none ? .max : places[next].record?.timestampMilliseconds ?? .max
        count -= 1
        bytes -= record.body.count
    }

    private mutating func queue(of topic: String) -> Int {
        if let index = queues.firstIndex(where: { $0.topic == topic }) { return index }
        queues.append(Queue(topic: topic))
        times.append(.max)
        return queues.count - 1
    }
}
