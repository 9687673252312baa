extension Collection where Element == Record {
    /// The runs of records of one topic, as fetching gives them: the first of each, and the offset after its highest.
    ///
    /// All records are of one lane, so topic and partition change together. A topic may have several runs.
    var topicRuns: [(first: Record, next: Int64)] {
        var runs: [(first: Record, next: Int64)] = []
        for record in self {
            if let last = runs.indices.last, runs[last].first.topic == record.topic {
                runs[last].next = Swift.max(runs[last].next, record.offset + 1)
            } else {
                runs.append((record, record.offset + 1))
            }
        }
        return runs
    }
}
