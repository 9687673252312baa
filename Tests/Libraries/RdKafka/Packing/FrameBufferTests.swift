@testable import RdKafka
import Testing

/// Frames come out as they went in, however the bytes were cut on their way.
@Suite struct FrameBufferTests {
    private static let frames = [[1, 2, 3, 4], [UInt8](repeating: 5, count: 300), [6, 7, 8, 9, 10], [UInt8](repeating: 11, count: 17)].map(\.framed)

    /// Gives the buffer bytes in pieces of that size, as far as it has room for them, and collects what comes out.
    private static func pass(_ bytes: [UInt8], pieces: Int, through buffer: inout FrameBuffer) -> (frames: [[UInt8]], isGood: Bool) {
        var rest = bytes[...], frames: [[UInt8]] = []
        while !rest.isEmpty {
            let got = buffer.fill { room in
                #expect(room.count > 0)
                let piece = rest.prefix(min(pieces, room.count))
                room.copyBytes(from: piece)
                return piece.count
            }
            rest = rest.dropFirst(got)
            let isGood = buffer.frames { frame in
                frames.append(Array(frame))
                return true
            }
            guard isGood else { return (frames, false) }
        }
        return (frames, true)
    }

    @Test(arguments: [4, 16, 64, 4096])
    func `come out whole wherever they were cut, also when they are longer than the room there was`(capacity: Int) {
        for pieces in 1...400 {
            var buffer = FrameBuffer(capacity: capacity, shortest: 4)
            let (frames, isGood) = Self.pass(Self.frames.flatMap(\.self), pieces: pieces, through: &buffer)
            #expect(isGood && frames == Self.frames, "pieces of \(pieces)")
        }
    }

    @Test func `come out one after the other when several are read at once`() {
        var buffer = FrameBuffer(capacity: 4096, shortest: 4)
        var counts: [Int] = []
        for _ in 0..<3 {
            counts.append(Self.pass(Self.frames.flatMap(\.self), pieces: 4096, through: &buffer).frames.count)
        }
        #expect(counts == [4, 4, 4])
    }

    @Test func `of thousands that go through one buffer none is lost or changed`() {
        var buffer = FrameBuffer(capacity: 32, shortest: 4)
        let sent = (0..<3000).map { number in [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 4 + number % 61).framed }
        let (frames, isGood) = Self.pass(sent.flatMap(\.self), pieces: 23, through: &buffer)
        #expect(isGood && frames == sent)
    }

    @Test(arguments: [-1, .min, 0, 7, 101, .max] as [Int32])
    func `with a length that none can have end the reading, and those before it came out`(length: Int32) {
        var buffer = FrameBuffer(capacity: 64, shortest: 8, longest: 100)
        let good = [UInt8](repeating: 1, count: 8).framed
        var bytes = good
        bytes.put(length)
        let (frames, isGood) = Self.pass(bytes + good, pieces: 64, through: &buffer)
        #expect(!isGood && frames == [good])
    }

    @Test(arguments: [8, 100])
    func `may be as short and as long as was said`(length: Int) {
        var buffer = FrameBuffer(capacity: 16, shortest: 8, longest: 100)
        let frame = [UInt8](repeating: 3, count: length).framed
        let (frames, isGood) = Self.pass(frame, pieces: 5, through: &buffer)
        #expect(isGood && frames == [frame])
    }

    @Test func `stay when nothing more can be read, and who reads is told what the reading said`() {
        var buffer = FrameBuffer(capacity: 16, shortest: 4)
        let frame = [UInt8](repeating: 3, count: 9).framed
        #expect(Self.pass(Array(frame[..<7]), pieces: 3, through: &buffer).frames.isEmpty)
        for answer in [0, -1, 0, -1] {
            #expect(buffer.fill { _ in answer } == answer)
            #expect(Self.pass([], pieces: 1, through: &buffer).frames.isEmpty)
        }
        #expect(Self.pass(Array(frame[7...]), pieces: 3, through: &buffer).frames == [frame])
    }

    @Test func `are not lent any more once whoever reads them has had enough`() {
        var buffer = FrameBuffer(capacity: 4096, shortest: 4), lent = 0
        let bytes = Self.frames.flatMap(\.self)
        #expect(buffer.fill { room in
            room.copyBytes(from: bytes)
            return bytes.count
        } == bytes.count)
        let isGood = buffer.frames { _ in
            lent += 1
            return lent < 2
        }
        #expect(!isGood && lent == 2)
    }
}
