import CRdKafka

/// Why librdkafka or a broker did not do as asked.
package struct KafkaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// librdkafka's error code: negative for its own, positive for a broker's (rdkafka.h, `rd_kafka_resp_err_t`).
    package let code: Int32
    /// The code's name without its prefix, such as `_TRANSPORT`.
    package let name: String
    /// What happened, in librdkafka's words.
    package let text: String
    /// Whether the client is of no use any more and a new one must be made.
    package let isFatal: Bool
    /// Whether the same request may succeed later.
    package let isRetriable: Bool

    package var description: String { "\(text) (\(name))" }

    init(_ code: rd_kafka_resp_err_t, text: String? = nil, isFatal: Bool = false, isRetriable: Bool? = nil) {
        self.code = code.rawValue
        name = unsafe String(cString: rd_kafka_err2name(code))
        self.text = unsafe text ?? String(cString: rd_kafka_err2str(code))
        self.isFatal = isFatal || code == RD_KAFKA_RESP_ERR__FATAL
        self.isRetriable = isRetriable ?? Self.retriable.contains(code.rawValue)
    }

    /// Takes over what a call of librdkafka's newer interface returned; nil when that was no error.
    init?(owning error: OpaquePointer?) {
        guard let error = unsafe error else { return nil }
        unsafe self.init(
            rd_kafka_error_code(error), text: String(cString: rd_kafka_error_string(error)), isFatal: rd_kafka_error_is_fatal(error) == 1,
            isRetriable: rd_kafka_error_is_retriable(error) == 1 ? true : nil)
        unsafe rd_kafka_error_destroy(error)
    }

    /// What this room itself has to say.
    init(_ code: rd_kafka_resp_err_t, saying text: String) { self.init(code, text: text) }

    /// Throws unless the code is no error.
    static func check(_ code: rd_kafka_resp_err_t) throws(KafkaError) {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(code) }
    }

    /// Every broker is out of reach at the moment.
    package var isAllBrokersDown: Bool { code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN.rawValue }
    /// The producer's queue is full; the report of something sent before makes room.
    package var isQueueFull: Bool { code == RD_KAFKA_RESP_ERR__QUEUE_FULL.rawValue }
    /// A property is unknown or has a value that librdkafka does not take: only a person can help.
    package var isConfiguration: Bool { code == RD_KAFKA_RESP_ERR__INVALID_ARG.rawValue }
    /// The client was closed before an answer came.
    package var isClosed: Bool { code == RD_KAFKA_RESP_ERR__DESTROY.rawValue }
    /// What was asked for exists already.
    package var isAlreadyThere: Bool { code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS.rawValue }
    /// The topic is not there.
    package var isUnknownTopic: Bool {
        code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART.rawValue || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC.rawValue
            || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION.rawValue
    }

    /// Trouble of the network or of a broker that is starting, stopping or busy.
    private static let retriable: Set<Int32> = Set(
        [
            RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__QUEUE_FULL, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
            RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE, RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
            RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
        ].map(\.rawValue))
}
