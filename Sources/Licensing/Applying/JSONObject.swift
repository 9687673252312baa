/// A JSON object as it is written, member by member, compact. Names are ours and hold nothing that would be escaped.
struct JSONObject {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    mutating func add(_ name: StaticString, _ text: String?) {
        open(name)
        guard let text else { return bytes.append(contentsOf: "null".utf8) }
        Self.quote(text, &bytes)
    }

    mutating func add(_ name: StaticString, _ number: Int64?) {
        open(name)
        bytes.append(contentsOf: (number.map { String($0) } ?? "null").utf8)
    }

    /// A value that is JSON already.
    mutating func add(_ name: StaticString, json: String) {
        open(name)
        bytes.append(contentsOf: json.utf8)
    }

    /// A name that comes from outside.
    mutating func add(name: String, _ number: Int64) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        Self.quote(name, &bytes)
        bytes.append(contentsOf: ":\(number)".utf8)
    }

    consuming func finish() -> [UInt8] { bytes + [UInt8(ascii: "}")] }

    consuming func text() -> String { String(decoding: finish(), as: UTF8.self) }

    private mutating func open(_ name: StaticString) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: "\":".utf8)
    }

    private static func quote(_ text: String, _ out: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
            case 0..<32: out += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}
