import Events
import Foundation
import Simulator
import Surroundings
import TestKit
import Testing

/// HTTP in to row out, over the real programs.
@Suite(.timeLimit(.minutes(5))) struct PipelineJourneyTests {
    @Test func `customers who live through all 48 types end as the simulator knows them`() async throws {
        let journey = try await JourneyStack()
        let ingest = try await journey.startIngest()
        let worker = try await journey.startWorker()
        let seed = UInt64.random(in: 0 ... .max)
        let stories = Story.customers(34, seed: seed)
        let plan = DeliveryPlan(seed: seed, duplicates: 0.2, reorder: 0.5, newerBodies: 0.5, semantics: .newest)
        let deliveries = plan.deliveries(of: stories)
        #expect(Set(deliveries.map(\.type)).count == 48, "seed \(seed)")
        let report = try await journey.send(deliveries, to: ingest)
        #expect(report.everythingArrived, "seed \(seed): \(report.statuses)")
        let ids = Array(Set(deliveries.map(\.webhookId)))
        #expect(try await eventually(within: .seconds(60)) { try await journey.applied(ids) == ids.count }, "seed \(seed)")
        #expect(try await journey.parked(ids) == 0, "seed \(seed)")

        let truth = Truth(of: deliveries)
        for (kind, table, id, status) in [
            (PayloadKind.payment, "payments", "payment_id", "status"), (.subscription, "subscriptions", "subscription_id", "status"),
            (.refund, "refunds", "refund_id", "status"), (.dispute, "disputes", "dispute_id", "dispute_status"), (.payout, "payouts", "payout_id", "status"),
            (.licenseKey, "dodo_license_keys", "id", "status"), (.entitlementGrant, "entitlement_grants", "id", "status"),
            (.creditLedgerEntry, "credit_ledger_entries", "id", "transaction_type"), (.abandonedCheckout, "abandoned_checkouts", "payment_id", "status"),
        ] {
            for (entity, expected) in truth.statuses(of: kind) {
                let found = try await journey.value("select \(status) from billing.\(table) where \(id) = $1", [entity])
                #expect(found == expected, "seed \(seed): \(table) \(entity)")
            }
        }
        #expect(await worker.process.stop() == 0)
        #expect(await ingest.process.stop() == 0)
    }

    @Test func `a forged delivery is refused and leaves no trace`() async throws {
        let journey = try await JourneyStack()
        let ingest = try await journey.startIngest()
        _ = try await journey.startWorker()
        let story = journey.customer(.licenceRefunded)
        let event = try #require(story.events.first { $0.type == .paymentSucceeded })
        let body = Delivery(first: event, of: story, .snapshot).body
        var altered = body
        altered[altered.count - 10] ^= 1
        #expect(try JourneyStack.post("msg_forged_\(journey.word)", signed: body, sent: altered, to: ingest) == 401)
        #expect(try journey.post("msg_good_\(journey.word)", body, to: ingest) == 204)
        #expect(try await eventually(within: .seconds(60)) { try await journey.applied(["msg_good_\(journey.word)"]) == 1 })
        #expect(try await journey.value("select count(*)::text from worker.inbox where webhook_id = $1", ["msg_forged_\(journey.word)"]) == "0")
    }

    @Test func `a duplicate changes nothing and a late old event does not overwrite a newer one`() async throws {
        let journey = try await JourneyStack()
        let ingest = try await journey.startIngest()
        let worker = try await journey.startWorker()
        let story = journey.customer(.pausedAndChanged)
        let lives = story.events.filter { $0.type.payload == .subscription }
        let newest = try #require(lives.last)
        let shown = Delivery(first: newest, of: story, .snapshot).shownStatus
        let old = try #require(lives.first { Delivery(first: $0, of: story, .snapshot).shownStatus != shown })
        let id = story.entity(of: newest).id
        // A retry of Dodo's has a later timestamp and moves the row's attempt_at on; here the very same request comes twice.
        let now = Int64(Date().timeIntervalSince1970)
        #expect(try journey.post(newest, of: story, at: now, to: ingest) == 204)
        let status = "select status from billing.subscriptions where subscription_id = $1"
        #expect(try await journey.becomes(shown ?? "", status, [id]))
        let row = try await journey.value("select xmin::text from billing.subscriptions where subscription_id = $1", [id])
        #expect(try journey.post(old, of: story, to: ingest) == 204)
        #expect(try await journey.becomes("stale", "select outcome from worker.inbox where webhook_id = $1", [old.webhookId]))
        let duplicates = worker.metric("nicobar_worker_events_total", label: "outcome=\"duplicate\"") ?? 0
        #expect(try journey.post(newest, of: story, at: now, to: ingest) == 204)
        #expect(await eventually { (worker.metric("nicobar_worker_events_total", label: "outcome=\"duplicate\"") ?? 0) > duplicates })
        #expect(try await journey.value(status, [id]) == shown)
        #expect(try await journey.value("select xmin::text from billing.subscriptions where subscription_id = $1", [id]) == row)
        #expect(try await journey.value("select outcome from worker.inbox where webhook_id = $1", [newest.webhookId]) == "applied")
    }

    @Test func `a poison event is parked with its bytes and its neighbours go on`() async throws {
        let journey = try await JourneyStack()
        let ingest = try await journey.startIngest()
        _ = try await journey.startWorker()
        let poison = "msg_poison_\(journey.word)"
        let body = Array(#"{"business_id":"bus_1","type":"payment.succeeded","timestamp":"2026-11-20T10:00:00Z","data":{"payment_id":7}}"#.utf8)
        let story = journey.customer(.licenceRefunded)
        #expect(try journey.post(poison, body, to: ingest) == 204)
        for event in story.events { #expect(try journey.post(event, of: story, to: ingest) == 204) }
        let ids = story.events.map(\.webhookId)
        #expect(try await eventually(within: .seconds(60)) { try await journey.applied(ids) == ids.count })
        #expect(try await eventually(within: .seconds(60)) { try await journey.parked([poison]) == 1 })
        let bytes = try await journey.value("select encode(body, 'hex') from worker.dead_letters where webhook_id = $1", [poison])
        #expect(bytes == body.map { String(format: "%02x", $0) }.joined())
    }

    @Test func `what is signed rightly but unknown is kept and becomes a dead letter that can be seen`() async throws {
        let journey = try await JourneyStack()
        let ingest = try await journey.startIngest()
        _ = try await journey.startWorker()
        for (name, body) in [("type", #"{"type":"customer.created","timestamp":"2026-11-20T10:00:00Z","data":{}}"#), ("json", "no json at all")] {
            let id = "msg_unknown_\(name)_\(journey.word)"
            #expect(try journey.post(id, Array(body.utf8), to: ingest) == 204)
            #expect(try await eventually(within: .seconds(60)) { try await journey.parked([id]) == 1 })
        }
    }
}
