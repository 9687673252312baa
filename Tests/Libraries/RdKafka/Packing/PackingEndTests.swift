import Foundation
import RdKafka
import Surroundings
import TestKit
import Testing

/// What is left of a producer that packs requests when it is gone: nothing.
@Suite(.timeLimit(.minutes(2))) struct PackingEndTests {
    /// The log handler has it, and the packing thread has the log handler as long as it runs.
    private final class Token: Sendable {}

    private static func logger(_ token: Token) -> KafkaLogHandler { { _ in withExtendedLifetime(token) {} } }

    /// Makes a producer, has one message written, and lets both go.
    private static func writeOne(_ servers: String, _ token: Token) throws {
        let producer = try Producer(["bootstrap.servers": servers], reports: .loop, packsRequests: true, log: logger(token))
        try [1, 2, 3].withUnsafeBytes { try producer.enqueue(try producer.topic("topic"), partition: 0, key: $0, value: $0, headers: [], ticket: 7) }
        var written: [UInt] = []
        #expect(comesTrue {
            producer.drainReports { ticket, error in if error == nil { written.append(ticket) } }
            return written == [7]
        })
        #expect(producer.packing.packs == 1)
        producer.close()
    }

    @Test func `when a producer is gone its thread is gone, and of many no descriptor is left`() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("topic", partitions: 4)
        try await onThread {
            // Other tests open and close descriptors in this process, so it takes many producers to see what one leaves.
            let many = 100, before = Self.descriptors()
            for _ in 0..<many {
                weak var left: Token?
                do {
                    let token = Token()
                    left = token
                    try Self.writeOne(cluster.bootstrapServers, token)
                }
                try #require(comesTrue { left == nil })
            }
            #expect(comesTrue(within: 40) { Self.descriptors() < before + many * 2 / 3 })
        }
    }

    @Test(arguments: [["no.such.thing": "1"], ["message.timeout.ms": "x"], ["enable.idempotence": "true", "acks": "1"]] as [KafkaProperties])
    func `a producer that could not be made leaves no thread`(wrong: KafkaProperties) async throws {
        try await onThread {
            weak var left: Token?
            do {
                let token = Token()
                left = token
                #expect(throws: KafkaError.self) {
                    try Producer(wrong.over(["bootstrap.servers": "127.0.0.1:1"]), reports: .loop, packsRequests: true, log: Self.logger(token))
                }
            }
            #expect(comesTrue { left == nil })
        }
    }

    private static func descriptors() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? -1 }
}
