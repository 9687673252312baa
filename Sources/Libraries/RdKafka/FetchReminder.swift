/// Notices when librdkafka has to be told that there is room again in its queue. A pure machine.
///
/// While enough messages wait, librdkafka 2.0.2 fetches no more, and its thread for a broker sleeps until it has something else to do there, up to a second
/// (`fetch.queue.backoff.ms`, which is what later versions call that second, is unknown to it). A small queue would be empty for most of that time.
struct FetchReminder {
    /// So many messages are enough (`queued.min.messages`), or so many bytes (`queued.max.messages.kbytes`).
    private let enough: Int, enoughBytes: Int
    private var hadEnough = false
    /// Whether a reminder will be due once there is less.
    var isWaiting: Bool { hadEnough }
    /// How large the messages were that were taken last, in bytes.
    private var each = 0

    init(_ properties: KafkaProperties) {
        enough = properties["queued.min.messages"].flatMap { Int($0) } ?? 100_000
        enoughBytes = (properties["queued.max.messages.kbytes"].flatMap { Int($0) } ?? 65_536) << 10
    }

    /// Whether it is time to remind: there was enough, and now there is less than half of it.
    ///
    /// What is in the queue is not only what can be taken: of a partition that was paused, also if it was resumed since, it holds what was fetched before, which goes when
    /// its turn comes and is taken by nobody.
    ///
    /// - Parameters:
    ///   - before: messages that were in the queue.
    ///   - left: messages that are in it now.
    ///   - taken: how many were taken meanwhile.
    ///   - bytes: how large those were together.
    mutating func isDue(before: Int, left: Int, taken: Int, bytes: Int) -> Bool {
        // How large the others are is not known; as large as these.
        if taken > 0 { each = bytes / taken }
        if before >= enough || before * each >= enoughBytes { hadEnough = true }
        guard hadEnough, left <= enough / 2, left * each <= enoughBytes / 2 else { return false }
        hadEnough = false
        return true
    }
}
