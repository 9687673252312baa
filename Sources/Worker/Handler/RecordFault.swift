/// Why one event cannot be applied, ever: it becomes a dead letter.
package struct RecordFault: Error, Sendable, Equatable {
    /// A short constant word such as `not-json`, which with the event's type makes the fingerprint of the cause.
    package let reason: String
    /// One sentence for the operator, with nothing of the event's content in it.
    package let detail: String

    package init(reason: String, detail: String) {
        self.reason = reason
        self.detail = detail
    }
}
