/// Checks values against JSON Schema 2020-12, as far as our schemas use it. A keyword that it does not know is an error, so that nothing is silently unchecked.
///
/// Not for several threads: it keeps the patterns that it has compiled.
final class SchemaValidator {
    /// Where a value breaks its schema and how, without the value.
    struct Problem: Equatable, CustomStringConvertible {
        let path: String
        let keyword: String
        var description: String { "\(path.isEmpty ? "the value" : path) breaks \(keyword)" }
    }

    let schemas: SchemaSet
    private var patterns: [String: Regex<AnyRegexOutput>] = [:]

    init(_ schemas: SchemaSet) { self.schemas = schemas }

    /// - Returns: every problem; none when the value is valid.
    /// - Throws: `SchemaSet.Fault` when the schema itself is wrong.
    func problems(of value: JSON, file: String) throws(SchemaSet.Fault) -> [Problem] {
        var problems: [Problem] = []
        try check(value, schemas.file(file), at: "", &problems)
        return problems
    }

    private func check(_ value: JSON, _ part: SchemaSet.Part, at path: String, _ problems: inout [Problem]) throws(SchemaSet.Fault) {
        if case .bool(let allowed) = part.schema {
            if !allowed { problems.append(Problem(path: path, keyword: "false")) }
            return
        }
        guard let members = part.schema.members else { throw SchemaSet.Fault(description: "\(part.file): a schema is an object, true or false") }
        for member in members {
            let isMet = try meets(value, member.name, member.value, part, at: path, &problems)
            if !isMet { problems.append(Problem(path: path, keyword: member.name)) }
        }
    }

    /// Applies one keyword; problems of subschemas are added, those of the keyword itself are told.
    private func meets(
        _ value: JSON, _ keyword: String, _ operand: JSON, _ part: SchemaSet.Part, at path: String, _ problems: inout [Problem]
    ) throws(SchemaSet.Fault) -> Bool {
        func sub(_ schema: JSON) -> SchemaSet.Part { SchemaSet.Part(file: part.file, schema: schema) }
        func fault(_ what: String) -> SchemaSet.Fault { SchemaSet.Fault(description: "\(part.file): \(keyword) \(what)") }
        switch (keyword, operand) {
        case ("$schema", .string), ("$id", .string), ("title", .string), ("description", .string), ("$defs", .object), ("examples", .array),
            ("deprecated", .bool):
            return true
        case ("$ref", .string(let reference)): try check(value, schemas.resolve(reference, from: part), at: path, &problems)
        case ("allOf", .array(let schemas)): for schema in schemas { try check(value, sub(schema), at: path, &problems) }
        case ("anyOf", .array(let schemas)):
            for schema in schemas {
                var found: [Problem] = []
                try check(value, sub(schema), at: path, &found)
                if found.isEmpty { return true }
            }
            return false
        case ("type", .string(let type)): return try isOf(value, type, fault)
        case ("type", .array(let types)):
            for type in types where try isOf(value, type.text ?? "", fault) { return true }
            return false
        case ("const", _): return value == operand
        case ("enum", .array(let values)): return values.contains(value)
        case ("required", .array(let names)):
            guard let members = value.members else { return true }
            return names.allSatisfy { name in members.contains { $0.name == name.text } }
        case ("properties", .object(let properties)):
            for property in properties {
                if let member = value[property.name] { try check(member, sub(property.value), at: path + "." + property.name, &problems) }
            }
        case ("additionalProperties", _):
            for member in value.members ?? [] where part.schema["properties"]?[member.name] == nil {
                try check(member.value, sub(operand), at: path + "." + member.name, &problems)
            }
        case ("items", _):
            for (index, item) in (value.items ?? []).enumerated() { try check(item, sub(operand), at: path + "[\(index)]", &problems) }
        case ("minLength", .number(let bound)): return value.text.map { $0.unicodeScalars.count >= Int(bound) ?? 0 } ?? true
        case ("minimum", .number(let bound)): return Decimals.compare(value, bound).map { $0 >= 0 } ?? true
        case ("maximum", .number(let bound)): return Decimals.compare(value, bound).map { $0 <= 0 } ?? true
        case ("pattern", .string(let pattern)): return try value.text.map { (text) throws(SchemaSet.Fault) in try matches(text, pattern) } ?? true
        case ("format", .string("date-time")): return value.text.map(DateTime.isValid) ?? true
        default: throw fault("is no keyword of the subset, or has the wrong form")
        }
        return true
    }

