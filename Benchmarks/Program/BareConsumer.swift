import CommandLine
import Foundation
import RdKafka
import Surroundings
import Worker

/// The limit beside the worker: librdkafka's consumer alone, with the worker's properties, over the same topics; it counts and forgets.
enum BareConsumer {
    struct Report: Sendable {
        let count: Int
        /// From the first messages to the last.
        let seconds: Double
        /// Of this whole process meanwhile, librdkafka's threads included.
        let cpuSeconds: Double
        /// From the making of the consumer to the first messages: joining a group and asking for offsets.
        let firstSeconds: Double
    }

    /// Reads from the beginning of the topics, as a group that nobody has seen before, until so many messages have come. On a thread of its own.
    static func count(_ messages: Int, of topics: [String], at bootstrapServers: String) async throws -> Report {
        try await OwnThread.run {
            let properties: KafkaProperties = ["bootstrap.servers": bootstrapServers, "client.id": "nicobar-bench"]
            let made = Stopwatch.seconds
            let consumer = try Consumer(properties.over(KafkaSource.properties), groupId: "nicobar-bench-\(UUID().uuidString)")
            try consumer.subscribe(topics)
            var count = 0, first: (seconds: Double, cpu: Double, count: Int)?
            var lastNews = made
            while count < messages {
                let batch = consumer.poll(max: 500, timeout: .milliseconds(100))
                let now = Stopwatch.seconds
                if batch.count > 0 { lastNews = now }
                guard now - lastNews < 60 else { throw CommandFailure("only \(count) of \(messages) messages came; for a minute none has") }
                count += batch.count
                if first == nil, count > 0 { first = (now, ProcessTime.ownSeconds, count) }
            }
            let end = Stopwatch.seconds, cpu = ProcessTime.ownSeconds
            try consumer.close()
            guard let first else { throw CommandFailure("no messages were asked for") }
            return Report(count: count - first.count, seconds: end - first.seconds, cpuSeconds: cpu - first.cpu, firstSeconds: first.seconds - made)
        }
    }
}
