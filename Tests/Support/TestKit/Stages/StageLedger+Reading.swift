import LibPQ

extension StageLedger {
    /// When a connection's plans are made: they are kept, and what they were made by soon is no longer true.
    package enum Beginning: CaseIterable, Sendable {
        /// By single events, on tables that PostgreSQL has never counted.
        case unknown
        /// By single events, on tables that were empty when PostgreSQL counted them.
        case empty
        /// By many events at once, on tables that were empty when PostgreSQL counted them: a start behind a long outage, or a rebuild.
        case backlog
    }

    /// How many rows PostgreSQL read for each of many events in batches of thousands, and at most for one event by itself once the tables were large.
    ///
    /// - Parameters:
    ///   - early: applied first, one by one or all at once, as plans are made.
    ///   - many: applied two thousand at a time.
    ///   - late: applied one by one.
    package func rowsRead(
        _ beginning: Beginning, early: [WrittenEvent], many: [WrittenEvent], late: [WrittenEvent]
    ) throws -> (eachOfMany: Int64, oneAlone: Int64) {
        if beginning != .unknown { try connection.execute("analyze") }
        for batch in beginning == .backlog ? [early] : early.map({ [$0] }) { try apply(batch) }
        let before = try connection.rowsReadSoFar()
        for start in stride(from: 0, to: many.count, by: 2000) { try apply(Array(many[start..<min(start + 2000, many.count)])) }
        let eachOfMany = try (connection.rowsReadSoFar() - before) / Int64(many.count)
        var oneAlone: Int64 = 0
        for event in late {
            let before = try connection.rowsReadSoFar()
            try apply([event])
            oneAlone = max(oneAlone, try connection.rowsReadSoFar() - before)
        }
        return (eachOfMany, oneAlone)
    }
}