    private func isOf(_ value: JSON, _ type: String, _ fault: (String) -> SchemaSet.Fault) throws(SchemaSet.Fault) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .string), ("array", .array), ("object", .object): return true
        case ("integer", .number(let text)): return Decimals.isWhole(text)
        case ("null", _), ("boolean", _), ("number", _), ("integer", _), ("string", _), ("array", _), ("object", _): return false
        default: throw fault("names the type \(type)")
        }
    }

    private func matches(_ text: String, _ pattern: String) throws(SchemaSet.Fault) -> Bool {
        if patterns[pattern] == nil { patterns[pattern] = try? Regex(pattern) }
        guard let regex = patterns[pattern] else { throw SchemaSet.Fault(description: "\(pattern) is no regular expression") }
        return text.firstMatch(of: regex) != nil
    }
}

/// Numbers by their text, exactly.
private enum Decimals {
    static func isWhole(_ text: String) -> Bool {
        guard let parts = parts(text) else { return false }
        return parts.exponent >= 0
    }

    /// Negative, zero or positive; nil when the value is no number. The bounds in use are whole numbers of 64 bits.
    static func compare(_ value: JSON, _ bound: String) -> Int? {
        guard case .number(let text) = value, let bound = Int64(bound) else { return nil }
        guard let parts = parts(text), parts.exponent >= 0, parts.digits.count + parts.exponent <= 19 else {
            return (Double(text) ?? 0) < Double(bound) ? -1 : 1
        }
        let digits = parts.digits + String(repeating: "0", count: parts.exponent)
        guard let number = Int64((parts.isNegative ? "-" : "") + (digits.isEmpty ? "0" : digits)) else { return parts.isNegative ? -1 : 1 }
        return number < bound ? -1 : (number == bound ? 0 : 1)
    }

    /// Digits without zeros at either end, and the power of ten that they are multiplied with.
    private static func parts(_ text: String) -> (isNegative: Bool, digits: String, exponent: Int)? {
        let halves = text.lowercased().split(separator: "e")
        guard let mantissa = halves.first, var exponent = halves.count == 2 ? Int(halves[1]) : 0 else { return nil }
        let sides = mantissa.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        exponent -= sides.count == 2 ? sides[1].count : 0
        var digits = sides.joined()
        while digits.hasSuffix("0"), !digits.isEmpty {
            digits.removeLast()
            exponent += 1
        }
        digits = String(digits.drop { $0 == "0" })
        return (mantissa.hasPrefix("-"), digits, digits.isEmpty ? 0 : exponent)
    }
}

/// The format `date-time`: RFC 3339 with a day that the calendar has. Written apart from `Timestamp`, which it is held against; by hand, for it is asked often.
private enum DateTime {
    static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        func number(_ start: Int, _ count: Int) -> Int? {
            let digits = bytes.dropFirst(start).prefix(count)
            guard digits.count == count, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
            return digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }
        }
        let marks: [(Int, String)] = [(4, "-"), (7, "-"), (10, "Tt"), (13, ":"), (16, ":")]
        guard bytes.count >= 20, marks.allSatisfy({ $0.1.utf8.contains(bytes[$0.0]) }), let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2)
        else { return false }
        var zone = bytes.dropFirst(19)
        if zone.first == UInt8(ascii: ".") {
            let fraction = zone.dropFirst().prefix { $0 >= 0x30 && $0 <= 0x39 }
            guard !fraction.isEmpty else { return false }
            zone = zone.dropFirst(1 + fraction.count)
        }
        let isLeap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), day >= 1, day <= days[month - 1], hour < 24, minute < 60, second <= 60, let first = zone.first else { return false }
        if zone.count == 1 { return "Zz".utf8.contains(first) }
        guard zone.count == 6, "+-".utf8.contains(first), zone[zone.startIndex + 3] == UInt8(ascii: ":"), let hours = number(zone.startIndex + 1, 2),
            let minutes = number(zone.startIndex + 4, 2)
        else { return false }
        return hours < 24 && minutes < 60
    }
}
