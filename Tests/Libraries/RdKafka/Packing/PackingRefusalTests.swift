@testable import RdKafka
import Testing

/// Where requests cannot be packed.
@Suite struct PackingRefusalTests {
    @Test(arguments: [
        (nil, true), ("plaintext", true), ("PLAINTEXT", true), ("SSL", false), ("ssl", false), ("sasl_plaintext", false), ("SASL_SSL", false), ("", false),
    ])
    func `only a connection without TLS and without a login can be packed`(securityProtocol: String?, canBe: Bool) {
        var properties: KafkaProperties = ["bootstrap.servers": "127.0.0.1:1"]
        properties["security.protocol"] = securityProtocol
        #expect(Producer.canPack(properties) == canBe)
    }

    @Test func `a producer that is to pack requests on an encrypted connection is refused with the reason`() {
        let error = #expect(throws: KafkaError.self) { try Producer(["bootstrap.servers": "127.0.0.1:1", "security.protocol": "ssl"], packsRequests: true) }
        #expect(error?.description.contains("requests can be packed only where security.protocol is plaintext") == true)
        #expect(error?.isConfiguration == true)
    }

    @Test(arguments: ["acks", "request.required.acks"])
    func `a producer that is to pack requests that nobody answers is refused with the reason`(name: String) {
        var properties: KafkaProperties = ["bootstrap.servers": "127.0.0.1:1"]
        properties[name] = "0"
        let error = #expect(throws: KafkaError.self) { try Producer(properties, packsRequests: true) }
        #expect(error?.description.contains("requests can be packed only where acks is not 0") == true)
    }

    @Test func `an idempotent producer has one request under way also when it packs`() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("topic", partitions: 4)
        let producer = try Producer(["bootstrap.servers": cluster.bootstrapServers, "enable.idempotence": "true", "acks": "all"], packsRequests: true)
        for number in 0..<20 as Range<Int32> {
            let receipt = try await producer.produce(topic: "topic", partition: number % 4, key: nil, value: [UInt8(number)])
            #expect(receipt.partition == number % 4 && receipt.offset == Int64(number / 4))
        }
        producer.close()
    }
}
