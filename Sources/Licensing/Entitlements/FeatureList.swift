/// The names of features as a JSON array: kept as the text it is, since it goes from the event to the row and into tokens unread.
enum FeatureList {
    /// - Parameter json: a value that a JSON reader has found right.
    /// - Returns: the array without white space; nil when an element is anything but a text.
    static func compact(_ json: UnsafeRawBufferPointer) -> String? {
        var out: [UInt8] = []
        out.reserveCapacity(json.count)
        var isInText = false, isEscaped = false
        for byte in json {
            if isInText {
                out.append(byte)
                if isEscaped { isEscaped = false } else if byte == UInt8(ascii: "\\") { isEscaped = true } else if byte == UInt8(ascii: "\"") { isInText = false }
                continue
            }
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): continue
            case UInt8(ascii: "\""): isInText = true
            case UInt8(ascii: ","), UInt8(ascii: "]"): break
            // The one bracket that opens the array itself.
            case UInt8(ascii: "[") where out.isEmpty: break
            default: return nil
            }
            out.append(byte)
        }
        return String(decoding: out, as: UTF8.self)
    }
}
