package import Events
import LibCrypto
package import Simulator
package import Worker

/// An event as a test writes it down, with memory of its own.
package struct WrittenEvent: Sendable {
    package var webhookId: String
    /// Nil: the message has no such header.
    package var type: String?
    package var body: [UInt8]
    package var attemptSeconds: Int64
    package var unrecognisedReason: String?

    package init(_ webhookId: String, type: String?, body: [UInt8], attemptSeconds: Int64 = 1_767_225_600, unrecognisedReason: String? = nil) {
        self.webhookId = webhookId
        self.type = type
        self.body = body
        self.attemptSeconds = attemptSeconds
        self.unrecognisedReason = unrecognisedReason
    }

    package init(_ webhookId: String, type: String?, body: String, attemptSeconds: Int64 = 1_767_225_600) {
        self.init(webhookId, type: type, body: Array(body.utf8), attemptSeconds: attemptSeconds)
    }

    /// One of Dodo's events in its envelope.
    ///
    /// - Parameters:
    ///   - at: when it happened.
    ///   - attempt: how many seconds later the attempt was made.
    ///   - data: JSON.
    package init(_ webhookId: String, _ type: String, at time: Timestamp, attempt: Int64 = 0, _ data: String) {
        self.init(
            webhookId, type: type, body: #"{"business_id":"bus_1","type":"\#(type)","timestamp":"\#(time)","data":\#(data)}"#,
            attemptSeconds: time.microseconds / 1_000_000 + attempt)
    }

    /// A delivery of the simulator's.
    package init(_ delivery: Delivery) {
        self.init(delivery.webhookId, type: delivery.typeName, body: delivery.body, attemptSeconds: delivery.attemptTimestamp)
    }

    /// Lends the event as the runtime would.
    package func lend<Failure: Error>(_ take: (IncomingEvent) throws(Failure) -> Void) throws(Failure) {
        let id = Array(webhookId.utf8), name = Array((type ?? "").utf8), reason = Array((unrecognisedReason ?? "").utf8)
        let result: Result<Void, Failure> = id.withUnsafeBytes { id in
            name.withUnsafeBytes { name in
                reason.withUnsafeBytes { reason in
                    body.withUnsafeBytes { body in
                        withUnsafeBytes(of: SHA256.hash(body).bytes) { hash in
                            Result { () throws(Failure) in
                                try take(IncomingEvent(
                                    webhookId: id, typeName: type == nil ? nil : name, body: body, eventTime: nil,
                                    attemptTime: Timestamp(seconds: attemptSeconds), bodyHash: hash,
                                    unrecognisedReason: unrecognisedReason == nil ? nil : reason))
                            }
                        }
                    }
                }
            }
        }
        try result.get()
    }
}
