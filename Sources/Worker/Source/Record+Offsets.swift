extension Collection where Element == Record {
    /// For each topic of these records, which are of one lane, the offset after its highest.
    var nextOffsets: [String: Int64] {
        var next: [String: Int64] = [:], last = "", end: Int64 = 0
        for record in self {
            if record.topic == last {
                end = Swift.max(end, record.offset + 1)
                continue
            }
            if !last.isEmpty { next[last] = end }
            last = record.topic
            end = Swift.max(next[last] ?? 0, record.offset + 1)
        }
        if !last.isEmpty { next[last] = end }
        return next
    }
}
