import JSONReader

/// A random JSON value that knows its own text, so that what a reader finds can be held against what was written.
struct RandomValue {
    var kind: FieldValue.Kind
    var text: [UInt8]
    /// Of a string, unescaped.
    var content = ""
    /// Of an object, in the order of the text, equal names included.
    var members: [(name: String, value: RandomValue)] = []
    var containsNUL = false

    /// What a path leads to; the last of equal names counts.
    func value(at path: ArraySlice<Substring>) -> RandomValue? {
        guard let name = path.first else { return self }
        return members.last { $0.name == name }?.value.value(at: path.dropFirst())
    }
}

/// Writes random objects: nested, with equal names, escapes where none are needed, white space, and numbers of every size.
struct DocumentWriter {
    /// Few names, so that they meet often. None of them are equal in Swift but different in bytes.
    static let names = ["a", "b", "c", "é", "\"q\\", "payment_id", "😀", "n\0l"]
    /// Every way of one to three names through them; what is nested deeper is read as part of these.
    static let paths: [String] = {
        let one = names, two = one.flatMap { first in names.prefix(5).map { first + "." + $0 } }
        return one + two + two.prefix(20).flatMap { first in names.prefix(4).map { first + "." + $0 } }
    }()

    var random: SeededGenerator

    mutating func document() -> RandomValue {
        var value = object(depth: 0)
        value.text = space() + value.text + space()
        return value
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func space() -> [UInt8] {
        guard chance(20) else { return [] }
        return (0..<Int.random(in: 1...3, using: &random)).map { _ in Array(" \t\r\n".utf8).randomElement(using: &random)! }
    }

    private mutating func value(depth: Int) -> RandomValue {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<30 where depth < 6: return object(depth: depth)
        case 30..<40 where depth < 6: return array(depth: depth)
        case 40..<60: return number()
        case 60..<75: return word()
        default: return string(content())
        }
    }

    private mutating func object(depth: Int) -> RandomValue {
        var result = RandomValue(kind: .object, text: Array("{".utf8) + space())
        for index in 0..<Int.random(in: 0...6, using: &random) {
            if index > 0 { result.text += Array(",".utf8) + space() }
            let name = string(Self.names.randomElement(using: &random)!), value = value(depth: depth + 1)
            result.text += name.text + space() + Array(":".utf8) + space() + value.text + space()
            result.members.append((name.content, value))
            result.containsNUL = result.containsNUL || name.containsNUL || value.containsNUL
        }
        result.text += Array("}".utf8)
        return result
    }

    private mutating func array(depth: Int) -> RandomValue {
        var result = RandomValue(kind: .array, text: Array("[".utf8) + space())
        for index in 0..<Int.random(in: 0...4, using: &random) {
            if index > 0 { result.text += Array(",".utf8) + space() }
            let value = value(depth: depth + 1)
            result.text += value.text + space()
            result.containsNUL = result.containsNUL || value.containsNUL
        }
        result.text += Array("]".utf8)
        return result
    }

    private mutating func word() -> RandomValue {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: RandomValue(kind: .null, text: Array("null".utf8))
        case 1: RandomValue(kind: .bool, text: Array("true".utf8))
        default: RandomValue(kind: .bool, text: Array("false".utf8))
        }
    }

    private mutating func digits(_ count: ClosedRange<Int>) -> String {
        String((0..<Int.random(in: count, using: &random)).map { _ in "0123456789".randomElement(using: &random)! })
    }

    private mutating func number() -> RandomValue {
        var text = chance(30) ? "-" : ""
        text += chance(30) ? "0" : "\(Int.random(in: 1...9, using: &random))" + digits(chance(10) ? 0...40 : 0...6)
        if chance(25) { text += "." + digits(1...8) }
        // Small enough for a double: Foundation refuses what none can hold.
        if chance(20) { text += ["e", "E"].randomElement(using: &random)! + ["", "+", "-"].randomElement(using: &random)! + digits(1...2) }
        return RandomValue(kind: .number, text: Array(text.utf8))
    }

    private mutating func content() -> String {
        let alphabet: [Character] = ["a", "Z", "0", " ", "/", "\"", "\\", "\n", "\t", "{", "}", "[", ",", ":", "é", "€", "😀", "\u{7F}", "\u{2028}", "\u{10FFFF}", "\u{1}", "\u{0}"]
        let length = chance(5) ? Int.random(in: 60...300, using: &random) : Int.random(in: 0...12, using: &random)
        return String((0..<length).map { _ in alphabet.randomElement(using: &random)! })
    }

    /// Escapes what must be, and now and then what need not be.
    private mutating func string(_ content: String) -> RandomValue {
        var text = "\""
        let eager = chance(20)
        for scalar in content.unicodeScalars {
            let must = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            guard must || (eager && chance(50)) else {
                text.unicodeScalars.append(scalar)
                continue
            }
            let short: [Unicode.Scalar: String] = ["\"": "\\\"", "\\": "\\\\", "/": "\\/", "\n": "\\n", "\t": "\\t"]
            if let two = short[scalar], chance(70) { text += two } else { for unit in String(scalar).utf16 { text += escape(unit) } }
        }
        return RandomValue(kind: .string, text: Array((text + "\"").utf8), content: content, containsNUL: content.unicodeScalars.contains("\0"))
    }

    private mutating func escape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16, uppercase: chance(50))
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}

/// Repeatable: one seed and one number, one sequence.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64, number: Int) { state = seed ^ UInt64(number) &* 0xA24B_AED4_963E_E407 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
