import Events
import Operations
import RdKafka
import Surroundings
import TestKit
import Testing

@Suite("the topic plan") struct TopicPlanTests {
    private func contract(_ mode: Mode = .live) throws -> TopicContract { try TopicContract(mode: mode) }

    /// A broker that is exactly as the contract wants it.
    private func asPlanned(_ contract: TopicContract, partitions: Int? = nil) -> [String: TopicPlan.Present] {
        Dictionary(uniqueKeysWithValues: contract.topics.map { topic in
            (topic.name, TopicPlan.Present(
                partitions: partitions ?? topic.partitions,
                settings: [
                    "retention.ms": TopicSetting(value: String(topic.retentionMilliseconds), isDefault: false),
                    "cleanup.policy": TopicSetting(value: topic.cleanup, isDefault: false),
                    "max.message.bytes": TopicSetting(value: String(topic.maxMessageBytes), isDefault: false),
                ]))
        })
    }

    @Test(arguments: [Mode.live, .test]) func `creates every topic on an empty broker`(mode: Mode) throws {
        let contract = try contract(mode)
        let plan = TopicPlan(contract, present: ["somebody.elses": .init(partitions: 1, settings: [:])], brokers: 1)
        #expect(plan.changes.count == contract.topics.count)
        #expect(plan.complaints.isEmpty)
        guard case .create(let topic)? = plan.changes.first else { return #expect(Bool(false), "nothing is created") }
        #expect(topic.name == (mode == .live ? "dodo.payment.succeeded" : "dodo-test.payment.succeeded"))
        #expect(topic.partitions == 4 && topic.replication == 1)
        #expect(topic.config["retention.ms"] == "2592000000" && topic.config["min.insync.replicas"] == nil)
    }

    @Test func `asks for three copies, two of them in step, where there are brokers for it`() throws {
        guard case .create(let topic)? = TopicPlan(try contract(), present: [:], brokers: 5).changes.first else { return #expect(Bool(false)) }
        #expect(topic.replication == 3 && topic.config["min.insync.replicas"] == "2")
    }

    @Test func `is empty when all is as it should be`() throws {
        let contract = try contract()
        #expect(TopicPlan(contract, present: asPlanned(contract), brokers: 1).isEmpty)
    }

    @Test func `raises what has too few partitions and alters what differs`() throws {
        let contract = try contract()
        var present = asPlanned(contract)
        present["dodo.refund.failed"] = .init(partitions: 2, settings: ["retention.ms": TopicSetting(value: "1", isDefault: true), "cleanup.policy": TopicSetting(value: "delete", isDefault: true)])
        let plan = TopicPlan(contract, present: present, brokers: 1)
        #expect(plan.changes == [
            .raisePartitions(topic: "dodo.refund.failed", from: 2, to: 4), .alter(topic: "dodo.refund.failed", setting: "retention.ms", from: "1", to: "2592000000"),
        ])
    }

    @Test func `raises all together, and takes that as planned afterwards`() throws {
        let contract = try contract()
        #expect(TopicPlan(contract, present: asPlanned(contract), partitions: 8, brokers: 1).changes.count == contract.topics.count)
        #expect(TopicPlan(contract, present: asPlanned(contract, partitions: 8), brokers: 1).isEmpty)
    }

    @Test func `complains of partitions that it cannot take away, and leaves strangers with our prefix alone`() throws {
        let contract = try contract()
        var present = asPlanned(contract)
        present["dodo.payment.failed"] = .init(partitions: 6, settings: present["dodo.payment.failed"]?.settings ?? [:])
        present["dodo.old.name"] = .init(partitions: 1, settings: [:])
        let plan = TopicPlan(contract, present: present, brokers: 1)
        #expect(plan.changes.isEmpty && !plan.isEmpty)
        #expect(plan.complaints == [.morePartitionsThanPlanned(topic: "dodo.payment.failed", has: 6, planned: 4), .unknownTopic("dodo.old.name")])
        #expect(plan.complaints.first?.description.contains("nicobar topics apply --partitions 6") == true)
    }

    @Test func `applied to a real broker leaves nothing to do, also the second time and after raising`() async throws {
        let broker = try await TestBroker.shared()
        guard broker.takesTopicRequests else { return print("tests: applying topics needs a real Kafka; skipped on the mock cluster") }
        let admin = try Admin(["bootstrap.servers": broker.bootstrapServers])
        let contract = try contract(.test)
        try await TopicPlan.read(contract, from: admin).apply(contract, to: admin)
        #expect(try await eventually { try await TopicPlan.read(contract, from: admin).changes == [] })
        let name = contract.topics[3].name
        try await admin.alterTopic(name, settings: ["retention.ms": "1000"])
        // What the controller has taken, the broker that is asked tells a moment later.
        let wanted: [TopicPlan.Change] = [.alter(topic: name, setting: "retention.ms", from: "1000", to: "2592000000")]
        #expect(try await eventually { try await TopicPlan.read(contract, from: admin).changes == wanted })
        try await TopicPlan.read(contract, from: admin).apply(contract, to: admin)
        #expect(try await eventually { try await TopicPlan.read(contract, from: admin).changes == [] })
        let raised = try await TopicPlan.read(contract, from: admin, partitions: 5)
        #expect(raised.changes.count == contract.topics.count)
        try await raised.apply(contract, to: admin)
        #expect(try await eventually { try await TopicPlan.read(contract, from: admin).isEmpty })
        #expect(try await admin.metadata().topics.first { $0.name == name }?.partitions.count == 5)
    }
}
