// Kafka's bytes as the tests write and read them, one by one and apart from what is tested (Kafka protocol guide, "Protocol Primitive Types").

/// What a reader finds wrong.
struct Malformed: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension [UInt8] {
    mutating func put<Number: FixedWidthInteger>(_ number: Number) {
        for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// A text behind its length, which is -1 for none.
    mutating func put(text: String?) {
        put(text.map { Int16($0.utf8.count) } ?? -1)
        append(contentsOf: text?.utf8 ?? "".utf8)
    }

    /// These bytes behind their length, which makes them a frame.
    var framed: [UInt8] {
        var frame: [UInt8] = []
        frame.put(Int32(count))
        return frame + self
    }

    /// Cut into frames; throws when something is left over.
    func frames() throws -> [[UInt8]] {
        var frames: [[UInt8]] = [], reader = WireReader(self)
        while !reader.isAtEnd {
            let length = try reader.number(Int32.self)
            frames.append(try reader.bytes(Int(length)).framed)
        }
        return frames
    }
}

struct WireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// Reads what is in a frame.
    init(frame: [UInt8]) throws {
        self.init(frame)
        guard try number(Int32.self) == frame.count - 4 else { throw Malformed("a frame of another length") }
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func bytes(_ count: Int) throws -> [UInt8] {
        guard count >= 0, count <= rest.count else { throw Malformed("\(count) bytes where there are \(rest.count)") }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func number<Number: FixedWidthInteger>(_: Number.Type) throws -> Number {
        try bytes(Number.bitWidth / 8).reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    mutating func text() throws -> String? {
        let length = try number(Int16.self)
        return length == -1 ? nil : String(decoding: try bytes(Int(length)), as: UTF8.self)
    }

    /// As many of something as the number before them says.
    mutating func list<Element>(_ element: (inout WireReader) throws -> Element) throws -> [Element] {
        let count = try number(Int32.self)
        guard count >= 0 else { throw Malformed("a list of \(count)") }
        var list: [Element] = []
        for _ in 0..<count { list.append(try element(&self)) }
        return list
    }
}
