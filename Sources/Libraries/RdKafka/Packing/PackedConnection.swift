import Glibc

/// One connection of librdkafka's to a broker, with a packer in between. Owns both sockets; belongs to the packing thread.
final class PackedConnection {
    /// How many packs a broker has at a time: one that it works on, and one that it finds when it is done. So all that comes meanwhile fills the next.
    private static let inFlight = 2
    /// How many when it takes its time, or is far away; and after how many nanoseconds another is sent then.
    private static let mostInFlight = 8
    private static let pace: UInt64 = 5_000_000
    /// Bytes that may wait for the broker before nothing more is read from librdkafka, which has its own bounds.
    private static let mostWaiting = 4 << 20
    /// From so many requests in a pack on there is a load that is worth gathering for.
    private static let gatheringFrom = 4

    /// librdkafka's side, and the broker's.
    let client: Int32, broker: Int32
    private var packer = RequestPacker()
    private var requests = FrameBuffer(capacity: 64 << 10, shortest: 8),
        responses = FrameBuffer(capacity: 16 << 10, shortest: 4)
    private var toClient = Outbound(), toBroker = Outbound()
    private var given = (requests: 0, packs: 0)
    private var askedAt: UInt64 = 0

    /// - Parameters: both sockets are taken over; the broker's may still be connecting.
    init(client: Int32, broker: Int32) {
        self.client = client
        self.broker = broker
    }

    deinit {
        close(client)
        close(broker)
    }

    /// What to wait for.
    var clientEvents: Int16 {
        (packer.waitingBytes + toBroker.count < Self.mostWaiting ? Int16(POLLIN) : 0)
            | (toClient.isEmpty ? 0 : Int16(POLLOUT))
    }
    var brokerEvents: Int16 { Int16(POLLIN) | (toBroker.isEmpty ? 0 : Int16(POLLOUT)) }

    /// Whether more requests are about to come that could go into the same pack.
    var isWorthGathering: Bool {
        packer.lastCount >= Self.gatheringFrom && packer.inFlight < Self.inFlight
    }

    /// How many requests went out in how many packs since this was last asked.
    func takeCounts() -> (requests: Int, packs: Int) {
        defer { given = (0, 0) }
        return given
    }

    /// When the next pack may be sent, in nanoseconds of the monotonic clock; nil when there is none, or when only an answer can change that.
    var nextPack: UInt64? {
        guard packer.isWaiting, toBroker.isEmpty, packer.inFlight < Self.mostInFlight else { return nil }
        return packer.inFlight < Self.inFlight ? 0 : askedAt + Self.pace
    }

    enum End: Error { case closed, brokerAnsweredSomethingElse, librdkafkaSentSomethingElse }

    /// Hands the broker's answers on.
    ///
    /// - Throws: `End` when the connection is over.
    func answer() throws(End) {
        guard Self.receive(&responses, broker) else { throw .closed }
        let isGood = unsafe responses.frames { response in
            do throws(RequestPack.Fault) {
                try toClient.append { (bytes) throws(RequestPack.Fault) in
                    try unsafe packer.take(response: response, into: &bytes)
                }
            } catch { return false }
            return true
        }
        guard isGood else { throw .brokerAnsweredSomethingElse }
    }

    /// Takes librdkafka's requests.
    ///
    /// - Throws: `End` when the connection is over.
    func ask() throws(End) {
        guard Self.receive(&requests, client) else { throw .closed }
        let isGood = unsafe requests.frames { request in
            unsafe packer.take(request: request)
            return true
        }
        guard isGood else { throw .librdkafkaSentSomethingElse }
    }

    /// Sends both what can go.
    ///
    /// - Parameter now: nanoseconds of a monotonic clock.
    /// - Throws: `End` when the connection is over.
    func send(now: UInt64) throws(End) {
        guard toClient.flush(client), toBroker.flush(broker) else { throw .closed }
        while toBroker.isEmpty, let due = nextPack, due <= now {
            askedAt = now
            packer.next { pack in toBroker.append { $0.append(contentsOf: pack) } }
            if packer.lastIsPacked { given = (given.requests + packer.lastCount, given.packs + 1) }
            guard toBroker.flush(broker) else { throw .closed }
        }
    }

    /// Reads once; false when the other end is gone.
    private static func receive(_ buffer: inout FrameBuffer, _ descriptor: Int32) -> Bool {
        let got = unsafe buffer.fill { room in
            unsafe recv(descriptor, room.baseAddress, room.count, Int32(MSG_DONTWAIT))
        }
        return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))
    }
}
