@testable import Billing
import Events
@testable import Ingest
import Testing
import Worker

/// The schemas against the code that reads events: what the schemas promise and what Billing takes are the same.
@Suite("schemas and code") struct AgreementTests {
    static func type(of kind: PayloadKind) -> EventType { EventType.allCases.first { $0.payload == kind }! }

    @Test(arguments: PayloadKind.allCases) func `every path that billing reads is described, with a type that it can read`(kind: PayloadKind) throws {
        let schemas = try SchemaSet.ours()
        let schema = try schemas.file(Self.type(of: kind).rawValue + ".json")
        for path in KindReader(kind).paths { #expect(try !schemas.described(path, in: schema).isEmpty, "\(path) is not described") }
        for column in Self.columns(of: kind) {
            let types = SchemaSet.types(try schemas.described(column.path, in: schema))
            let readable: Set<String> =
                switch column.content {
                case .text, .time, .decimal: ["string"]
                case .textOrNumber: ["string", "number", "integer"]
                case .wholeNumber: ["integer"]
                case .flag: ["boolean"]
                case .json: ["object"]
                }
            #expect(!types.isDisjoint(with: readable), "\(column.path): \(types)")
            #expect(types.subtracting(["null"]).isSubset(of: readable), "\(column.path): \(types)")
        }
    }

    @Test func `every field that decides an event's way is described as a text`() throws {
        let schemas = try SchemaSet.ours()
        for type in EventType.allCases {
            let schema = try schemas.file(type.rawValue + ".json")
            for path in EnvelopeReader.envelopePaths { #expect(try !schemas.described(path, in: schema).isEmpty, "\(type): \(path)") }
            let keys = try EntityKey.paths.filter { try !schemas.described($0, in: schema).isEmpty }
            #expect(!keys.isEmpty, "\(type) has no key")
            for key in keys { #expect(SchemaSet.types(try schemas.described(key, in: schema)).isSubset(of: ["string", "null"]), "\(type): \(key)") }
        }
        for path in EntityKey.paths {
            #expect(try EventType.allCases.contains { try !schemas.described(path, in: schemas.file($0.rawValue + ".json")).isEmpty }, "nothing has \(path)")
        }
    }

    @Test(arguments: EventType.allCases) func `exactly what identifies an entity is required`(type: EventType) throws {
        let schemas = try SchemaSet.ours()
        let parts = try schemas.described("data", in: schemas.file(type.rawValue + ".json"))
        let required = Set(parts.flatMap { $0.schema["required"]?.items?.compactMap(\.text) ?? [] })
        let keys = Self.columns(of: type.payload).filter { $0.need == .key && $0.path.hasPrefix("data.") && !$0.path.hasPrefix("data.customer.") }
        #expect(required == Set(keys.map { String($0.path.dropFirst("data.".count)) }))
    }

    /// Every field that a table wants, with every kind of wrong value in its place, through both: a dead letter of Billing is always invalid, and what is invalid is a dead
    /// letter unless Billing reads the field leniently (another form counts as missing there).
    @Test(arguments: PayloadKind.allCases) func `a changed sample is refused by the schema exactly where billing parks it`(kind: PayloadKind) throws {
        let type = Self.type(of: kind)
        let validator = SchemaValidator(try SchemaSet.ours())
        let sample = try JSON(SampleTests.bytes(type.rawValue + ".json"))
        try #require(Self.fault(type, sample) == nil)
        let columns = Self.columns(of: kind)
        var refused = 0
        for path in Set(columns.map(\.path) + ["type", "timestamp", "data"]).sorted() {
            let isLenient = columns.contains { $0.path == path } && columns.allSatisfy { $0.path != path || $0.need == .lenient }
            for value in Self.wrong {
                let body = try #require(sample.setting(path.split(separator: ".").map(String.init)[...], to: value))
                let fault = Self.fault(type, body)
                let problems = try validator.problems(of: body, file: type.rawValue + ".json")
                let what = "\(path) = \(value?.written ?? "missing"): billing \(fault?.reason ?? "takes it"), schema \(problems)"
                if fault != nil {
                    #expect(!problems.isEmpty, "\(what)")
                    refused += 1
                } else if !isLenient {
                    #expect(problems.isEmpty, "\(what)")
                }
            }
        }
        #expect(refused > 20)
    }

    /// Nil takes the field away.
    static let wrong: [JSON?] =
        [nil, .null, .bool(true), .array([]), .object([])]
        + ["7", "-3", "15.0", "1.5", "1e3", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e400"].map { .number($0) }
        + [
            "", "text", "12", "-12.50", "+1", "1.", ".5", "1e5", "NaN", "2026-11-01T10:00:00Z", "2026-11-01T10:00:00.123456789+05:30", "2026-02-29T10:00:00Z",
            "2026-11-01T10:00:00", "2026-11-01", "2026-11-01T24:00:00Z", "2026-11-01T10:00:00.1234567890Z",
        ].map { .string($0) }

    private static func columns(of kind: PayloadKind) -> [Column] { StateTable.written(by: kind).flatMap { StateTable.all[$0].columns } }

    /// What billing says of a body that came under the type's header.
    private static func fault(_ type: EventType, _ body: JSON) -> RecordFault? {
        let id = Array("msg_1".utf8), name = Array(type.rawValue.utf8), bytes = Array(body.written.utf8), hash = [UInt8](repeating: 7, count: 32)
        let result: Result<Void, RecordFault> = id.withUnsafeBytes { id in
            name.withUnsafeBytes { name in
                bytes.withUnsafeBytes { bytes in
                    hash.withUnsafeBytes { hash in
                        Result { () throws(RecordFault) in
                            try BillingHandler().makeBatch().add(IncomingEvent(
                                webhookId: id, typeName: name, body: bytes, eventTime: nil, attemptTime: Timestamp(seconds: 1_767_225_600), bodyHash: hash))
                        }
                    }
                }
            }
        }
        if case .failure(let fault) = result { return fault }
        return nil
    }
}
