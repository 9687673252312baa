/// A strict JSON reader for these tests: nothing but the grammar, no white space allowed, as the bodies are to be compact.
indirect enum JSONValue: Equatable {
    case null, bool(Bool), number(String), string(String), array([JSONValue]), object([(String, JSONValue)])

    static func parse(_ bytes: [UInt8]) -> JSONValue? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var rest = Substring(text).unicodeScalars
        guard let value = read(&rest), rest.isEmpty else { return nil }
        return value
    }

    subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.0 == key }?.1
    }
    var keys: [String] { if case .object(let members) = self { members.map(\.0) } else { [] } }
    var text: String? { if case .string(let text) = self { text } else { nil } }

    static func == (left: JSONValue, right: JSONValue) -> Bool { "\(left)" == "\(right)" }

    private static func read(_ rest: inout Substring.UnicodeScalarView) -> JSONValue? {
        for (word, value) in [("null", JSONValue.null), ("true", .bool(true)), ("false", .bool(false))] where rest.starts(with: word.unicodeScalars) {
            rest.removeFirst(word.count)
            return value
        }
        switch rest.first {
        case "\"": return string(&rest).map { .string($0) }
        case "[":
            rest.removeFirst()
            var items: [JSONValue] = []
            if rest.first == "]" { rest.removeFirst(); return .array([]) }
            while let item = read(&rest) {
                items.append(item)
                switch rest.popFirst() {
                case ",": continue
                case "]": return .array(items)
                default: return nil
                }
            }
            return nil
        case "{":
            rest.removeFirst()
            var members: [(String, JSONValue)] = []
            if rest.first == "}" { rest.removeFirst(); return .object([]) }
            while let key = string(&rest), rest.popFirst() == ":", let value = read(&rest) {
                members.append((key, value))
                switch rest.popFirst() {
                case ",": continue
                case "}": return .object(members)
                default: return nil
                }
            }
            return nil
        default:
            let digits = rest.prefix { "-+.eE0123456789".unicodeScalars.contains($0) }
            rest.removeFirst(digits.count)
            return Double(String(digits)) == nil ? nil : .number(String(digits))
        }
    }

    private static func string(_ rest: inout Substring.UnicodeScalarView) -> String? {
        guard rest.popFirst() == "\"" else { return nil }
        var out = ""
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return out
            case "\\":
                guard let escaped = rest.popFirst(), "\"\\/bfnrtu".unicodeScalars.contains(escaped) else { return nil }
                out.unicodeScalars.append(escaped)
            case _ where scalar.value < 0x20: return nil
            default: out.unicodeScalars.append(scalar)
            }
        }
        return nil
    }
}
