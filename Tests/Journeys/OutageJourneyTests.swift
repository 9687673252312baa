import Events
import Foundation
import Simulator
import Surroundings
import TestKit
import Testing

/// The world's faults: a database, a broker or a worker goes away.
@Suite(.serialized, .timeLimit(.minutes(6))) struct OutageJourneyTests {
    @Test func `PostgreSQL away for twenty seconds makes the worker wait, say so and go on without dead letters`() async throws {
        let postgres = try await PrivatePostgres()
        let journey = try await JourneyStack(database: postgres.conninfo())
        #expect(try await journey.stack.run(["migrate", "up"]).status == 0)
        let ingest = try await journey.startIngest()
        let worker = try await journey.startWorker()
        let before = journey.customer(.licenceRefunded), during = journey.customer(.renewedThenCancelled, .heldThenRecovered)
        for event in before.events { #expect(try journey.post(event, of: before, to: ingest) == 204) }
        #expect(try await eventually(within: .seconds(60)) { try await journey.applied(before.events.map(\.webhookId)) == before.events.count })

        await postgres.stop()
        let stopped = ContinuousClock.now
        for event in during.events { #expect(try journey.post(event, of: during, to: ingest) == 204) }
        #expect(await eventually(within: .seconds(20)) { Loopback.request(port: worker.port, path: "/readyz")?.status == 503 })
        #expect(Loopback.request(port: worker.port, path: "/healthz")?.status == 200)
        // The outage has a length of its own; nothing in it gives a signal when it has been long enough.
        _ = await eventually(within: .seconds(30)) { ContinuousClock.now - stopped >= .seconds(20) }
        try await postgres.start()
        let ids = during.events.map(\.webhookId)
        #expect(try await eventually(within: .seconds(60)) { try await journey.applied(ids) == ids.count })
        #expect(try await journey.parked(ids) == 0)
        #expect(await eventually(within: .seconds(20)) { Loopback.request(port: worker.port, path: "/readyz")?.status == 200 })
        #expect(await worker.process.stop() == 0)
        #expect(await ingest.process.stop() == 0)
        await postgres.remove()
    }

    @Test func `Kafka away for twenty seconds makes ingest answer 503 within its bound, never 2xx, and good again afterwards`() async throws {
        let broker = try await Broker.start()
        guard broker.canBeInterrupted else { return }
        try await prepareTopics(on: broker)
        let journey = try await JourneyStack(bootstrapServers: broker.bootstrapServers)
        let ingest = try await journey.startIngest()
        let story = journey.customer(.licenceRefunded)
        let event = try #require(story.events.first)
        #expect(try journey.post(event, of: story, to: ingest) == 204)
        try await broker.interrupt()
        let stopped = ContinuousClock.now
        repeat {
            let asked = ContinuousClock.now
            #expect(try journey.post(event, of: story, to: ingest) == 503)
            #expect(ContinuousClock.now - asked < .seconds(12))
        } while ContinuousClock.now - stopped < .seconds(20)
        #expect(Loopback.request(port: ingest.port, path: "/readyz")?.status == 503)
        try await broker.resume()
        #expect(try await eventually(within: .seconds(60)) { try journey.post(event, of: story, to: ingest) == 204 })
        #expect(await eventually(within: .seconds(30)) { Loopback.request(port: ingest.port, path: "/readyz")?.status == 200 })
        #expect(await ingest.process.stop() == 0)
        await broker.remove()
    }

    @Test func `two workers share the lanes; one joins, one is killed, and nothing is lost or done twice`() async throws {
        let journey = try await JourneyStack()
        let ingest = try await journey.startIngest()
        let first = try await journey.startWorker()
        let seed = UInt64.random(in: 0 ... .max)
        let deliveries = DeliveryPlan(seed: seed, duplicates: 0.1, reorder: 0.2).deliveries(of: Story.customers(120, seed: seed))
        let third = deliveries.count / 3
        #expect(try await journey.send(Array(deliveries[..<third]), to: ingest).everythingArrived)
        let second = try await journey.startWorker()
        #expect(try await journey.send(Array(deliveries[third..<2 * third]), to: ingest).everythingArrived)
        first.process.signal(SIGKILL)
        #expect(try await journey.send(Array(deliveries[(2 * third)...]), to: ingest).everythingArrived)
        let ids = Array(Set(deliveries.map(\.webhookId)))
        #expect(try await eventually(within: .seconds(120)) { try await journey.applied(ids) == ids.count }, "seed \(seed)")
        #expect(try await journey.parked(ids) == 0)
        // Each subscription event leaves exactly one row in the history, however often its batch was tried.
        let history = Set(deliveries.filter { $0.type.payload == .subscription }.map(\.webhookId))
        let list = "{" + history.joined(separator: ",") + "}"
        #expect(try await journey.value("select count(*)::text from billing.subscription_history where webhook_id = any ($1::text[])", [list]) == "\(history.count)")
        for (id, status) in Truth(of: deliveries).statuses(of: .payment) {
            #expect(try await journey.value("select status from billing.payments where payment_id = $1", [id]) == status, "seed \(seed)")
        }
        #expect(await second.process.stop() == 0)
    }
}
