import CRdKafka

/// One line that librdkafka has to say; never of a payload, but of addresses and topics.
package struct KafkaLogLine: Sendable {
    /// syslog's severity: 3 is an error, 4 a warning, 6 information, 7 debugging.
    package let severity: Int
    /// librdkafka's word for the part that speaks, such as `FAIL`.
    package let facility: String
    package let message: String
}

/// Where librdkafka's lines go; called on librdkafka's own threads.
package typealias KafkaLogHandler = @Sendable (KafkaLogLine) -> Void

/// What librdkafka's callbacks need, found through the client's opaque pointer; lives as long as the client.
///
/// Unchecked Sendable: the log handler and `packing` are called on any thread; `rebalancing` only on the one that polls.
final class Callbacks: @unchecked Sendable {
    let log: KafkaLogHandler
    let rebalancing: Rebalancing?
    let packing: PackingThread?

    init(log: @escaping KafkaLogHandler, rebalancing: Rebalancing?, packing: PackingThread?) {
        self.log = log
        self.rebalancing = rebalancing
        self.packing = packing
    }
}

/// librdkafka's `log_cb`.
func receiveLogLine(_ client: OpaquePointer?, _ level: Int32, _ facility: UnsafePointer<CChar>?, _ text: UnsafePointer<CChar>?) {
    guard let client = unsafe client, let opaque = unsafe rd_kafka_opaque(client) else { return }
    let callbacks = unsafe Unmanaged<Callbacks>.fromOpaque(opaque).takeUnretainedValue()
    unsafe callbacks.log(
        KafkaLogLine(severity: Int(level), facility: facility.map { unsafe String(cString: $0) } ?? "", message: text.map { unsafe String(cString: $0) } ?? ""))
}
