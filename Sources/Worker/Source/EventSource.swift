package import RdKafka

/// Where events come from: Kafka, or a test's script. Everything but `wake` belongs to the runtime's poll thread.
package protocol EventSource: AnyObject {
    /// Gives what is there, waiting only when there is nothing. Changes of the assignment are told meanwhile, through the handler that the source was made with.
    ///
    /// - Parameters:
    ///   - max: records at most.
    ///   - timeout: how long to wait for the first.
    /// - Returns: sentences on what went wrong meanwhile; a fatal one ends the worker.
    func poll(max: Int, timeout: Duration, _ take: (Record) -> Void) -> [SourceTrouble]
    /// Gives nothing from these partitions until `resume`.
    func pause(_ partitions: [TopicPartition])
    func resume(_ partitions: [TopicPartition])
    /// Keeps offsets of next records for the group. One that fails is made good by a later one, and harmless if it never is.
    ///
    /// - Parameter waiting: whether to wait for the answer.
    func commit(_ offsets: [PartitionOffset], waiting: Bool) throws(KafkaError)
    /// Leaves the group.
    func close()
    /// Ends a `poll` early, from any thread.
    var wake: @Sendable () -> Void { get }
}

/// Something that went wrong with a source.
package struct SourceTrouble: Sendable, Equatable {
    package let error: KafkaError
    /// Whether the source is of no use any more.
    package let isFatal: Bool

    package init(error: KafkaError, isFatal: Bool) {
        self.error = error
        self.isFatal = isFatal
    }
}
