import Foundation
import RdKafka
import Surroundings
import TestKit
import Testing

/// What a producer promises, on whichever broker the tests run against.
@Suite(.timeLimit(.minutes(2))) struct ProducerTests {
    @Test func `a loop that begins to listen when the broker has been away for a while is woken and hears of later reports`() async throws {
        try await onThread {
            let producer = try Producer(["bootstrap.servers": "127.0.0.1:1"], reports: .loop)
            // Long enough for the client to note that nobody answers, before anybody listens.
            _ = try? producer.metadata(timeout: .seconds(1))
            let pipe = Pipe()
            producer.wakeOnReports(pipe.fileHandleForWriting.fileDescriptor)
            var watched = pollfd(fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            #expect(poll(&watched, 1, 1000) == 1)
            producer.wakeOnReports(-1)
            producer.close()
        }
    }

    /// An idempotent producer with several requests at a time: librdkafka 2.0.2 reports all five as written, and the broker has four.
    @Test(arguments: ["true", "false"])
    func `a message that was refused while later ones were taken is sent again and not believed to be written`(idempotent: String) async throws {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic("refused", partitions: 1)
        // A request for each message, and time for all of them to be on their way together.
        try cluster.setRoundTrip(.milliseconds(30))
        let producer = try Producer([
            "bootstrap.servers": cluster.bootstrapServers, "enable.idempotence": idempotent, "acks": "all", "batch.num.messages": "1", "linger.ms": "0",
        ])
        _ = try await producer.produce(topic: "refused", partition: 0, key: nil, value: [0])
        let notLeader: Int32 = 6, produce: Int16 = 0
        cluster.pushRequestErrors(apiKey: produce, code: notLeader, times: 1)
        await withTaskGroup(of: Void.self) { group in
            for number in UInt8(1)...5 {
                group.addTask {
                    do { _ = try await producer.produce(topic: "refused", partition: 0, key: nil, value: [number]) } catch { Issue.record(error) }
                }
            }
        }
        let servers = cluster.bootstrapServers
        let values = try await onThread {
            let consumer = try Consumer(["bootstrap.servers": servers], groupId: "refused")
            try consumer.assign([PartitionOffset(TopicPartition(topic: "refused", partition: 0), 0)])
            var values: Set<UInt8> = []
            let end = ContinuousClock.now + .seconds(10)
            while values.count < 6, ContinuousClock.now < end {
                let batch = consumer.poll(max: 10, timeout: .milliseconds(200))
                for index in 0..<batch.count { values.insert(batch[index].value[0]) }
            }
            try consumer.close()
            return values
        }
        #expect(values == [0, 1, 2, 3, 4, 5])
    }

    @Test(arguments: [("enable.idempotence", "true"), ("enable.idempotence", "1"), ("enable.idempotence", "True"), ("transactional.id", "t")])
    func `an idempotent producer that is asked for several requests at a time is refused`(name: String, value: String) async throws {
        let error = #expect(throws: KafkaError.self) {
            var properties: KafkaProperties = ["bootstrap.servers": "127.0.0.1:1", "max.in.flight.requests.per.connection": "5"]
            properties[name] = value
            return try Producer(properties)
        }
        #expect(error?.description.contains("max.in.flight.requests.per.connection") == true)
        #expect(error?.isConfiguration == true)
    }

    @Test func `what is produced is consumed byte for byte, with its headers and with no key where there was none`() async throws {
        let topic = try await freshTopic()
        let servers = try await TestBroker.shared().bootstrapServers
        let value = (0..<5000).map { UInt8($0 % 251) }
        let producer = try Producer(["bootstrap.servers": servers, "acks": "all"])
        let first = try await producer.produce(topic: topic, partition: 2, key: nil, value: value, headers: [("a", [0, 255]), ("b", [])])
        let second = try await producer.produce(topic: topic, partition: 2, key: [7, 0, 7], value: [])
        #expect(first.topic == topic && first.partition == 2)
        #expect(second.offset == first.offset + 1)

        let read = try await onThread {
            let consumer = try Consumer(["bootstrap.servers": servers], groupId: uniqueName("bytes"))
            try consumer.assign([PartitionOffset(TopicPartition(topic: topic, partition: 2), first.offset)])
            var found: [(key: [UInt8]?, value: [UInt8], headers: [String], a: [UInt8]?, missing: Bool)] = []
            let end = ContinuousClock.now + .seconds(20)
            while found.count < 2, ContinuousClock.now < end {
                let batch = consumer.poll(max: 10, timeout: .milliseconds(500))
                for index in 0..<batch.count {
                    let message = batch[index]
                    var names: [String] = []
                    message.forEachHeader { name, value in names.append("\(name):\(value?.count ?? -1)") }
                    found.append((message.key.map(Array.init), Array(message.value), names, message.header("a").map(Array.init), message.header("c") == nil))
                }
            }
            try consumer.close()
            return found
        }
        try #require(read.count == 2)
        #expect(read[0].key == nil)
        #expect(read[0].value == value)
        #expect(read[0].headers == ["a:2", "b:0"])
        #expect(read[0].a == [0, 255] && read[0].missing)
        #expect(read[1].key == [7, 0, 7])
        #expect(read[1].value.isEmpty)
    }

    @Test func `each ticket comes back exactly once, and the descriptor says when`() async throws {
        let topic = try await freshTopic()
        let servers = try await TestBroker.shared().bootstrapServers
        try await onThread {
            let producer = try Producer(["bootstrap.servers": servers, "linger.ms": "1"], reports: .loop)
            let handle = try producer.topic(topic)
            var pipes: [Int32] = [0, 0]
            #expect(pipe(&pipes) == 0)
            producer.wakeOnReports(pipes[1])
            let total: UInt = 500
            let body: [UInt8] = [1, 2, 3]
            for ticket in 1...total {
                try body.withUnsafeBytes { try producer.enqueue(handle, key: $0, value: $0, headers: [], ticket: ticket) }
            }
            var seen: [UInt: Int] = [:]
            let end = ContinuousClock.now + .seconds(20)
            while seen.count < Int(total), ContinuousClock.now < end {
                var entry = pollfd(fd: pipes[0], events: Int16(POLLIN), revents: 0)
                if poll(&entry, 1, 1000) > 0 {
                    var bytes = [UInt8](repeating: 0, count: 4096)
                    _ = read(pipes[0], &bytes, bytes.count)
                }
                producer.drainReports { ticket, error in
                    #expect(error == nil)
                    seen[ticket, default: 0] += 1
                }
            }
            #expect(seen.count == Int(total) && seen.values.allSatisfy { $0 == 1 })
            #expect(producer.queueLength == 0)
        }
    }

    @Test func `a full queue refuses at once and says that it may be tried again`() async throws {
        let producer = try Producer(["bootstrap.servers": "127.0.0.1:1", "queue.buffering.max.messages": "5"], reports: .loop)
        let handle = try producer.topic("any")
        var refusal: KafkaError?
        for ticket in 1...6 as ClosedRange<UInt> {
            do throws(KafkaError) {
                try producer.enqueue(handle, key: UnsafeRawBufferPointer(start: nil, count: 0), value: UnsafeRawBufferPointer(start: nil, count: 0), headers: [], ticket: ticket)
            } catch { refusal = error }
        }
        #expect(refusal?.isQueueFull == true && refusal?.isRetriable == true && refusal?.isFatal == false)
    }

    @Test func `a message that finds no broker is reported with an error when its time is up`() async throws {
        let producer = try Producer(["bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": "300"])
        await #expect(throws: KafkaError.self) { try await producer.produce(topic: "any", key: nil, value: [1]) }
    }

    @Test func `whoever awaits is answered when the producer is closed, though no broker ever answers`() async throws {
        let producer = try Producer(["bootstrap.servers": "127.0.0.1:1"])
        async let waiting = Result<Receipt, any Error> { try await producer.produce(topic: "any", key: nil, value: [1]) }
        #expect(await eventually { producer.queueLength == 1 })
        producer.close()
        guard case .failure(let error as KafkaError) = await waiting else {
            Issue.record("a receipt without a broker")
            return
        }
        #expect(error.isClosed)
        await #expect(throws: KafkaError.self) { try await producer.produce(topic: "any", key: nil, value: [1]) }
    }

    @Test func `a property that librdkafka does not know is refused by name, never by value`() throws {
        let error = #expect(throws: KafkaError.self) { try Producer(["no.such.thing": "hunter2"]) }
        #expect(error?.text.contains("KAFKA_NO_SUCH_THING") == true)
        #expect(error?.text.contains("hunter2") == false)
        let properties = KafkaProperties.fromEnvironment(["KAFKA_SASL_USERNAME": "x", "KAFKA_HOME": "/y", "KAFKA_GROUP_ID": "z", "PATH": "p"])
        #expect(properties["sasl.username"] == "x" && properties["home"] == nil && properties["group.id"] == nil)
    }
}

extension Result where Failure == any Error {
    /// The outcome of asynchronous work.
    init(_ work: () async throws -> Success) async {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }
}

/// A topic with four partitions that no other test writes to.
func freshTopic(_ word: String = "test.topic") async throws -> String {
    let name = uniqueName(word) + "-\(UInt32.random(in: 0 ... .max))"
    try await TestBroker.shared().createTopics([name], partitions: 4)
    return name
}
