import Foundation

/// As much of JSON Schema 2020-12 as the files of `schemas/` use; a keyword that it does not know is a fault of the schema, so nothing passes unchecked.
struct SchemaCheck {
    private let schema: [String: Any]

    static var root: URL { URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent() }

    /// - Parameter path: relative to `schemas/`.
    init(_ path: String) throws {
        let data = try Data(contentsOf: Self.root.appendingPathComponent("schemas").appendingPathComponent(path))
        schema = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    /// The names of an object's members that the schema lists, at a path of `properties` and `items`.
    func names(_ path: String...) -> Set<String> {
        var node: Any? = schema
        for step in path { node = (node as? [String: Any])?[step] }
        return Set(((node as? [String: Any])?["properties"] as? [String: Any])?.keys.map { $0 } ?? [])
    }

    /// What is wrong with a document; empty when nothing is.
    func faults(_ json: [UInt8]) -> [String] {
        guard let value = try? JSONSerialization.jsonObject(with: Data(json)) else { return ["not JSON"] }
        return check(value, schema, "$")
    }

    private static let silent: Set = ["$schema", "$id", "title", "description", "default", "format"]

    private func check(_ value: Any, _ schema: [String: Any], _ place: String) -> [String] {
        var faults: [String] = []
        for (keyword, rule) in schema where !Self.silent.contains(keyword) {
            switch (keyword, rule) {
            case ("type", let rule):
                let types = rule as? [String] ?? [rule as? String ?? ""]
                if !types.contains(where: { Self.isOf($0, value) }) { faults.append("\(place) is not \(types)") }
            case ("enum", let allowed as [String]): if !allowed.contains(value as? String ?? "") { faults.append("\(place) is not one of \(allowed)") }
            case ("const", let wanted as String): if value as? String != wanted { faults.append("\(place) is not \(wanted)") }
            case ("minLength", let least as Int): if let text = value as? String, text.count < least { faults.append("\(place) is too short") }
            case ("maxLength", let most as Int): if let text = value as? String, text.count > most { faults.append("\(place) is too long") }
            case ("minimum", let least as Int): if let number = value as? NSNumber, number.intValue < least { faults.append("\(place) is too small") }
            case ("maximum", let most as Int): if let number = value as? NSNumber, number.intValue > most { faults.append("\(place) is too large") }
            case ("maxItems", let most as Int): if let items = value as? [Any], items.count > most { faults.append("\(place) has too many items") }
            case ("uniqueItems", _): if let items = value as? [String], Set(items).count != items.count { faults.append("\(place) has an item twice") }
            case ("pattern", let pattern as String):
                if let text = value as? String, text.range(of: pattern, options: .regularExpression) == nil { faults.append("\(place) does not match \(pattern)") }
            case ("items", let rule as [String: Any]):
                for (index, item) in (value as? [Any] ?? []).enumerated() { faults += check(item, rule, "\(place)[\(index)]") }
            case ("properties", let rules as [String: Any]):
                for (name, member) in value as? [String: Any] ?? [:] {
                    if let rule = rules[name] as? [String: Any] { faults += check(member, rule, "\(place).\(name)") }
                }
            case ("required", let names as [String]):
                if let object = value as? [String: Any] { for name in names where object[name] == nil { faults.append("\(place).\(name) is missing") } }
            case ("additionalProperties", _):
                let known = (schema["properties"] as? [String: Any])?.keys.map { $0 } ?? []
                for name in (value as? [String: Any] ?? [:]).keys where !known.contains(name) { faults.append("\(place).\(name) is not known") }
            default: faults.append("the schema has a keyword \(keyword) that this check does not know")
            }
        }
        return faults
    }

    private static func isOf(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "null": value is NSNull
        case "string": value is String
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "integer": (value as? NSNumber).map { !(value is Bool && CFBooleanLike($0)) && $0.doubleValue == $0.doubleValue.rounded() } ?? false
        case "boolean": (value as? NSNumber).map(CFBooleanLike) ?? false
        default: false
        }
    }

    private static func CFBooleanLike(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
