/// Writes one compact JSON object; names and raw values are ours and need no escaping, texts are anybody's.
struct JSONBody {
    private(set) var text = ""

    init() { text.reserveCapacity(640) }

    mutating func open() { text += "{" }
    mutating func close() { text += "}" }

    mutating func member(_ name: StaticString, raw value: String) {
        if text.utf8.last != UInt8(ascii: "{") { text += "," }
        text += "\"\(name)\":"
        text += value
    }

    mutating func member(_ name: StaticString, _ value: String?) { member(name, raw: value.map(Self.quoted) ?? "null") }
    mutating func member(_ name: StaticString, _ value: Int64?) { member(name, raw: value.map { String($0) } ?? "null") }

    static func array(_ texts: [String]) -> String { "[" + texts.map(quoted).joined(separator: ",") + "]" }

    static func quoted(_ value: String) -> String {
        var out = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
