import CRdKafka
import Glibc
import Synchronization

/// Writes messages, and hands out a report for each once a broker has answered for it.
///
/// Reports are taken either by the owner's own loop (`drainReports`), which costs least, or by a thread of the producer's own, which serves those who
/// `await produce`. Safe from any thread; in loop mode `drainReports` belongs to one thread at a time.
@safe package final class Producer: Sendable {
    /// Who takes the delivery reports.
    package enum Reports: Sendable { case loop, awaited }

    private let client: Client
    private let queue: EventQueue
    private let topics: Mutex<[String: ProducerTopic]> = Mutex([:])
    private let waiting: Waiting?
    private let reachable = Atomic<Bool>(true)

    /// - Parameters:
    ///   - properties: what is configured; acks, idempotence and time-outs are the caller's business.
    ///   - reports: who takes the reports.
    ///   - packsRequests: whether requests for single partitions are put together (decision 0008); only where `canPack` allows it.
    ///   - log: where librdkafka's lines go; called on its threads.
    /// - Throws: `KafkaError` when a property is unknown or wrong.
    package init(
        _ properties: KafkaProperties, reports: Reports = .awaited, packsRequests: Bool = false, log: @escaping KafkaLogHandler = { _ in }
    ) throws(KafkaError) {
        let properties = try Self.oneAtATime(properties), packing = packsRequests ? try Self.startPacking(properties, log) : nil
        client = try unsafe Client(RD_KAFKA_PRODUCER, packsRequests ? properties.over(Self.packed) : properties, log: log, packing: packing) { configuration in
            unsafe rd_kafka_conf_set_events(configuration, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR)
        }
        queue = unsafe EventQueue(owning: rd_kafka_queue_get_main(client.pointer))
        if reports == .awaited {
            let waiting = Waiting()
            self.waiting = waiting
            waiting.serve(queue: queue, client: client)
        } else {
            waiting = nil
        }
    }

    deinit { waiting?.close() }

    /// Whether the bytes between librdkafka and its brokers can be read, which is what packing needs: neither TLS nor a login.
    package static func canPack(_ properties: KafkaProperties) -> Bool { properties["security.protocol"].map { $0.lowercased() == "plaintext" } ?? true }

    /// How many requests were packed so far, and how many were sent for them; zeros when this producer packs none.
    package var packing: (requests: Int, packs: Int) { client.packing?.counts ?? (0, 0) }

    /// What goes with packing. As many requests at a time as make a full pack, but not all that there are: what waits for its turn in librdkafka goes into fewer,
    /// fuller batches. Its end of the connection is no TCP socket.
    private static let packed: KafkaProperties = [
        "max.in.flight.requests.per.connection": "64", "linger.ms": "0", "socket.nagle.disable": "false", "socket.keepalive.enable": "false",
    ]

    private static func startPacking(_ properties: KafkaProperties, _ log: @escaping KafkaLogHandler) throws(KafkaError) -> PackingThread {
        guard canPack(properties) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, saying: "requests can be packed only where security.protocol is plaintext")
        }
        // A request that is never answered would leave all that follow with the answer of another.
        guard ["acks", "request.required.acks"].allSatisfy({ properties[$0].flatMap { Int($0) } != 0 }) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, saying: "requests can be packed only where acks is not 0: each needs an answer")
        }
        guard let packing = PackingThread(log: log) else { throw KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, saying: "no descriptor is left") }
        return packing
    }

    /// An idempotent producer has one request in flight, or it tells of messages as written that no broker has (decision 0006).
    ///
    /// A broker that refuses the first request for a partition (it is still becoming the leader) takes the second one although its sequence does not begin at
    /// zero, since it knows no state of the producer there; librdkafka then counts the refused messages as acknowledged by the later ones.
    private static func oneAtATime(_ properties: KafkaProperties) throws(KafkaError) -> KafkaProperties {
        // As librdkafka reads a flag; a transactional producer is always idempotent.
        let isOn = ["true", "t", "1"].contains(properties["enable.idempotence"]?.lowercased() ?? "")
        guard isOn || properties["transactional.id"] != nil else { return properties }
        let names = ["max.in.flight.requests.per.connection", "max.in.flight"]
        guard names.allSatisfy({ (properties[$0] ?? "1") == "1" }) else {
            throw KafkaError(
                RD_KAFKA_RESP_ERR__INVALID_ARG, saying: "max.in.flight.requests.per.connection must be 1: more can lose messages that were reported as written")
        }
        var properties = properties
        properties["max.in.flight.requests.per.connection"] = "1"
        return properties
    }

    /// Tells whoever still awaits that nobody will answer, and ends the thread that serves them. What was sent may be written nevertheless.
    package func close() { waiting?.close() }

    /// The topic's handle, made at the first call. Asks no broker.
    ///
    /// - Throws: `KafkaError` when the name cannot be one.
    package func topic(_ name: String) throws(KafkaError) -> ProducerTopic {
        if let known = topics.withLock({ $0[name] }) { return known }
        let made = try ProducerTopic(client, name)
        return topics.withLock { topics in
            if let known = topics[name] { return known }
            topics[name] = made
            return made
        }
    }

    // MARK: one loop that owns the reports

    /// Puts a copy of a message in the queue and comes back at once.
    ///
    /// - Parameters:
    ///   - topic: where to; the partition follows from the key.
    ///   - key: lent for the call; a null pointer for no key.
    ///   - value: lent for the call.
    ///   - headers: at most 24.
    ///   - ticket: comes back with the report.
    /// - Throws: `KafkaError` when nothing was enqueued, so that no report will come; `isQueueFull` when the queue has no room.
    package func enqueue(
        _ topic: ProducerTopic, partition: Int32? = nil, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, headers: [HeaderToSend], ticket: UInt
    ) throws(KafkaError) {
        let code = unsafe withUnsafeTemporaryAllocation(of: nicobar_header.self, capacity: max(1, headers.count)) { list in
            for index in unsafe headers.indices {
                let header = unsafe headers[index]
                unsafe list[index] = unsafe nicobar_header(
                    name: UnsafeRawPointer(header.name.utf8Start).assumingMemoryBound(to: CChar.self), value: header.value.baseAddress,
                    value_size: header.value.count)
            }
            return unsafe nicobar_produce(
                client.pointer, topic.pointer, partition ?? RD_KAFKA_PARTITION_UA, key.baseAddress, key.count, value.baseAddress, value.count,
                list.baseAddress, headers.count, Int(bitPattern: ticket))
        }
        try KafkaError.check(code)
    }

    /// Writes eight bytes (a one, as an eventfd takes it) to the descriptor whenever reports arrive while there were none. The descriptor stays the caller's.
    package func wakeOnReports(_ descriptor: Int32) {
        queue.wake(descriptor)
        // What came before this call (that no broker can be reached, say) makes no transition any more: without a look at it nobody would ever be woken.
        var one: UInt64 = 1
        if descriptor >= 0 { unsafe _ = write(descriptor, &one, MemoryLayout<UInt64>.size) }
    }

    /// Takes all reports that are there, without waiting. For the one thread that owns the reports.
    ///
    /// - Parameter body: called with the ticket of each message and why it could not be written, nil when it was.
    /// - Returns: how many reports there were.
    @discardableResult
    package func drainReports(_ body: (UInt, KafkaError?) -> Void) -> Int {
        var count = 0
        while unsafe queue.next(timeout: 0, { event in
            unsafe count += Self.forEachReport(in: event) { message in
                let error = unsafe message.pointee.err
                // Proves that a broker answered, which a report of a time-out does not.
                if error == RD_KAFKA_RESP_ERR_NO_ERROR { reachable.store(true, ordering: .relaxed) }
                unsafe body(UInt(nicobar_ticket(message)), error == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaError(error))
            }
            unsafe noteErrors(event)
        }) {}
        return count
    }

    /// Whether any broker could be reached as far as librdkafka has told through the reports' queue.
    package var isAnyBrokerReachable: Bool { reachable.load(ordering: .relaxed) }

    /// Messages that wait to be sent or to be reported on.
    package var queueLength: Int { unsafe Int(rd_kafka_outq_len(client.pointer)) }

    /// The error after which this producer is of no use any more; nil while there is none.
    package var fatalError: KafkaError? { client.fatalError }

    /// Sends what waits, without lingering, until all is reported or the time is up. Takes no reports itself: in loop mode drain them meanwhile.
    ///
    /// - Throws: `KafkaError` when the time was up first.
    @available(*, noasync, message: "blocks its thread")
    package func flush(timeout: Duration) throws(KafkaError) { try unsafe KafkaError.check(rd_kafka_flush(client.pointer, timeout.milliseconds)) }

    /// Gives up everything that is not yet written; each message is reported with an error.
    package func purge() { unsafe _ = rd_kafka_purge(client.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT) }

    /// What a broker says about the cluster: all topics, or one. Blocks up to the time-out.
    @available(*, noasync, message: "blocks its thread")
    package func metadata(topic: String? = nil, timeout: Duration) throws(KafkaError) -> ClusterMetadata {
        guard let topic else { return try unsafe ClusterMetadata.read(client, timeout: timeout) }
        let handle = try self.topic(topic)
        return try unsafe ClusterMetadata.read(client, topic: handle.pointer, timeout: timeout)
    }

    // MARK: those who await

    /// Writes a message and comes back when a broker has answered for it. Only for a producer made with `.awaited`.
    ///
    /// - Parameters:
    ///   - partition: follows from the key when nil.
    /// - Returns: where it stands.
    /// - Throws: `KafkaError` when it was not written; `isClosed` when the producer went away first.
    package func produce(
        topic: String, partition: Int32? = nil, key: [UInt8]?, value: [UInt8], headers: [(StaticString, [UInt8])] = []
    ) async throws(KafkaError) -> Receipt {
        guard let waiting else { throw KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, saying: "this producer's reports belong to its owner's loop") }
        let handle = try self.topic(topic)
        let flat = headers.flatMap(\.1)
        let result: Result<Receipt, KafkaError> = await withCheckedContinuation { continuation in
            let ticket = waiting.enter(continuation)
            do throws(KafkaError) {
                let empty: [UInt8] = []
                var failure: KafkaError?
                unsafe flat.withUnsafeBytes { all in
                    var list: [HeaderToSend] = unsafe []
                    var start = 0
                    for (name, bytes) in headers {
                        unsafe list.append(HeaderToSend(name, UnsafeRawBufferPointer(rebasing: all[start..<start + bytes.count])))
                        start += bytes.count
                    }
                    unsafe (key ?? empty).withUnsafeBytes { keyBytes in
                        unsafe value.withUnsafeBytes { valueBytes in
                            do throws(KafkaError) {
                                try unsafe enqueue(
                                    handle, partition: partition, key: key == nil ? UnsafeRawBufferPointer(start: nil, count: 0) : keyBytes,
                                    value: valueBytes, headers: list, ticket: ticket)
                            } catch { failure = error }
                        }
                    }
                }
                if let failure { throw failure }
            } catch {
                waiting.leave(ticket, .failure(error))
            }
        }
        return try result.get()
    }

    private func noteErrors(_ event: OpaquePointer) {
        guard unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR else { return }
        if unsafe rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN { reachable.store(false, ordering: .relaxed) }
    }

    /// Calls the body for every message of a report event.
    static func forEachReport(in event: OpaquePointer, _ body: (UnsafePointer<rd_kafka_message_t>) -> Void) -> Int {
        guard unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR else { return 0 }
        var count = 0
        while let message = unsafe rd_kafka_event_message_next(event) {
            unsafe body(message)
            count += 1
        }
        return count
    }
}
