import Events
import Foundation
import Simulator
import Surroundings
import TestKit
import Testing

/// A purchase in, an order and its entitlement out, over the real programs; with workers that die in between.
@Suite(.timeLimit(.minutes(5))) struct FulfilmentJourneyTests {
    private static var catalogue: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("deploy/local/catalogue.json").path
    }

    private static func startWorker(_ journey: JourneyStack) async throws -> RunningProgram {
        try await journey.stack.startWorker("fulfilment-worker", name: uniqueName("fulfilment-worker"), extra: ["KAFKA_GROUP_ID": "\(journey.word)-fulfilment"])
    }

    @Test func `orders are the distinct paid payments, although workers are killed`() async throws {
        let journey = try await JourneyStack(), seed = UInt64.random(in: 0 ... .max)
        #expect(try await journey.stack.run(["catalog", "check", Self.catalogue]).status == 0)
        let applied = try await journey.stack.run(["catalog", "apply", Self.catalogue, "--json"])
        #expect(applied.status == 0 && applied.output.contains(#""version":1"#), "\(applied.output)")
        let ingest = try await journey.startIngest()
        var workers = [try await Self.startWorker(journey), try await Self.startWorker(journey)]
        let stories = Story.customers(68, seed: seed)
        let deliveries = DeliveryPlan(seed: seed, duplicates: 0.3, reorder: 0.4, semantics: .newest).deliveries(of: stories)
        let half = deliveries.count / 2
        let first = try await journey.send(Array(deliveries[..<half]), to: ingest)
        workers[0].process.signal(SIGKILL)
        let second = try await journey.send(Array(deliveries[half...]), to: ingest)
        #expect(first.everythingArrived && second.everythingArrived, "seed \(seed)")
        workers.append(try await Self.startWorker(journey))

        let ours = deliveries.filter { ["payment", "subscription", "refund", "dispute"].contains($0.typeName.split(separator: ".")[0]) }
        let ids = Array(Set(ours.map(\.webhookId))), list = "{" + ids.joined(separator: ",") + "}"
        let sql = "select count(*)::text from worker.inbox where worker = 'fulfilment' and webhook_id = any ($1::text[]) and outcome <> 'dead-lettered'"
        #expect(try await journey.becomes("\(ids.count)", within: .seconds(90), sql, [list]), "seed \(seed)")

        let truth = Truth(of: deliveries)
        let paid = truth.statuses(of: .payment).filter { $0.value == "succeeded" }.map(\.key)
        let known = "{" + truth.statuses(of: .payment).keys.joined(separator: ",") + "}"
        #expect(try await journey.value("select count(*)::text from fulfilment.orders where payment_id = any ($1::text[])", [known]) == "\(paid.count)", "seed \(seed)")
        for (id, status) in truth.statuses(of: .subscription) {
            let active = try await journey.value("select count(*)::text from fulfilment.entitlements where source_id = $1 and state = 'active'", [id])
            if ["cancelled", "expired", "failed", "on_hold", "paused"].contains(status) { #expect(active == "0", "seed \(seed): \(id) \(status)") }
        }
        // What is on its way to the topics and what may be relayed already: no id was ever written twice, and the last of each is the row's.
        #expect(try await journey.value("select count(*)::text from fulfilment.entitlements where revision < 1") == "0")
        let shown = try await journey.stack.run(["catalog", "show"])
        #expect(shown.status == 0 && shown.output.contains("Desktop licence"), "\(shown.output)")
        for worker in workers[1...] { #expect(await worker.process.stop() == 0) }
        #expect(await ingest.process.stop() == 0)
    }

    @Test func `a catalogue with a fault is refused before anything starts`() async throws {
        let journey = try await JourneyStack(), folder = try Scratch("catalogue")
        defer { folder.remove() }
        let path = "\(folder.path)/wrong.json"
        try #"{"products":[{"product_id":"pdt_1","featurs":["x"]}]}"#.write(toFile: path, atomically: true, encoding: .utf8)
        for command in ["check", "apply"] {
            let refused = try await journey.stack.run(["catalog", command, path])
            #expect(refused.status == 1)
            #expect(refused.output.contains("products[0].featurs is not known; possible are"), "\(refused.output)")
        }
        #expect(try await journey.value("select count(*)::text from fulfilment.catalogue_versions") == "0")
    }
}
