import Events
import JSONReader

/// Scans a verified body for what decides its way: type, time and key (DESIGN §6). Whatever the body holds, it gets a way. Belongs to one thread.
final class EnvelopeReader {
    /// Where a delivery goes. Views are lent until the next body is read.
    struct Route {
        /// The known type; nil sends it to the unrecognised topic.
        var type: EventType?
        /// Why it is not recognised; a word for a header. Nil when it is.
        var reason: String?
        /// Dodo's name of the type, known or not, when it can be a header.
        var typeName: UnsafeRawBufferPointer?
        /// The event's time as Dodo wrote it, when it is one.
        var time: UnsafeRawBufferPointer?
        /// The entity that keeps it in one lane; nil when it names none.
        var key: UnsafeRawBufferPointer?
    }

    private static let typeField = 0, timestampField = 1, dataField = 2, firstKeyField = 3
    static let envelopePaths = ["type", "timestamp", "data"]
    private let reader = JSONReader(FieldPlan(envelopePaths + EntityKey.paths))

    /// Reads a body and lends its route.
    func route(_ body: UnsafeRawBufferPointer, _ take: (Route) -> Void) {
        do throws(JSONFault) {
            try reader.read(body) { fields in take(Self.route(fields)) }
        } catch {
            take(Route(reason: "not-json/\(error.kind.rawValue)"))
        }
    }

    private static func route(_ fields: borrowing FieldValues) -> Route {
        var route = Route()
        if let time = fields[timestampField].text, time.count <= 40, Timestamp(rfc3339: time) != nil { route.time = time }
        for index in EntityKey.paths.indices {
            guard let text = fields[firstKeyField + index].text, !text.isEmpty, text.count <= EntityKey.maxBytes else { continue }
            route.key = text
            break
        }
        guard let name = fields[typeField].text, !name.isEmpty else {
            route.reason = fields[typeField].isMissing ? "no-type" : "type-is-no-text"
            return route
        }
        // A name is only worth a header when it looks like one.
        if name.count <= 200, name.allSatisfy({ $0 > 32 && $0 < 127 }) { route.typeName = name }
        guard let type = EventType(name) else {
            route.reason = "unknown-type"
            return route
        }
        guard fields[dataField].kind == .object else {
            route.reason = "data-is-no-object"
            return route
        }
        route.type = type
        return route
    }
}
