// Requests through the packer, then answers. First byte: bit 0 for answers that at least name the right request, the rest for how often a pack is given out
// in between; two bytes: how long the requests are; then requests and answers, in frames.
@testable import RdKafka

@_cdecl("LLVMFuzzerTestOneInput") public func fuzzPacking(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard input.count >= 3 else { return 0 }
    let rest = input[3...], pace = Int(input[0] >> 1)
    let asking = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(input[1]) << 8 | Int(input[2]))), answering = rest.dropFirst(asking.count)
    var connection = Connection(isHelped: input[0] & 1 == 1)
    connection.ask(asking, pace: pace)
    connection.giveAll()
    connection.answer(UnsafeRawBufferPointer(rebasing: answering))
    return 0
}

private struct Connection: ~Copyable {
    let isHelped: Bool
    private var packer = RequestPacker()
    /// How many wait under a correlation id, which a fuzzer gives twice.
    private var open: [UInt32: Int] = [:]
    private var asked = 0, askedBytes = 0, given = 0, oldest: [[UInt8]] = []

    init(isHelped: Bool) { self.isHelped = isHelped }

    mutating func ask(_ bytes: UnsafeRawBufferPointer, pace: Int) {
        Self.pass(bytes, FrameBuffer(capacity: 64, shortest: 8)) { frame in
            packer.take(request: frame)
            open[Self.number(frame, 8), default: 0] += 1
            asked += 1
            askedBytes += frame.count
            precondition(packer.waitingBytes <= askedBytes, "more waits than was asked")
            if pace > 0, asked % pace == 0 { give() }
            return true
        }
    }

    private mutating func give() {
        guard packer.isWaiting else { return }
        let before = packer.waitingBytes
        var pack: [UInt8] = []
        packer.next { pack = $0 }
        precondition(pack.count >= 12 && pack.withUnsafeBytes { Self.number($0, 0) } == UInt32(pack.count - 4), "a pack with another length than it says")
        precondition(before - packer.waitingBytes == pack.count && packer.lastCount > 0, "bytes that are not counted")
        precondition(packer.lastIsPacked || packer.lastCount == 1, "others are packed")
        given += packer.lastCount
        oldest.append(pack)
    }

    mutating func giveAll() {
        while packer.isWaiting { give() }
        precondition(packer.waitingBytes == 0 && given == asked && packer.inFlight == oldest.count, "a request is lost")
    }

    mutating func answer(_ bytes: UnsafeRawBufferPointer) {
        Self.pass(bytes, FrameBuffer(capacity: 64, shortest: 4)) { response in
            var answer = Array(response), told: [UInt8] = []
            if isHelped, let first = oldest.first { answer.replaceSubrange(4..<8, with: first[8..<12]) }
            let isRight = answer.withUnsafeBytes { answer in
                do throws(RequestPack.Fault) {
                    try packer.take(response: answer, into: &told)
                    return true
                } catch { return false }
            }
            // The connection is over; what was told in part goes nowhere.
            guard isRight else { return false }
            precondition(!oldest.isEmpty, "an answer that nobody asked for")
            oldest.removeFirst()
            told.withUnsafeBytes { hear($0) }
            return true
        }
        if oldest.isEmpty { precondition(open.values.allSatisfy { $0 == 0 }, "somebody was told nothing") }
    }

    /// Every answer is a frame, for one who waits.
    private mutating func hear(_ told: UnsafeRawBufferPointer) {
        var position = 0
        while position < told.count {
            precondition(position + 8 <= told.count, "half an answer")
            let correlation = Self.number(told, position + 4), waiting = open[correlation] ?? 0
            precondition(waiting > 0, "an answer for nobody")
            open[correlation] = waiting - 1
            position += 4 + Int(Self.number(told, position))
        }
        precondition(position == told.count, "half an answer")
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt32 { bytes[position..<position + 4].reduce(0) { $0 << 8 | UInt32($1) } }

    /// In pieces of thirteen bytes, until a frame is none.
    private static func pass(_ bytes: UnsafeRawBufferPointer, _ buffer: consuming FrameBuffer, _ body: (UnsafeRawBufferPointer) -> Bool) {
        var position = 0
        while position < bytes.count {
            position += buffer.fill { room in
                let piece = bytes[position..<min(position + min(13, room.count), bytes.count)]
                room.copyBytes(from: piece)
                return piece.count
            }
            guard buffer.frames(body) else { return }
        }
    }
}
