/// Standard base64 (RFC 4648, section 4); neither the URL-safe alphabet nor line breaks are accepted.
enum Base64 {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    /// The text of 32 bytes is always this long, one `=` included.
    static let digestLength = 44

    /// Writes the base64 of `bytes` with padding; `output` must hold 4 characters for every 3 bytes begun.
    static func encode(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) {
        precondition(output.count >= (bytes.count + 2) / 3 * 4, "base64 needs more room")
        let digits = alphabet.utf8Start
        var place = 0
        var start = 0
        while start < bytes.count {
            let left = bytes.count - start
            let group = Int(bytes[start]) << 16 | (left > 1 ? Int(bytes[start + 1]) << 8 : 0) | (left > 2 ? Int(bytes[start + 2]) : 0)
            output[place] = digits[group >> 18]
            output[place + 1] = digits[group >> 12 & 63]
            output[place + 2] = left > 1 ? digits[group >> 6 & 63] : UInt8(ascii: "=")
            output[place + 3] = left > 2 ? digits[group & 63] : UInt8(ascii: "=")
            start += 3
            place += 4
        }
    }

    static func encode(_ bytes: [UInt8]) -> String {
        var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4)
        text.withUnsafeMutableBytes { output in bytes.withUnsafeBytes { encode($0, into: output) } }
        return String(decoding: text, as: UTF8.self)
    }

    /// Decodes text with or without padding; nil when a character, the padding or the length is wrong.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let digits = text.dropLast(padding)
        guard padding == 0 || (padding <= 2 && text.count % 4 == 0), digits.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count * 3 / 4)
        var bits = 0
        var held = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            held = (held << 6 | value) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> bits))
            }
        }
        return bytes
    }

    private static func value(of digit: UInt8) -> Int? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
