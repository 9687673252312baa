import FoundationEssentials

/// The headers of one record as the JSON array that `worker.dead_letters` keeps: `{"name", "value"}` in their order, `{"name", "base64"}` where a value is no
/// text that PostgreSQL can hold.
///
/// Written byte by byte into memory that is used again: when every third event is poison, an encoder for whatever there may be took half of a worker's time.
struct HeaderListJSON {
    /// The array so far; whole after `close()`.
    private(set) var bytes: [UInt8] = []

    mutating func open() {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(UInt8(ascii: "["))
    }

    mutating func append(_ name: String, _ value: UnsafeRawBufferPointer?) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        write(#"{"name":"#)
        // JSON could say NUL in a name; PostgreSQL could then not read it.
        writeString(name.utf8.lazy.map { $0 == 0 ? UInt8(ascii: "?") : $0 })
        let value = value?.assumingMemoryBound(to: UInt8.self) ?? UnsafeBufferPointer(start: nil, count: 0)
        if Self.isText(value) {
            write(#","value":"#)
            writeString(value)
        } else {
            write(#","base64":"#)
            writeString(Data(value).base64EncodedData())
        }
        bytes.append(UInt8(ascii: "}"))
    }

    mutating func close() { bytes.append(UInt8(ascii: "]")) }

    private static func isText(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        !value.contains(0) && (try? UTF8Span(validating: value.span)) != nil
    }

    private mutating func write(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Valid UTF-8 in quotes; escaped is what RFC 8259 does not let stand in a string (section 7).
    private mutating func writeString(_ text: some Sequence<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                write(#"\u00"#)
                bytes.append(Self.hex(byte >> 4))
                bytes.append(Self.hex(byte & 15))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func hex(_ digit: UInt8) -> UInt8 { digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10 }
}
