import Events
import RdKafka

/// Whether every topic takes the largest message that ingest may write. Pure.
struct MessageSizes {
    private static let setting = "max.message.bytes"

    /// - Parameter settings: of the topics that are there, as the broker tells them.
    static func finding(_ contract: TopicContract, settings: [String: [String: TopicSetting]]) -> Finding {
        var small: [(name: String, bytes: Int)] = [], told = 0
        for topic in contract.topics {
            guard let value = settings[topic.name]?[setting].flatMap({ Int($0.value) }) else { continue }
            told += 1
            if value < topic.maxMessageBytes { small.append((topic.name, value)) }
        }
        let expected = contract.topics.map(\.maxMessageBytes).max() ?? 0
        if let least = small.min(by: { $0.bytes < $1.bytes }) {
            return Finding(
                "message size", .failed,
                "\(setting) of \(least.name) is \(least.bytes)\(small.count == 1 ? "" : ", and of \(small.count - 1) more too small"); expected \(expected) or more: "
                    + "ingest takes bodies of 1 MiB and would answer 503 for what does not fit; run: nicobar topics apply")
        }
        guard told > 0 else { return Finding("message size", .warning, "the broker tells no topic's \(setting); expected \(expected) or more; see: nicobar topics diff") }
        return Finding("message size", .good, "\(told) topics take messages of \(expected) bytes or more")
    }
}
