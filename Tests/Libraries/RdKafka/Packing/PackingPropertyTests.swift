import Foundation
@testable import RdKafka
import Simulator
import Testing

/// Everything between librdkafka and a broker at once, without sockets: requests, answers, and bytes that come in pieces.
@Suite struct PackingPropertyTests {
    /// `NICOBAR_SEED` gives the same run again.
    private static let seed = ProcessInfo.processInfo.environment["NICOBAR_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `whatever comes when, each asker is told once what the broker said of its partition, and each partition keeps its order`(part: UInt64) throws {
        print("packing: run \(part) of NICOBAR_SEED=\(Self.seed)")
        var connection = RandomConnection(SplitMix64(seed: Self.seed, part: part))
        do {
            for _ in 0..<2000 { try connection.step() }
            try connection.finish()
        } catch { Issue.record("run \(part) of NICOBAR_SEED=\(Self.seed): \(error)") }
        #expect(connection.packed > 100, "run \(part) of NICOBAR_SEED=\(Self.seed)")
    }
}

/// A connection on which anything may happen next. Throws `Malformed` when something does that must not.
private struct RandomConnection: ~Copyable {
    private var dice: SplitMix64
    private var packer = RequestPacker(), broker = ModelBroker()
    private var requests = FrameBuffer(capacity: 64, shortest: 8), responses = FrameBuffer(capacity: 64, shortest: 4)
    /// Bytes under way: from librdkafka, and from the broker.
    private var asked: [UInt8] = [], answered: [UInt8] = []
    private var open: [Int32: ProduceFrame] = [:], openOthers: [[UInt8]] = []
    private var sent: [Place: [[UInt8]]] = [:]
    private var number: Int32 = 0
    /// How many requests went out beside another.
    private(set) var packed = 0

    init(_ dice: SplitMix64) { self.dice = dice }

    private mutating func below(_ bound: Int) -> Int { Int(dice.next() % UInt64(bound)) }

    mutating func step() throws {
        switch below(10) {
        case 0..<4: ask()
        case 4..<6: try carry(1 + below(300))
        case 6: if packer.isWaiting, packer.inFlight < 1 + below(8) { try give() }
        case 7 where below(30) == 0: for _ in 0..<50 { ask() }
        default: try carryBack(1 + below(200))
        }
    }

    mutating func finish() throws {
        try carry(asked.count)
        while packer.isWaiting { try give() }
        try carryBack(answered.count)
        guard open.isEmpty, openOthers.isEmpty else { throw Malformed("\(open.count) and \(openOthers.count) were told nothing") }
        guard packer.waitingBytes == 0, packer.inFlight == 0 else { throw Malformed("something is left") }
        guard broker.came == sent else { throw Malformed("the broker got something else, or in another order") }
    }

    private mutating func ask() {
        number += 1
        if below(12) == 0 {
            let frame = ProduceFrame.other(number, apiKey: Int16(1 + below(20)), [UInt8](repeating: 9, count: below(100)))
            openOthers.append(frame)
            asked += frame
            return
        }
        let topic = ["a", "b", "ab"][below(3)], partition = Int32(below(4)), length = below(40) == 0 ? 5000 : below(100)
        var frame = ProduceFrame(number, topic, partition)
        frame.topics[0].partitions[0].records += [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: length)
        if below(15) == 0 { frame.version = 3 + Int16(below(5)) }
        if below(15) == 0 { frame.acks = 1 }
        open[number] = frame
        sent[Place(topic: topic, partition: partition), default: []].append(frame.batches[0].records)
        asked += frame.bytes
    }

    /// Moves as many of the next bytes as there is room for, and says how many those were.
    private static func move(_ most: Int, of bytes: inout [UInt8], into buffer: inout FrameBuffer) -> Int {
        let piece = bytes.prefix(most)
        let took = buffer.fill { room in
            room.copyBytes(from: piece.prefix(room.count))
            return min(piece.count, room.count)
        }
        bytes.removeFirst(took)
        return took
    }

    /// Brings bytes from librdkafka to the packer.
    private mutating func carry(_ most: Int) throws {
        var left = min(most, asked.count)
        while left > 0 {
            left -= Self.move(left, of: &asked, into: &requests)
            let isGood = requests.frames { frame in
                packer.take(request: frame)
                return true
            }
            guard isGood else { throw Malformed("a request was refused") }
        }
    }

    /// Gives the broker a pack; its answer is under way.
    private mutating func give() throws {
        let pack = packer.give(), code = Int16(below(6)), unlucky = Place(topic: ["a", "b", "ab"][below(3)], partition: Int32(below(4)))
        if packer.lastCount > 1 { packed += packer.lastCount }
        guard pack.count <= RequestPacker.mostBytes else { throw Malformed("a pack of \(pack.count) bytes") }
        answered += try broker.answer(bytes: pack, throttle: Int32(below(5))) { $0 == unlucky ? code : 0 }
    }

    /// Brings bytes from the broker through the packer to those who asked.
    private mutating func carryBack(_ most: Int) throws {
        var left = min(most, answered.count), told: [UInt8] = []
        while left > 0 {
            left -= Self.move(left, of: &answered, into: &responses)
            let isGood = responses.frames { frame in
                do throws(RequestPack.Fault) { try packer.take(response: frame, into: &told) } catch { return false }
                return true
            }
            guard isGood else { throw Malformed("a right answer was refused") }
        }
        for frame in try told.frames() { try tell(frame) }
    }

    private mutating func tell(_ frame: [UInt8]) throws {
        var reader = try WireReader(frame: frame)
        let correlation = try reader.number(Int32.self)
        guard let asker = open.removeValue(forKey: correlation) else {
            guard let oldest = openOthers.first, ModelBroker.answerToOther(oldest) == frame else { throw Malformed("an answer for nobody: \(correlation)") }
            openOthers.removeFirst()
            return
        }
        let answer = try ProduceAnswer(reading: frame, version: asker.version), (place, partition) = try answer.only()
        let mine = broker.said[place]?.first { $0.records == asker.batches[0].records }
        guard place == asker.batches[0].place, let mine, mine.answer == partition, mine.throttle == answer.throttle else {
            throw Malformed("\(correlation) was told \(answer), the broker said \(String(describing: mine))")
        }
    }
}
