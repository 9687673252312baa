package import LibPQ

/// What to do with a transaction that failed (DESIGN §8). Told from the SQLSTATE alone.
package enum Remedy: Sendable, Equatable {
    /// The world is in the way: wait, then the same again.
    case wait
    /// One of its records is at fault: find it.
    case split
    /// Another process took the lane.
    case retake

    /// A statement that the schema does not understand is nobody's record: a migration may be under way, so it waits and says so.
    package init(for error: PostgresError) {
        if error.sqlstate == "NB001" { self = .retake } else { self = error.kind == .record ? .split : .wait }
    }
}

extension RecordFault {
    /// Why PostgreSQL does not take a record, without anything of its content.
    package init(refusal error: PostgresError) {
        let place = [error.constraint.map { "constraint \($0)" }, error.table.map { "table \($0)" }, error.column.map { "column \($0)" }].compactMap(\.self)
        self.init(
            reason: "postgres-\(error.sqlstate ?? "unknown")",
            detail: "PostgreSQL does not take it (SQLSTATE \(error.sqlstate ?? "?"))" + (place.isEmpty ? "" : ": " + place.joined(separator: ", ")))
    }
}
