/// A JSON value as these tests read it: numbers keep their text, objects their order, and a name twice in one object is an error.
indirect enum JSON: Equatable, Sendable {
    case null, bool(Bool), number(String), string(String), array([JSON]), object([Member])

    struct Member: Equatable, Sendable {
        let name: String
        let value: JSON
    }
    struct Malformed: Error { let offset: Int }

    init(_ text: [UInt8]) throws(Malformed) {
        var reader = Reader(text)
        self = try reader.value()
        reader.skipSpace()
        guard reader.at == text.count else { throw reader.fault }
    }

    subscript(name: String) -> JSON? { members?.first { $0.name == name }?.value }
    var members: [Member]? { if case .object(let members) = self { members } else { nil } }
    var items: [JSON]? { if case .array(let items) = self { items } else { nil } }
    var text: String? { if case .string(let text) = self { text } else { nil } }

    /// The same with the value at a path replaced, or taken away for nil; objects that are missing on the way are made.
    func setting(_ path: ArraySlice<String>, to value: JSON?) -> JSON? {
        guard let name = path.first else { return value }
        var members = self.members ?? []
        let changed = (self[name] ?? .object([])).setting(path.dropFirst(), to: value)
        let index = members.firstIndex { $0.name == name }
        switch (index, changed) {
        case (let index?, let changed?): members[index] = Member(name: name, value: changed)
        case (let index?, nil): members.remove(at: index)
        case (nil, let changed?): members.append(Member(name: name, value: changed))
        case (nil, nil): break
        }
        return .object(members)
    }

    /// Compact JSON.
    var written: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let text): text
        case .string(let text): Self.quoted(text)
        case .array(let items): "[" + items.map(\.written).joined(separator: ",") + "]"
        case .object(let members): "{" + members.map { Self.quoted($0.name) + ":" + $0.value.written }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case let scalar where scalar.value < 0x20: result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

private struct Reader {
    let text: [UInt8]
    var at = 0
    init(_ text: [UInt8]) { self.text = text }

    var fault: JSON.Malformed { JSON.Malformed(offset: at) }
    private var next: UInt8? { at < text.count ? text[at] : nil }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private mutating func takes(_ word: String) -> Bool {
        guard text[at...].starts(with: word.utf8) else { return false }
        at += word.utf8.count
        return true
    }

    mutating func value() throws(JSON.Malformed) -> JSON {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        default:
            if takes("null") { return .null }
            if takes("true") { return .bool(true) }
            if takes("false") { return .bool(false) }
            let digits = text[at...].prefix { "-+.eE0123456789".utf8.contains($0) }
            guard Double(String(decoding: digits, as: UTF8.self)) != nil else { throw fault }
            at += digits.count
            return .number(String(decoding: digits, as: UTF8.self))
        }
    }

    private mutating func object() throws(JSON.Malformed) -> [JSON.Member] {
        at += 1
        var members: [JSON.Member] = []
        skipSpace()
        if takes("}") { return members }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fault }
            let name = try string()
            skipSpace()
            guard takes(":"), !members.contains(where: { $0.name == name }) else { throw fault }
            members.append(JSON.Member(name: name, value: try value()))
            skipSpace()
            if takes("}") { return members }
            guard takes(",") else { throw fault }
        }
    }

    private mutating func array() throws(JSON.Malformed) -> [JSON] {
        at += 1
        var items: [JSON] = []
        skipSpace()
        if takes("]") { return items }
        while true {
            items.append(try value())
            skipSpace()
            if takes("]") { return items }
            guard takes(",") else { throw fault }
        }
    }

    private mutating func string() throws(JSON.Malformed) -> String {
        at += 1
        var bytes: [UInt8] = []
        while let byte = next {
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes, as: UTF8.self) else { throw fault }
                return text
            case UInt8(ascii: "\\"): bytes += try escape()
            case 0..<0x20: throw fault
            default: bytes.append(byte)
            }
        }
        throw fault
    }

    private mutating func escape() throws(JSON.Malformed) -> [UInt8] {
        for (letter, meaning) in [("\"", 0x22), ("\\", 0x5C), ("/", 0x2F), ("b", 8), ("f", 12), ("n", 10), ("r", 13), ("t", 9)] as [(String, UInt8)] where takes(letter) {
            return [meaning]
        }
        guard takes("u"), at + 4 <= text.count, let code = UInt32(String(decoding: text[at..<at + 4], as: UTF8.self), radix: 16),
            let scalar = Unicode.Scalar(code)
        else { throw fault }
        at += 4
        return Array(String(Character(scalar)).utf8)
    }
}
