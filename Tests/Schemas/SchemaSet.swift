import Foundation

/// The files of `schemas/events`, by their paths below that folder.
struct SchemaSet {
    /// What every `$id` begins with; the rest of it is the file's path, so a relative reference means the same by address and by folder.
    static let base = "https://nicobar.example/schemas/events/"
    let files: [String: JSON]

    /// A part of a file: where references inside it lead is relative to that file.
    struct Part {
        let file: String
        let schema: JSON
    }
    struct Fault: Error, CustomStringConvertible { let description: String }

    static var root: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    init(files: [String: JSON]) { self.files = files }

    /// Reads the project's own.
    static func ours() throws -> SchemaSet {
        let folder = root.appendingPathComponent("schemas/events")
        var files: [String: JSON] = [:]
        for part in ["", "definitions/"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(part).path) where name.hasSuffix(".json") {
                files[part + name] = try JSON(Array(Data(contentsOf: folder.appendingPathComponent(part + name))))
            }
        }
        return SchemaSet(files: files)
    }

    func file(_ path: String) throws(Fault) -> Part {
        guard let schema = files[path] else { throw Fault(description: "there is no file \(path)") }
        return Part(file: path, schema: schema)
    }

    /// What a `$ref` in a part leads to.
    func resolve(_ reference: String, from part: Part) throws(Fault) -> Part {
        let halves = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var path = part.file
        if !halves[0].isEmpty {
            let folder = part.file.contains("/") ? String(part.file.prefix(through: part.file.lastIndex(of: "/")!)) : ""
            path = folder + halves[0]
        }
        var found = try file(path).schema
        for name in (halves.count == 2 ? halves[1] : "").split(separator: "/") {
            guard let next = found[String(name)] else { throw Fault(description: "\(part.file): \(reference) leads nowhere") }
            found = next
        }
        return Part(file: path, schema: found)
    }

    /// A part and all that holds beside it: where its references lead, and the members of its `allOf`.
    func whole(_ part: Part) throws(Fault) -> [Part] {
        var parts = [part]
        if let reference = part.schema["$ref"]?.text { parts += try whole(resolve(reference, from: part)) }
        for member in part.schema["allOf"]?.items ?? [] { parts += try whole(Part(file: part.file, schema: member)) }
        return parts
    }

    /// All that describes the member at a path such as `data.customer.email`; `[]` after a name means the elements of its list. Empty when nothing does.
    func described(_ path: String, in start: Part) throws(Fault) -> [Part] {
        var parts = try whole(start)
        for step in path.split(separator: ".") {
            let isList = step.hasSuffix("[]")
            let name = String(isList ? step.dropLast(2) : step)
            parts = try below(parts) { $0["properties"]?[name] }
            if isList { parts = try below(parts) { $0["items"] } }
        }
        return parts
    }

    private func below(_ parts: [Part], _ step: (JSON) -> JSON?) throws(Fault) -> [Part] {
        var found: [Part] = []
        for part in parts {
            if let schema = step(part.schema) { found += try whole(Part(file: part.file, schema: schema)) }
        }
        return found
    }

    /// The JSON types that all of these allow.
    static func types(_ parts: [Part]) -> Set<String> {
        parts.reduce(into: ["null", "boolean", "integer", "number", "string", "array", "object"]) { allowed, part in
            guard let type = part.schema["type"] else { return }
            allowed.formIntersection(type.items?.compactMap(\.text) ?? [type.text ?? ""])
        }
    }
}
