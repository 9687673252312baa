import CRdKafka

/// The owner of one `rd_kafka_t`. librdkafka locks inside, so its calls may come from any thread (rdkafka.h, "Thread safety").
@safe final class Client: @unchecked Sendable {
    let pointer: OpaquePointer
    private let callbacks: Callbacks
    var packing: PackingThread? { callbacks.packing }

    /// - Parameters:
    ///   - type: producer or consumer.
    ///   - properties: what is configured.
    ///   - prepare: sets callbacks and events on the configuration before the client is made; must not fail.
    ///   - log: where librdkafka's lines go.
    ///   - packing: who stands between a producer and its brokers, when somebody shall; stopped with the client.
    ///   - rebalancing: who is told of rebalances, when the client is a consumer.
    init(
        _ type: rd_kafka_type_t, _ properties: KafkaProperties, log: @escaping KafkaLogHandler, rebalancing: Rebalancing? = nil, packing: PackingThread? = nil,
        prepare: (OpaquePointer) -> Void = { _ in }
    ) throws(KafkaError) {
        var isMade = false
        defer { if !isMade { packing?.stop() } }
        let configuration = try unsafe properties.configuration()
        let callbacks = Callbacks(log: log, rebalancing: rebalancing, packing: packing)
        unsafe rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(callbacks).toOpaque())
        unsafe rd_kafka_conf_set_log_cb(configuration, receiveLogLine)
        if packing != nil { unsafe rd_kafka_conf_set_connect_cb(configuration, receiveConnect) }
        unsafe prepare(configuration)
        var text = ""
        let made: OpaquePointer? = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { complaint in
            let made = unsafe rd_kafka_new(type, configuration, complaint.baseAddress, complaint.count)
            if unsafe made == nil { text = unsafe complaint.baseAddress.map { unsafe String(cString: $0) } ?? "" }
            return unsafe made
        }
        guard let made = unsafe made else {
            // rd_kafka_new takes the configuration only when it succeeds.
            unsafe rd_kafka_conf_destroy(configuration)
            throw KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, saying: text)
        }
        isMade = true
        unsafe pointer = made
        self.callbacks = callbacks
    }

    deinit {
        // Without waiting for a consumer to leave its group: whoever wants that has closed it before.
        unsafe rd_kafka_destroy_flags(pointer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        packing?.stop()
    }

    /// The error after which this client is of no use any more; nil while there is none.
    var fatalError: KafkaError? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            let code = unsafe rd_kafka_fatal_error(pointer, text.baseAddress, text.count)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
            return unsafe KafkaError(code, text: text.baseAddress.map { unsafe String(cString: $0) }, isFatal: true)
        }
    }
}

/// Milliseconds as librdkafka takes them.
extension Duration {
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        return Int32(clamping: seconds.multipliedReportingOverflow(by: 1000).partialValue + attoseconds / 1_000_000_000_000_000)
    }
}
