/// Notices when librdkafka has to be told that there is room again in its queue. A pure machine.
///
/// While enough messages wait, librdkafka 2.0.2 fetches no more, and its thread for a broker sleeps until it has something else to do there, up to a second
/// (`fetch.queue.backoff.ms`, which is what later versions call that second, is unknown to it). A small queue would be empty for most of that time.
struct FetchReminder {
    /// So many messages are enough (`queued.min.messages`), or so many bytes (`queued.max.messages.kbytes`).
    private let enough: Int, enoughBytes: Int
    private var hadEnough = false

    init(_ properties: KafkaProperties) {
        enough = properties["queued.min.messages"].flatMap { Int($0) } ?? 100_000
        enoughBytes = (properties["queued.max.messages.kbytes"].flatMap { Int($0) } ?? 65_536) << 10
    }

    /// Whether it is time to remind: there was enough, and now there is less than half of it.
    ///
    /// - Parameters:
    ///   - count: messages that were in the queue.
    ///   - taken: how many of them were taken.
    ///   - bytes: how large those were together.
    mutating func isDue(count: Int, taken: Int, bytes: Int) -> Bool {
        // How large the others are is not known; as large as these.
        let each = taken == 0 ? 0 : bytes / taken
        if count >= enough || count * each >= enoughBytes { hadEnough = true }
        let left = max(0, count - taken)
        // Who took nothing knows nobody to remind; librdkafka throws away what was fetched for partitions that were paused.
        guard hadEnough, taken > 0, left <= enough / 2, left * each <= enoughBytes / 2 else { return false }
        hadEnough = false
        return true
    }
}
