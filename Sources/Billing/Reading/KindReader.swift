import Events
import JSONReader
import Worker

/// Reads the events of one payload kind: every field that any table of the kind wants, in one pass over the body. Belongs to one thread.
final class KindReader {
    let kind: PayloadKind
    /// The tables to write, as indices of `StateTable.all`, each with how its columns are read.
    let tables: [(index: Int, columns: [ColumnPlan])]
    private let reader: JSONReader
    private let statusField: Int?

    /// The envelope comes first.
    private static let envelope = ["type", "timestamp", "business_id", "data"]
    static let typeField = 0, timestampField = 1, businessField = 2, dataField = 3

    init(_ kind: PayloadKind) {
        self.kind = kind
        var paths = Self.envelope
        func place(_ path: String) -> Int {
            if let known = paths.firstIndex(of: path) { return known }
            paths.append(path)
            return paths.count - 1
        }
        tables = StateTable.written(by: kind).map { index in
            (index, StateTable.all[index].columns.map { ColumnPlan(place: place($0.path), content: $0.content, need: $0.need, isIndexed: $0.isIndexed) })
        }
        statusField = kind.statusField.map { place("data.\($0)") }
        reader = JSONReader(FieldPlan(paths))
    }

    /// All that is read, the envelope included, for the tests that hold it against the schemas.
    var paths: [String] { reader.plan.paths }

    /// Reads a body and lends what it holds.
    ///
    /// - Parameter take: gets the fields and the version of the state they tell.
    /// - Throws: `RecordFault` when the body is no JSON object, holds a NUL or lacks the envelope, or what `take` found.
    func read(_ event: IncomingEvent, _ take: (borrowing FieldValues, StateVersion) throws(RecordFault) -> Void) throws(RecordFault) {
        let found: Result<Void, RecordFault>
        do throws(JSONFault) {
            found = try reader.read(event.body) { fields in
                Result { () throws(RecordFault) in try take(fields, try version(of: event, fields)) }
            }
        } catch {
            throw RecordFault(reason: "not-json", detail: "the body is \(error)")
        }
        try found.get()
    }

    /// How new the state is that an event tells, once the envelope has been found whole.
    private func version(of event: IncomingEvent, _ fields: borrowing FieldValues) throws(RecordFault) -> StateVersion {
        // PostgreSQL stores no NUL in a text, and a document with one could never be read as jsonb.
        guard !fields.containsNUL else { throw RecordFault(reason: "nul-character", detail: "the body holds the character U+0000, which PostgreSQL cannot store") }
        guard let text = fields[Self.timestampField].text, let eventTime = Timestamp(rfc3339: text) else {
            throw RecordFault(reason: "no-timestamp", detail: "timestamp is missing or not a time as RFC 3339 has it, so nothing says how new the event is")
        }
        guard fields[Self.dataField].kind == .object else { throw RecordFault(reason: "missing-field", detail: "data is not an object") }
        var rank = StatusRank.unknown
        if let statusField, let status = fields[statusField].text { rank = StatusRank.of(status, kind) }
        return StateVersion(eventTime: eventTime, attemptTime: event.attemptTime, rank: rank, bodyHash: event.bodyHash)
    }
}
