import Events
import Foundation
import Ingest
import Simulator

/// A delivery as ingest would publish it, worked out beforehand: topic, key, bytes and headers.
struct PreparedMessage: Sendable {
    /// The known type; nil for the unrecognised topic.
    let type: EventType?
    let key: [UInt8]
    let body: [UInt8]
    /// The values of the headers that differ from message to message, one behind the other: id, type, time, webhook-timestamp, received-at, traceparent.
    let headerValues: [UInt8]
    /// Where each of them ends.
    let ends: [Int]

    /// - Parameter envelope: ingest's own reader, so that topic and key are decided as there.
    init(_ delivery: Delivery, _ envelope: EnvelopeReader) {
        let id = Array(delivery.webhookId.utf8)
        let seconds = Int64(Stopwatch.wallSeconds)
        var type: EventType?, key = id, time: [UInt8] = [], typeName: [UInt8] = []
        delivery.body.withUnsafeBytes { body in
            envelope.route(body) { route in
                type = route.type
                if let found = route.key { key = Array(found) }
                time = route.time.map { Array($0) } ?? []
                typeName = route.typeName.map { Array($0) } ?? []
            }
        }
        self.type = type
        self.key = key
        body = delivery.body
        let trace = String(format: "00-%016lx%016lx-%016lx-00", UInt.random(in: 1 ... .max), UInt.random(in: 1 ... .max), UInt.random(in: 1 ... .max))
        let values = [
            id, typeName, time, Array(String(delivery.timestamp(wallSeconds: seconds)).utf8),
            Array(Timestamp(microseconds: seconds * 1_000_000 + 123_456).description.utf8), Array(trace.utf8),
        ]
        headerValues = Array(values.joined())
        ends = values.reduce(into: []) { $0.append(($0.last ?? 0) + $1.count) }
    }

    static func all(of deliveries: [Delivery]) -> [PreparedMessage] {
        let envelope = EnvelopeReader()
        return deliveries.map { PreparedMessage($0, envelope) }
    }
}
