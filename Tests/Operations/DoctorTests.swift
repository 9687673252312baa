import Events
import Operations
import Settings
import Surroundings
import TestKit
import Testing

@Suite("the doctor", .timeLimit(.minutes(2))) struct DoctorTests {
    @Test func `finds what is wrong with each part and goes on to the next`() async throws {
        let conninfo = try await TestDatabase.fresh(migrated: false)
        let findings = await Doctor(
            Environment(["DATABASE_URL": conninfo, "DODO_PAYMENTS_ENVIRONMENT": "staging", "KAFKA_SASL_PASSWORD": "hunter2"]), nowMilliseconds: 0).examine()
        func verdict(_ check: String) -> Finding.Verdict? { findings.first { $0.check == check }?.verdict }
        #expect(verdict("mode") == .failed)
        #expect(verdict("webhook secret") == .warning)
        #expect(verdict("kafka") == .failed)
        #expect(verdict("postgresql") == .good)
        #expect(verdict("schema") == .failed)
        #expect(findings.first { $0.check == "schema" }?.saying.contains("nicobar migrate up") == true)
        #expect(!findings.contains { $0.saying.contains("hunter2") })
    }

    @Test func `has nothing to say of a deployment that is as it should be, but that no worker runs`() async throws {
        let broker = try await TestBroker.shared()
        guard broker.takesTopicRequests else { return print("tests: the doctor's Kafka checks need a real Kafka; skipped on the mock cluster") }
        let conninfo = try await TestDatabase.fresh()
        let environment = Environment([
            "DATABASE_URL": conninfo, "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrapServers, "KAFKA_GROUP_ID": uniqueName("nobody"),
            "DODO_PAYMENTS_WEBHOOK_SECRET": "whsec_hunter2hunter2hunter2hunter2",
        ])
        let findings = await Doctor(environment, nowMilliseconds: 0) { contract in
            [
                WorkerGroup("one-worker", name: "not asked for", topics: [contract.topicName(for: .payoutFailed)]),
                WorkerGroup("other-worker", name: uniqueName("other"), topics: [contract.topicName(for: .payoutFailed)], isNeededOnlyIf: "others are sold"),
            ]
        }.examine()
        #expect(!findings.contains { $0.saying.contains("hunter2") })
        let one = findings.first { $0.check == "one-worker" }, other = findings.first { $0.check == "other-worker" }
        #expect(one?.verdict == .warning && one?.saying.contains("no process is in the group nobody") == true, "\(one?.saying ?? "nothing is said of it")")
        #expect(other?.verdict == .warning && other?.saying.hasSuffix("start one if others are sold") == true, "\(other?.saying ?? "nothing is said of it")")
        for check in ["mode", "kafka", "postgresql", "schema", "dead letters"] { #expect(findings.first { $0.check == check }?.verdict == .good, "\(check)") }
    }
}
