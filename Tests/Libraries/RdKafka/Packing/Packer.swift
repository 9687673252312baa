@testable import RdKafka

/// The packer in terms of whole arrays.
extension RequestPacker {
    mutating func ask(_ frame: [UInt8]) { frame.withUnsafeBytes { take(request: $0) } }

    mutating func ask(_ frames: ProduceFrame...) { for frame in frames { ask(frame.bytes) } }

    /// The next pack.
    mutating func give() -> [UInt8] {
        var given: [UInt8] = []
        next { given = $0 }
        return given
    }

    /// All packs that wait.
    mutating func giveAll() -> [[UInt8]] {
        var packs: [[UInt8]] = []
        while isWaiting { packs.append(give()) }
        return packs
    }

    /// What librdkafka is told when the broker has answered this, as frames.
    mutating func tell(_ answer: [UInt8]) throws -> [[UInt8]] {
        var told: [UInt8] = []
        try answer.withUnsafeBytes { try take(response: $0, into: &told) }
        return try told.frames()
    }
}
