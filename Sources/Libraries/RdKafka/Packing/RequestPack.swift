/// One request as the broker sees it: many ProduceRequests in one, or another request that goes through as it came.
struct RequestPack {
    /// The broker answered something else than what was asked.
    struct Fault: Error {}

    /// Who waits for the answer of one partition.
    private struct Part {
        let correlation: Int32
        /// The topic's name in `bytes`.
        let topic: Range<Int>
        let partition: Int32
    }

    private(set) var bytes: [UInt8]
    private let correlation: Int32
    private let version: Int16
    /// Nil for a request that goes through as it came.
    private let topicsStart: Int?
    private var parts: [UInt64: Part] = [:]

    /// Whether it is made of ProduceRequests, if only of one.
    var isPacked: Bool { topicsStart != nil }
    /// How many requests are in it.
    var count: Int { topicsStart == nil ? 1 : parts.count }
    /// The partitions that are in it.
    var places: some Collection<UInt64> { parts.keys }

    /// A request that goes through as it came; at least 12 bytes.
    init(asItCame frame: UnsafeRawBufferPointer) {
        bytes = unsafe [UInt8](frame)
        correlation = unsafe frame.int32(at: 8)
        version = unsafe frame.int16(at: 6)
        topicsStart = nil
    }

    init(_ first: ProduceRequest) {
        bytes = []
        // For the others that will come.
        unsafe bytes.reserveCapacity(max(first.frame.count, 32 << 10))
        unsafe bytes.append(contentsOf: first.head)
        correlation = first.correlation
        version = first.version
        topicsStart = first.topicsStart
        add(first)
    }

    /// Whether the request fits in. Its partition must not be in the pack yet: a request has at most one batch of records for each.
    func takes(_ request: ProduceRequest, mostBytes: Int) -> Bool {
        guard let topicsStart, unsafe bytes.count + request.entry.count <= mostBytes,
            parts[request.place] == nil
        else { return false }
        return unsafe bytes.withUnsafeBytes { unsafe request.belongs(to: version, topicsStart, $0) }
    }

    mutating func add(_ request: ProduceRequest) {
        let shift = unsafe bytes.count - request.head.count
        parts[request.place] = Part(
            correlation: request.correlation,
            topic: request.topic.lowerBound + shift..<request.topic.upperBound + shift,
            partition: request.partition)
        unsafe bytes.append(contentsOf: request.entry)
    }

    /// Sets what depends on all that is in it.
    mutating func seal() {
        guard let topicsStart else { return }
        bytes.replace(int32: Int32(bytes.count - 4), at: 0)
        bytes.replace(int32: Int32(parts.count), at: topicsStart)
    }

    /// Takes the broker's answer apart and appends an answer for each who asked.
    ///
    /// - Parameter response: the whole frame, with its length.
    /// - Throws: `Fault` when it is not the answer to this, to all of it and to nothing else.
    mutating func answer(_ response: UnsafeRawBufferPointer, into answers: inout [UInt8])
        throws(Fault)
    {
        guard unsafe response.int32(at: 4) == correlation else { throw Fault() }
        guard topicsStart != nil else { return unsafe answers.append(contentsOf: response) }
        // index, error code, base offset, log append time, and since version 5 the log's first offset
        let size = version >= 5 ? 30 : 22
        // The time that a client is throttled for stands at the end.
        let end = response.count - 4
        var cursor = 8
        func count(_ bytes: Int) throws(Fault) -> Int {
            guard cursor + bytes <= end else { throw Fault() }
            defer { cursor += bytes }
            return unsafe bytes == 2 ? Int(response.int16(at: cursor)) : Int(response.int32(at: cursor))
        }
        // How many there are of what was asked for, so at least one.
        func elements() throws(Fault) -> Int {
            let elements = try count(4)
            guard elements > 0 else { throw Fault() }
            return elements
        }
        for _ in 0..<(try elements()) {
            let length = try count(2)
            let start = cursor
            guard length > 0, start + length <= end else { throw Fault() }
            cursor += length
            let topic = unsafe UnsafeRawBufferPointer(rebasing: response[start..<start + length])
            for _ in 0..<(try elements()) {
                guard cursor + size <= end else { throw Fault() }
                let correlation = try unsafe leave(topic, response.int32(at: cursor))
                answers.append(int32: Int32(4 + 4 + 2 + length + 4 + size + 4))
                answers.append(int32: correlation)
                answers.append(int32: 1)
                answers.append(int16: Int16(length))
                unsafe answers.append(contentsOf: topic)
                answers.append(int32: 1)
                unsafe answers.append(contentsOf: response[cursor..<cursor + size])
                unsafe answers.append(contentsOf: response[end...])
                cursor += size
            }
        }
        guard cursor == end, parts.isEmpty else { throw Fault() }
    }

    /// Takes out who asked for the partition.
    private mutating func leave(_ topic: UnsafeRawBufferPointer, _ partition: Int32) throws(Fault)
        -> Int32
    {
        guard let part = unsafe parts.removeValue(forKey: ProduceRequest.place(of: topic, partition)),
            part.partition == partition,
            unsafe bytes.withUnsafeBytes({ unsafe $0[part.topic].elementsEqual(topic) })
        else { throw Fault() }
        return part.correlation
    }
}
