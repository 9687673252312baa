@testable import RdKafka
import Surroundings
import TestKit
import Testing

/// A producer that packs requests when brokers are away or refuse what they are given.
@Suite(.timeLimit(.minutes(2))) struct PackedProducerTroubleTests {
    private static func producer(_ servers: String, _ more: KafkaProperties = [:], packs: Bool = true) throws -> Producer {
        let properties: KafkaProperties = [
            "bootstrap.servers": servers, "acks": "all", "message.timeout.ms": "30000", "retry.backoff.ms": "20", "reconnect.backoff.ms": "20",
            "reconnect.backoff.max.ms": "100",
        ]
        return try Producer(more.over(properties), reports: .loop, packsRequests: packs)
    }

    /// A message that tells its number, for a partition of four that follows from it.
    private static func send(_ number: Int, _ producer: Producer, _ topic: String = "topic") throws {
        try withUnsafeBytes(of: Int64(number)) {
            try producer.enqueue(try producer.topic(topic), partition: Int32(number % 4), key: $0, value: $0, headers: [], ticket: UInt(number))
        }
    }

    /// What was reported, and how often.
    private struct Reports {
        var written: [UInt: Int] = [:], refused: [UInt: Int] = [:]
        var count: Int { written.count + refused.count }
        var areSingle: Bool { (Array(written.values) + Array(refused.values)).allSatisfy { $0 == 1 } && Set(written.keys).isDisjoint(with: refused.keys) }

        mutating func take(_ producer: Producer) {
            producer.drainReports { ticket, error in
                if error == nil { written[ticket, default: 0] += 1 } else { refused[ticket, default: 0] += 1 }
            }
        }
    }

    /// The numbers that are in the topic.
    private static func read(_ servers: String, awaiting expected: Set<UInt>) throws -> Set<UInt> {
        let consumer = try Consumer(["bootstrap.servers": servers, "fetch.wait.max.ms": "5"], groupId: uniqueName("trouble"))
        try consumer.assign((0..<4).map { PartitionOffset(TopicPartition(topic: "topic", partition: $0), 0) })
        var read: Set<UInt> = []
        _ = comesTrue {
            let batch = consumer.poll(max: 500, timeout: .milliseconds(50))
            for index in 0..<batch.count { read.insert(UInt(batch[index].value.loadUnaligned(as: Int64.self))) }
            return expected.isSubset(of: read)
        }
        try consumer.close()
        return read
    }

    @Test(arguments: [true, false])
    func `a broker that refuses connections is told of as such with and without packing, also once a message was given up`(packs: Bool) async throws {
        try await onThread {
            let producer = try Self.producer("127.0.0.1:1", ["message.timeout.ms": "500"], packs: packs)
            var reports = Reports()
            #expect(comesTrue {
                reports.take(producer)
                return !producer.isAnyBrokerReachable
            })
            try Self.send(7, producer)
            let begun = ContinuousClock.now
            #expect(comesTrue {
                reports.take(producer)
                return reports.count == 1
            })
            #expect(reports.refused == [7: 1] && ContinuousClock.now - begun < .seconds(5))
            #expect(!producer.isAnyBrokerReachable)
            producer.close()
        }
    }

    @Test func `a broker that goes away in the middle and comes back has all that was reported as written, and all is reported`() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("topic", partitions: 4)
        try await onThread {
            let producer = try Self.producer(cluster.bootstrapServers)
            var reports = Reports()
            try cluster.setRoundTrip(.milliseconds(5))
            for number in 0..<600 {
                try Self.send(number, producer)
                guard number % 200 == 100 else { continue }
                #expect(comesTrue {
                    reports.take(producer)
                    return reports.count > number / 2
                })
                // With requests under way, on both sides of the packing.
                for more in 0..<40 { try Self.send(1000 + number + more, producer) }
                try cluster.setBrokerDown()
                try cluster.setBrokerUp()
            }
            #expect(comesTrue(within: 40) {
                reports.take(producer)
                return reports.count == 720
            })
            #expect(reports.areSingle && reports.refused.isEmpty)
            let read = try Self.read(cluster.bootstrapServers, awaiting: Set(reports.written.keys))
            #expect(Set(reports.written.keys).subtracting(read) == [])
            producer.close()
        }
    }

    @Test(arguments: [6, 7] as [Int32])
    func `what a broker refuses is sent again, and nothing is lost`(code: Int32) async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("topic", partitions: 4)
        try await onThread {
            let producer = try Self.producer(cluster.bootstrapServers)
            var reports = Reports()
            try cluster.setRoundTrip(.milliseconds(5))
            cluster.pushRequestErrors(apiKey: 0, code: code, times: 3)
            for number in 0..<400 { try Self.send(number, producer) }
            #expect(comesTrue {
                reports.take(producer)
                return reports.count == 400
            })
            #expect(reports.areSingle && reports.refused.isEmpty)
            #expect(try Self.read(cluster.bootstrapServers, awaiting: Set(0..<400)) == Set(0..<400))
            producer.close()
        }
    }

    @Test func `a message that the broker refuses for good is reported as refused, and those beside it as written`() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("topic", partitions: 4)
        let tooLarge: Int32 = 10
        try await onThread {
            let producer = try Self.producer(cluster.bootstrapServers, ["batch.num.messages": "1"])
            var reports = Reports()
            cluster.pushRequestErrors(apiKey: 0, code: tooLarge, times: 1)
            for number in 0..<100 { try Self.send(number, producer) }
            #expect(comesTrue {
                reports.take(producer)
                return reports.count == 100
            })
            #expect(reports.areSingle && !reports.refused.isEmpty && !reports.written.isEmpty)
            #expect(try Self.read(cluster.bootstrapServers, awaiting: Set(reports.written.keys)) == Set(reports.written.keys))
            producer.close()
        }
    }
}
