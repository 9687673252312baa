/// Writes compact JSON (no white space, slashes unescaped: FACTS 13.1) into one growing buffer.
///
/// Commas are placed by looking at the last byte, so members can be written in any order and nested at will.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func raw(_ rendered: [UInt8]) { bytes.append(contentsOf: rendered) }

    mutating func openObject() { bytes.append(UInt8(ascii: "{")) }
    mutating func closeObject() { bytes.append(UInt8(ascii: "}")) }
    mutating func openArray() { bytes.append(UInt8(ascii: "[")) }
    mutating func closeArray() { bytes.append(UInt8(ascii: "]")) }

    /// The comma between members or elements, where one is needed.
    mutating func separate() {
        if let last = bytes.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "["), last != UInt8(ascii: ":") { bytes.append(UInt8(ascii: ",")) }
    }

    /// Starts a member; the key must need no escaping.
    mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        raw(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// A member whose value is already JSON.
    mutating func member(_ name: StaticString, raw value: StaticString) {
        key(name)
        raw(value)
    }

    mutating func member(_ name: StaticString, rendered value: [UInt8]) {
        key(name)
        raw(value)
    }

    mutating func member(_ name: StaticString, _ value: String?) {
        key(name)
        if let value { string(value) } else { raw("null") }
    }

    mutating func member(_ name: StaticString, _ value: Int64?) {
        key(name)
        if let value { integer(value) } else { raw("null") }
    }

    mutating func member(_ name: StaticString, _ value: Bool) { member(name, raw: value ? "true" : "false") }

    mutating func member(_ name: StaticString, _ value: StoryTime?) {
        key(name)
        guard let value else { return raw("null") }
        bytes.append(UInt8(ascii: "\""))
        time(value)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            if utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                bytes.append(contentsOf: utf8)
                return
            }
            for byte in utf8 {
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\")); bytes.append(byte)
                case 0..<0x20: bytes.append(contentsOf: Array("\\u00".utf8) + [Self.hex(byte >> 4), Self.hex(byte & 15)])
                default: bytes.append(byte)
                }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func integer(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var magnitude = value.magnitude
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(magnitude % 10))
            magnitude /= 10
        } while magnitude > 0
        bytes[start...].reverse()
    }

    /// RFC 3339 in UTC with no, 3 or 6 fraction digits, all of which Dodo sends (FACTS 1).
    mutating func time(_ time: StoryTime) {
        let seconds = time.microseconds / 1_000_000, fraction = time.microseconds % 1_000_000
        let date = StoryTime.civil(seconds / 86_400), clock = seconds % 86_400
        digits(date.year, 4)
        bytes.append(UInt8(ascii: "-"))
        digits(date.month, 2)
        bytes.append(UInt8(ascii: "-"))
        digits(date.day, 2)
        bytes.append(UInt8(ascii: "T"))
        digits(clock / 3600, 2)
        bytes.append(UInt8(ascii: ":"))
        digits(clock / 60 % 60, 2)
        bytes.append(UInt8(ascii: ":"))
        digits(clock % 60, 2)
        if fraction != 0 {
            bytes.append(UInt8(ascii: "."))
            if fraction % 1000 == 0 { digits(fraction / 1000, 3) } else { digits(fraction, 6) }
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    private mutating func digits(_ value: Int64, _ count: Int) {
        var divisor: Int64 = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    private static func hex(_ nibble: UInt8) -> UInt8 { nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10 }
}
