import Events
import Schemas
import Testing

@Suite("the topic contract")
struct TopicContractTests {
    @Test func `has a topic for every event type and one for what is not recognised`() throws {
        let contract = try TopicContract(mode: .live)
        let names = Set(contract.topics.map(\.name))
        for type in EventType.allCases { #expect(names.contains("dodo.\(type.rawValue)")) }
        #expect(names.contains("dodo.unrecognised"))
        #expect(names.count == contract.topics.count)
    }

    @Test func `names the topics of test mode apart from those of live mode`() {
        #expect(Mode.live.topicName("dodo.payment.succeeded") == "dodo.payment.succeeded")
        #expect(Mode.test.topicName("dodo.payment.succeeded") == "dodo-test.payment.succeeded")
    }
}
