import Glibc
import Testing

@testable import RdKafka

/// One connection between two pairs of sockets, whose other ends the test has: when packs are sent, and when nothing more is read.
@Suite final class PackedConnectionTests {
    private let connection: PackedConnection
    /// librdkafka's end, and the broker's.
    private let librdkafka: Int32, far: Int32
    private var sent: Int32 = 0

    init() {
        var near: [Int32] = [0, 0], away: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
        #expect(socketpair(AF_UNIX, kind, 0, &near) == 0 && socketpair(AF_UNIX, kind, 0, &away) == 0)
        (librdkafka, far) = (near[0], away[0])
        connection = PackedConnection(client: near[1], broker: away[1])
    }

    deinit {
        close(librdkafka)
        close(far)
    }

    /// librdkafka asks for a partition that it has not asked for before, and the connection takes it.
    private func ask(at now: UInt64, _ records: [UInt8] = [1]) throws {
        sent += 1
        write(ProduceFrame(sent, "t", sent, records).bytes, to: librdkafka)
        try connection.ask()
        try connection.send(now: now)
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) { #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count) }

    /// All that has come since the last call.
    private func arrived(at descriptor: Int32) -> [UInt8] {
        var all: [UInt8] = [], some = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let got = read(descriptor, &some, some.count)
            guard got > 0 else { return all }
            all += some[..<got]
        }
    }

    @Test func `two packs are sent at once, the next after five milliseconds each, and never more than eight`() throws {
        for _ in 0..<2 {
            try ask(at: 0)
            #expect(!arrived(at: far).isEmpty)
        }
        try ask(at: 1_000_000)
        #expect(arrived(at: far).isEmpty && connection.nextPack == 5_000_000)
        try connection.send(now: 4_999_999)
        #expect(arrived(at: far).isEmpty)
        for number in 1...6 as ClosedRange<UInt64> {
            try connection.send(now: number * 5_000_000)
            #expect(!arrived(at: far).isEmpty)
            try ask(at: number * 5_000_000)
            #expect(arrived(at: far).isEmpty)
        }
        #expect(connection.nextPack == nil)
        try connection.send(now: 1_000_000_000)
        #expect(arrived(at: far).isEmpty)
    }

    @Test func `what comes while two are under way goes out together as soon as one is answered, and the answer goes back`() throws {
        try ask(at: 0)
        let first = arrived(at: far)
        for _ in 0..<20 { try ask(at: 0) }
        _ = arrived(at: far)
        var broker = ModelBroker()
        let answer = try broker.answer(bytes: first)
        write(answer, to: far)
        try connection.answer()
        try connection.send(now: 1)
        let told = try ProduceAnswer(reading: arrived(at: librdkafka), version: 7)
        #expect(told.correlation == 1)
        #expect(try ProduceFrame(reading: arrived(at: far)).batches.count == 19)
        #expect(connection.isWorthGathering == false)
        let counts = connection.takeCounts()
        #expect(counts.requests == 21 && counts.packs == 3 && connection.takeCounts() == (0, 0))
    }

    @Test func `while four megabytes wait for a broker nothing more is read, and it goes on when they are gone`() throws {
        #expect(connection.clientEvents == Int16(POLLIN))
        while connection.clientEvents & Int16(POLLIN) != 0 { try ask(at: 0, [UInt8](repeating: 1, count: 60_000)) }
        #expect(sent > 60 && sent < 90, "\(sent)")
        var came = 0
        for number in 1...1000 as ClosedRange<UInt64> {
            came += arrived(at: far).count
            try connection.send(now: number * 5_000_000)
        }
        #expect(came > 60_000 * Int(sent) && connection.clientEvents == Int16(POLLIN) && connection.brokerEvents == Int16(POLLIN))
    }

    @Test func `ends when either side is gone, and says so when a broker answers what nobody asked`() throws {
        write([0, 0, 0, 4, 0, 0, 0, 1], to: far)
        #expect(throws: PackedConnection.End.brokerAnsweredSomethingElse) { try connection.answer() }
        shutdown(librdkafka, Int32(SHUT_RDWR))
        #expect(throws: PackedConnection.End.closed) { try connection.ask() }
        shutdown(far, Int32(SHUT_RDWR))
        #expect(throws: PackedConnection.End.closed) { try connection.answer() }
    }
}
