import Events
import Foundation
import Simulator
import Surroundings
import TestKit
import Testing

/// What a program says when it must not start, and what it must never say.
@Suite(.timeLimit(.minutes(3))) struct RefusalJourneyTests {
    @Test func `a missing secret is one clear line and exit status 78`() async throws {
        let journey = try await JourneyStack()
        let (status, output) = try await journey.stack.run([], program: "ingest", extra: ["DODO_PAYMENTS_WEBHOOK_SECRET": ""])
        #expect(status == 78)
        #expect(output.split(separator: "\n").count == 1, "\(output)")
        #expect(output.contains("DODO_PAYMENTS_WEBHOOK_SECRET"))
        #expect(output.contains("whsec_"))
    }

    @Test(arguments: [
        ("ingest", "NICOBAR_LISTEN", "nonsense"), ("ingest", "LOG_LEVEL", "loudest"), ("ingest", "NICOBAR_SIGNATURE_SCHEME", "md5"),
        ("billing-worker", "NICOBAR_OBSERVE_LISTEN", "127.0.0.1"), ("billing-worker", "LOG_FORMAT", "xml"),
        ("billing-worker", "DODO_PAYMENTS_ENVIRONMENT", "staging"),
    ])
    func `a wrong setting names its variable and exits with 78`(program: String, variable: String, value: String) async throws {
        let journey = try await JourneyStack()
        let (status, output) = try await journey.stack.run([], program: program, extra: [variable: value])
        #expect(status == 78, "\(output)")
        #expect(output.split(separator: "\n").count == 1, "\(output)")
        #expect(output.contains(variable), "\(output)")
    }

    @Test func `a database without the schema is refused with the command that mends it`() async throws {
        let journey = try await JourneyStack(database: TestDatabase.fresh(migrated: false))
        let (status, output) = try await journey.stack.run([], program: "billing-worker")
        #expect(status == 78, "\(output)")
        #expect(output.contains("nicobar migrate up"), "\(output)")
    }

    @Test func `a database that is newer than the program is refused, and the unknown migration is named`() async throws {
        let journey = try await JourneyStack()
        _ = try await journey.value("insert into nicobar.migrations (version, name, checksum) values (9000, 'from_the_future', '') returning 1::text")
        let (status, output) = try await journey.stack.run([], program: "billing-worker")
        #expect(status == 78, "\(output)")
        #expect(output.contains("9000"), "\(output)")
    }

    @Test(arguments: ["ingest", "billing-worker"])
    func `a broker without the topics is refused with the command that mends it`(program: String) async throws {
        let broker = try await Broker.start()
        // A mock cluster makes every topic that it is asked about, and somebody else's broker has whatever it has.
        guard case .kafka = broker else { return await broker.remove() }
        let journey = try await JourneyStack(bootstrapServers: broker.bootstrapServers)
        let (status, output) = try await journey.stack.run([], program: program)
        #expect(status == 78, "\(output)")
        #expect(output.contains("nicobar topics apply"), "\(output)")
        try await broker.createTopics(try allTopics(), partitions: 3)
        let (again, complaint) = try await journey.stack.run([], program: program)
        #expect(again == 78, "\(complaint)")
        #expect(complaint.contains("partition"), "\(complaint)")
        await broker.remove()
    }

    @Test func `secrets and personal data that a run was given are never printed`() async throws {
        let journey = try await JourneyStack()
        let canary = "hunter2canary"
        let ingest = try await journey.startIngest(extra: ["LOG_LEVEL": "trace", "KAFKA_SASL_PASSWORD": canary])
        let worker = try await journey.startWorker(extra: ["LOG_LEVEL": "trace"])
        let story = journey.customer(.licenceRefunded)
        for event in story.events { #expect(try journey.post(event, of: story, to: ingest) == 204) }
        let poison = "msg_canary_\(journey.word)"
        let body = #"{"type":"payment.succeeded","timestamp":"2026-11-20T10:00:00Z","data":{"payment_id":1,"customer":{"email":"canary@example.com"}}}"#
        #expect(try journey.post(poison, Array(body.utf8), to: ingest) == 204)
        let ids = story.events.map(\.webhookId)
        #expect(try await eventually(within: .seconds(60)) { try await journey.applied(ids) == ids.count })
        #expect(try await eventually(within: .seconds(60)) { try await journey.parked([poison]) == 1 })
        let metrics = [ingest, worker].map { Loopback.request(port: $0.port, path: "/metrics")?.body ?? "" }
        await ingest.process.stop()
        await worker.process.stop()
        let doctor = try await journey.stack.run(["doctor"], extra: ["KAFKA_SASL_PASSWORD": canary])
        let body0 = String(decoding: Delivery(first: try #require(story.events.first), of: story, .snapshot).body, as: UTF8.self)
        let email = try #require(body0.firstMatch(of: /"email":"([^"]+)"/)).1
        for text in [ingest.process.output, worker.process.output, doctor.output] + metrics {
            #expect(!text.isEmpty)
            #expect(!text.contains(canary))
            #expect(!text.contains(JourneyStack.secret.dropFirst(6)))
            #expect(!text.contains("canary@example.com"))
            #expect(!text.contains(email))
        }
    }
}

private func allTopics() throws -> [String] { try TopicContract(mode: .live).topics.map(\.name) }
