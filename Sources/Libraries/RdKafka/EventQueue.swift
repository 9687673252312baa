import CRdKafka

/// The owner of a reference to one of librdkafka's queues.
///
/// Unchecked Sendable: librdkafka locks a queue inside.
@safe final class EventQueue: @unchecked Sendable {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe rd_kafka_queue_destroy(pointer) }

    /// Takes one event and lends it.
    ///
    /// - Parameter timeout: how long to wait, in milliseconds.
    /// - Returns: whether there was one.
    func next(timeout: Int32, _ body: (OpaquePointer) -> Void) -> Bool {
        guard let event = unsafe rd_kafka_queue_poll(pointer, timeout) else { return false }
        unsafe body(event)
        unsafe rd_kafka_event_destroy(event)
        return true
    }

    /// Makes librdkafka write to the descriptor when the queue stops being empty; a negative descriptor ends that.
    func wake(_ descriptor: Int32) {
        var one: UInt64 = 1
        unsafe rd_kafka_queue_io_event_enable(pointer, descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Makes whoever waits in `next` come back.
    func interrupt() { unsafe rd_kafka_queue_yield(pointer) }
}
