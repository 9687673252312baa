/// What stands between librdkafka and a broker on one connection: packs requests, and takes the answers apart. A pure machine: bytes in, bytes out.
///
/// Requests of one partition keep their order. Of different partitions a later one may come first, as it may from librdkafka itself.
struct RequestPacker {
    /// The longest pack in bytes; a single request may be longer.
    static let mostBytes = 1 << 20

    private var waiting: [RequestPack] = []
    /// The number of the first pack in `waiting`; they are numbered as they are made.
    private var first = 0
    /// The number of the newest pack that has the partition, among those that wait.
    private var newest: [UInt64: Int] = [:]
    private var asked: [RequestPack] = []
    /// Bytes of requests that the broker was not given yet.
    private(set) var waitingBytes = 0
    /// How many requests were in the pack that was given out last.
    private(set) var lastCount = 0
    /// Whether it was one of ProduceRequests at all.
    private(set) var lastIsPacked = false

    init() {}

    var isWaiting: Bool { !waiting.isEmpty }
    /// How many packs the broker has not answered yet.
    var inFlight: Int { asked.count }

    /// Takes one request of librdkafka's.
    ///
    /// - Parameter frame: with its length; at least 12 bytes.
    mutating func take(request frame: UnsafeRawBufferPointer) {
        guard let request = unsafe ProduceRequest(frame) else {
            waiting.append(unsafe RequestPack(asItCame: frame))
            waitingBytes += frame.count
            return
        }
        let place = request.place
        // Behind the newest pack that has this partition, so that its order stays.
        var index = newest[place].map { $0 + 1 - first } ?? 0
        while index < waiting.count, !waiting[index].takes(request, mostBytes: Self.mostBytes) {
            index += 1
        }
        if index == waiting.count {
            waiting.append(RequestPack(request))
            waitingBytes += waiting[index].bytes.count
        } else {
            waiting[index].add(request)
            unsafe waitingBytes += request.entry.count
        }
        newest[place] = first + index
    }

    /// Gives out the next pack for the broker; none must be taken when none waits.
    mutating func next(_ body: ([UInt8]) -> Void) {
        var pack = waiting.removeFirst()
        for place in pack.places where newest[place] == first { newest[place] = nil }
        first += 1
        waitingBytes -= pack.bytes.count
        (lastCount, lastIsPacked) = (pack.count, pack.isPacked)
        pack.seal()
        body(pack.bytes)
        asked.append(pack)
    }

    /// Takes one answer of the broker's, which answers in order.
    ///
    /// - Parameters:
    ///   - response: with its length; at least 8 bytes.
    ///   - answers: what librdkafka expects is appended.
    /// - Throws: `Fault` when it is no answer to the oldest request; the connection cannot be used any more.
    mutating func take(response: UnsafeRawBufferPointer, into answers: inout [UInt8])
        throws(RequestPack.Fault)
    {
        guard !asked.isEmpty else { throw RequestPack.Fault() }
        var pack = asked.removeFirst()
        try unsafe pack.answer(response, into: &answers)
    }
}
