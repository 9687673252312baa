import Events
import Foundation
@testable import Ingest
import Simulator
import Testing

/// Bodies against the schemas: the vectors in Tests/Vectors/Payloads (their ids, names and links are invented) and all that the simulator sends.
@Suite("bodies") struct SampleTests {
    static let folder = SchemaSet.root.appendingPathComponent("Tests/Vectors/Payloads")
    static let files: [String] = ["", "variants/"].flatMap { part in
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(part).path)) ?? []).filter { $0.hasSuffix(".json") }.map { part + $0 }.sorted()
    }
    static func bytes(_ file: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appendingPathComponent(file))) }

    @Test func `are there for every type and for what is odd`() {
        #expect(Set(Self.files.filter { !$0.contains("/") }) == Set(EventType.allCases.map { $0.rawValue + ".json" }))
        #expect(Self.files.count == 58)
    }

    @Test(arguments: files.filter { !$0.contains("UNKNOWN") })
    func `of the samples are valid, and nothing in them is undescribed`(file: String) throws {
        let schemas = try SchemaSet.ours()
        let body = try JSON(Self.bytes(file))
        let schema = try #require(body["type"]?.text) + ".json"
        #expect(try SchemaValidator(schemas).problems(of: body, file: schema) == [])
        #expect(try undescribed(body, schemas.file(schema), schemas) == [])
    }

    @Test func `of a type that nobody knows yet have no schema and still a way`() throws {
        let bytes = try Self.bytes("variants/UNKNOWN.future_event.json")
        let type = try #require(try JSON(bytes)["type"]?.text)
        #expect(try SchemaSet.ours().files[type + ".json"] == nil)
        bytes.withUnsafeBytes { bytes in
            EnvelopeReader().route(bytes) { route in
                #expect(route.type == nil && route.reason == "unknown-type")
            }
        }
    }

    @Test func `of an early shape that Dodo's own models refuse are valid here and go where their type says`() throws {
        let bytes = try Self.bytes("variants/LEGACY.subscription.active.early_2026_shape.json")
        #expect(try JSON(bytes)["data"]?["brand_id"] == nil, "the sample is no early shape any more")
        bytes.withUnsafeBytes { bytes in EnvelopeReader().route(bytes) { route in #expect(route.type == .subscriptionActive) } }
    }

    @Test(arguments: BodySemantics.allCases) func `of the simulator are valid, and nothing in them is undescribed`(semantics: BodySemantics) throws {
        let seed = UInt64.random(in: 0 ... .max)
        let schemas = try SchemaSet.ours()
        let validator = SchemaValidator(schemas)
        let plan = DeliveryPlan(seed: seed, duplicates: 0.3, newerBodies: 0.8, semantics: semantics)
        var types: Set<EventType> = [], known: Set<String> = []
        // Some seeds leave a type out; the first one is known to have all.
        let stories = Story.customers(Chapter.allCases.count, seed: 20_261_124) + Story.customers(Chapter.allCases.count, seed: seed)
        for delivery in plan.deliveries(of: stories) {
            types.insert(delivery.type)
            let body = try JSON(delivery.body)
            let schema = delivery.typeName + ".json"
            #expect(try validator.problems(of: body, file: schema) == [], "seed \(seed), \(schema)")
            let fresh = paths(body).filter { known.insert(schema + " " + $0).inserted }
            for path in fresh { #expect(try !schemas.described(path, in: schemas.file(schema)).isEmpty, "\(schema) does not describe \(path)") }
        }
        #expect(types.count == 48, "seed \(seed)")
    }

    private func undescribed(_ body: JSON, _ schema: SchemaSet.Part, _ schemas: SchemaSet) throws -> [String] {
        try paths(body).filter { try schemas.described($0, in: schema).isEmpty }
    }

    /// Every path in a body, but for what merchants make up.
    private func paths(_ value: JSON, _ path: String = "") -> [String] {
        switch value {
        case .object(let members):
            return members.flatMap { member in
                let below = path.isEmpty ? member.name : path + "." + member.name
                return [below] + (member.name == "metadata" ? [] : paths(member.value, below))
            }
        case .array(let items): return Array(Set(items.flatMap { paths($0, path + "[]") })).sorted()
        default: return []
        }
    }
}
