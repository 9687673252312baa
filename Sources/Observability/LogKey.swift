/// The name of a field of a log line. All that are in use stand here, so that one thing has one name in every program.
package struct LogKey: Sendable, Hashable {
    package let name: String

    private init(_ name: String) { self.name = name }

    package static let webhookId = LogKey("webhook.id")
    package static let eventType = LogKey("event.type")
    package static let reason = LogKey("reason")
    package static let error = LogKey("error")
    package static let part = LogKey("part")
    package static let saying = LogKey("saying")
    package static let subject = LogKey("subject")

    package static let topic = LogKey("kafka.topic")
    package static let partition = LogKey("kafka.partition")
    package static let offset = LogKey("kafka.offset")
    package static let group = LogKey("kafka.group")
    package static let kafkaFacility = LogKey("kafka.facility")
    package static let kafkaMessage = LogKey("kafka.message")

    package static let worker = LogKey("worker")
    package static let lane = LogKey("lane")
    package static let lanes = LogKey("lanes")
    package static let epoch = LogKey("epoch")
    package static let shards = LogKey("shards")
    package static let attempt = LogKey("attempt")
    package static let events = LogKey("events")

    package static let address = LogKey("http.address")
    package static let status = LogKey("http.status")
    package static let connections = LogKey("http.connections")

    package static let seconds = LogKey("seconds")
    package static let signal = LogKey("signal")
    package static let variable = LogKey("variable")
    package static let count = LogKey("count")
}
