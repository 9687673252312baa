import Events
import Schemas
import Testing

/// The files themselves.
@Suite("the event schemas") struct FileTests {
    @Test func `are one for each topic of an event type, found where the topic contract says`() throws {
        let schemas = try SchemaSet.ours()
        let contract = try TopicContract(mode: .live)
        for type in EventType.allCases {
            let topic = try #require(contract.topics.first { $0.name == contract.topicName(for: type) })
            let path = try #require(topic.schema, "\(topic.name) has no schema")
            #expect(path == "events/\(type.rawValue).json")
            let part = try schemas.file(String(path.dropFirst("events/".count)))
            #expect(part.schema["title"]?.text == type.rawValue)
            #expect(part.schema["properties"]?["type"]?["const"]?.text == type.rawValue)
        }
        #expect(schemas.files.keys.filter { !$0.contains("/") && !$0.hasPrefix("nicobar.") }.count == EventType.allCases.count)
        #expect(contract.topics.first { $0.name == contract.unrecognised }?.schema == nil, "anything may come there")
    }

    @Test func `say their dialect, their address and what they are`() throws {
        for (path, schema) in try SchemaSet.ours().files {
            #expect(schema["$schema"]?.text == "https://json-schema.org/draft/2020-12/schema", "\(path)")
            #expect(schema["$id"]?.text == SchemaSet.base + path)
            #expect(schema["title"]?.text?.isEmpty == false && schema["description"]?.text?.isEmpty == false, "\(path)")
        }
    }

    /// Walks every part, also those that no sample reaches, and checks a value of each kind against it: the validator throws on what it does not know.
    @Test func `use known keywords, references that lead somewhere, and describe every field`() throws {
        let schemas = try SchemaSet.ours()
        var parts = 0
        func walk(_ part: SchemaSet.Part, _ path: String) throws {
            parts += 1
            for value in [JSON.null, .string("x"), .number("1"), .array([]), .object([])] {
                _ = try SchemaValidator(SchemaSet(files: schemas.files.merging([part.file: part.schema.withDefinitions(of: schemas.files[part.file])]) { $1 }))
                    .problems(of: value, file: part.file)
            }
            for name in ["properties", "$defs"] {
                for member in part.schema[name]?.members ?? [] {
                    let child = SchemaSet.Part(file: part.file, schema: member.value)
                    let whole = try schemas.whole(child)
                    #expect(whole.contains { $0.schema["description"] != nil || $0.schema["const"] != nil }, "\(part.file)\(path)/\(member.name) is not described")
                    try walk(child, "\(path)/\(member.name)")
                }
            }
            for item in [part.schema["items"], part.schema["additionalProperties"]].compactMap({ $0 }) + (part.schema["allOf"]?.items ?? []) {
                try walk(SchemaSet.Part(file: part.file, schema: item), path + "/*")
            }
        }
        for path in schemas.files.keys.sorted() { try walk(schemas.file(path), "") }
        #expect(parts > 400)
    }

    @Test func `say the unit of every amount, and which field holds its currency`() throws {
        let schemas = try SchemaSet.ours()
        var amounts = 0
        func walk(_ schema: JSON, siblings: [String], _ path: String) {
            if let reference = schema["$ref"]?.text, reference.hasPrefix("money.json#/$defs/minorUnits") {
                amounts += 1
                let words = schema["description"]?.text ?? ""
                let field = words.firstMatch(of: /minor units of (\w+)/).map { String($0.1) }
                #expect(field.map { siblings.contains($0) } == true, "\(path): '\(words)' names no currency beside it")
            }
            let names = (schema["properties"]?.members ?? []).map(\.name)
            for member in schema["properties"]?.members ?? [] { walk(member.value, siblings: names, path + "." + member.name) }
            for member in schema["$defs"]?.members ?? [] { walk(member.value, siblings: [], path + "." + member.name) }
            if let items = schema["items"] { walk(items, siblings: [], path + "[]") }
        }
        for (path, schema) in schemas.files { walk(schema, siblings: [], path) }
        #expect(amounts >= 12)
    }
}

private extension JSON {
    /// A part standing alone, with the definitions that its references may need.
    func withDefinitions(of file: JSON?) -> JSON {
        guard case .object(let members) = self, self["$defs"] == nil, let definitions = file?["$defs"] else { return self }
        return .object(members + [Member(name: "$defs", value: definitions)])
    }
}
