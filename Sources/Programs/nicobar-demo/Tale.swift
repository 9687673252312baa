import CommandLine
import Events
import Foundation
import LibPQ
import Simulator
import Surroundings

/// The story, act by act. Every claim is checked against what the database says, and counted when it does not hold.
struct Tale {
    let house: House
    let narrator: Narrator
    let seed: UInt64
    private(set) var failures = 0
    let database: Database
    private let endpoint: Endpoint

    init(house: House, narrator: Narrator, seed: UInt64) {
        self.house = house
        self.narrator = narrator
        self.seed = seed
        database = Database(conninfo: house.stack.database)
        endpoint = Endpoint(host: "127.0.0.1", port: UInt16(house.ingest.port), path: "/webhooks/dodo")
    }

    mutating func claim(_ text: String, _ holds: Bool) {
        if !narrator.claim(text, holds) { failures += 1 }
    }

    mutating func tell(events: Int) async throws {
        let sign = try Signing.dodo(secret: house.stack.secret)
        try await crowd(events: events, sign)
        try await forger()
        try await duplicate(sign)
        try await latecomer(sign)
        try await poison(sign)
        try await purchase(sign)
        try await trial(sign)
        try await tables()
    }

    /// Customers live their lives; Dodo delivers twice and out of order.
    private mutating func crowd(events: Int, _ sign: @escaping Sign) async throws {
        let plan = DeliveryPlan(seed: seed, duplicates: 0.05, reorder: 0.2, semantics: .snapshot)
        var stream = plan.deliveries(events: events)
        var deliveries: [Delivery] = []
        while let delivery = stream.next() { deliveries.append(delivery) }
        let ids = Set(deliveries.map(\.webhookId)).count
        let types = Set(deliveries.map(\.type)).count
        narrator.heading("\(ids) events of \(types) types, delivered \(deliveries.count) times: one in twenty twice, one in five out of order")
        let begun = ContinuousClock.now
        let report = try await Sender(to: endpoint, SendOptions(connections: 16), sign: sign).send(deliveries)
        let latency = report.latency
        narrator.say(
            "ingest answered \(Int(report.rate)) deliveries a second on 16 connections; p50 \(tenths(latency.milliseconds(percentile: 0.5))) ms, "
                + "p99 \(tenths(latency.milliseconds(percentile: 0.99))) ms")
        claim("\(report.accepted) of \(report.attempts) answered 204, each after Kafka had it", report.everythingArrived)
        let applied = try await database.becomes("\(ids)", within: .seconds(60), "select count(*)::text from worker.inbox where worker = 'billing'")
        let seconds = Double((ContinuousClock.now - begun).components.attoseconds) / 1e18 + Double((ContinuousClock.now - begun).components.seconds)
        claim("all \(ids) events in PostgreSQL \(tenths(seconds)) s after the first was sent, each once", applied)
        let outcomes = try await database.rows("select outcome, count(*)::text from worker.inbox where worker = 'billing' group by 1 order by 2 desc")
        narrator.say("outcomes: " + outcomes.map { "\($0[1]) \($0[0])" }.joined(separator: ", "))
        try await compareWithTruth(deliveries)
    }

    /// The simulator knows what happened; the tables must say the same.
    private mutating func compareWithTruth(_ deliveries: [Delivery]) async throws {
        let truth = Truth(of: deliveries)
        var compared = 0, wrong = 0
        for (kind, sql) in [
            (PayloadKind.payment, "select payment_id, status from billing.payments"),
            (.subscription, "select subscription_id, status from billing.subscriptions"),
            (.refund, "select refund_id, status from billing.refunds"),
            (.dispute, "select dispute_id, dispute_status from billing.disputes"),
            (.payout, "select payout_id, status from billing.payouts"),
            (.licenseKey, "select id, status from billing.dodo_license_keys"),
            (.entitlementGrant, "select id, status from billing.entitlement_grants"),
        ] {
            let expected = truth.statuses(of: kind)
            let found = Dictionary(try await database.rows(sql).map { ($0[0], $0[1]) }) { first, _ in first }
            compared += expected.count
            wrong += expected.count { found[$0.key] != $0.value } + found.count { expected[$0.key] == nil }
        }
        claim("\(compared - wrong) of \(compared) payments, subscriptions, refunds, … stand exactly as the simulator knows them", wrong == 0)
    }

    private mutating func forger() async throws {
        narrator.heading("Somebody without the secret says that they have paid")
        let delivery = try someDelivery(.paymentSucceeded)
        let before = try await database.value("select count(*)::text from worker.inbox where worker = 'billing'")
        let status = post(delivery, sign: Signing.forged)
        let after = try await database.value("select count(*)::text from worker.inbox where worker = 'billing'")
        claim("refused with \(text(status)), and nothing reached Kafka", status == 401 && before == after)
    }

    private mutating func duplicate(_ sign: @escaping Sign) async throws {
        narrator.heading("Dodo missed our answer and delivers the same event again")
        let delivery = try someDelivery(.paymentSucceeded)
        let payment = delivery.story.entity(of: delivery.event).id
        let first = post(delivery, sign: sign)
        let arrived = try await database.becomes("1", "select count(*)::text from worker.inbox where worker = 'billing' and webhook_id = $1", [delivery.webhookId])
        let version = "select md5(data::text) || event_at || status from billing.payments where payment_id = $1"
        let before = try await database.value(version, [payment])
        let duplicates = house.worker.metric("nicobar_worker_events_total", label: "outcome=\"duplicate\"") ?? 0
        let second = post(delivery, sign: sign)
        let ignored = await until { (house.worker.metric("nicobar_worker_events_total", label: "outcome=\"duplicate\"") ?? 0) > duplicates }
        let after = try await database.value(version, [payment])
        claim("answered \(text(first)), then \(text(second)): taken in twice, applied once", arrived && first == 204 && second == 204)
        claim("the row of \(payment) says what it said before", ignored && before == after && before != nil)
    }

    private mutating func latecomer(_ sign: @escaping Sign) async throws {
        narrator.heading("An old event arrives long after a newer one")
        let story = Story.customer(living: [.pausedAndChanged], seed: seed &+ 7)
        let lives = story.events.filter { $0.type.payload == .subscription }.map { Delivery(first: $0, of: story, .snapshot) }
        guard let newest = lives.last, let old = lives.first(where: { $0.shownStatus != newest.shownStatus && $0.event.occurredAt < newest.event.occurredAt })
        else { return claim("the simulator tells of a subscription that changes", false) }
        let id = story.entity(of: newest.event).id
        _ = post(newest, sign: sign)
        let status = "select status from billing.subscriptions where subscription_id = $1"
        let known = try await database.becomes(newest.shownStatus ?? "", status, [id])
        _ = post(old, sign: sign)
        let stale = try await database.becomes("stale", "select outcome from worker.inbox where worker = 'billing' and webhook_id = $1", [old.webhookId])
        let after = try await database.value(status, [id])
        claim("\(newest.typeName) said \(newest.shownStatus ?? "-"); then came \(old.typeName) of \(Timestamp(microseconds: old.event.occurredAt)), which says \(old.shownStatus ?? "-")", known)
        claim("the subscription still says \(after ?? "-"); the late event is kept in its history as stale", stale && after == newest.shownStatus)
    }

    private mutating func poison(_ sign: @escaping Sign) async throws {
        narrator.heading("An event that cannot be applied, in the middle of good ones")
        let id = "msg_demo_poison"
        let body = Array(#"{"business_id":"bus_demo","type":"payment.succeeded","timestamp":"2026-01-05T12:00:00Z","data":{"payload_type":"Payment","status":"succeeded"}}"#.utf8)
        let now = Int64(Date().timeIntervalSince1970)
        let status = SingleRequest.post(to: endpoint, headers: sign(id, now, body), body: body)
        let neighbour = try someDelivery(.refundSucceeded)
        let next = post(neighbour, sign: sign)
        let parked = try await database.becomes("1", "select count(*)::text from worker.dead_letters where worker = 'billing' and webhook_id = $1", [id])
        let went = try await database.becomes("1", "select count(*)::text from worker.inbox where worker = 'billing' and webhook_id = $1 and outcome <> 'dead-lettered'", [neighbour.webhookId])
        claim("answered \(text(status)): its signature is right, so it is kept", status == 204)
        claim("parked as a dead letter, byte for byte; its neighbour (\(text(next))) went on", parked && went)
        var table = TextTable("event", "reason", "detail", "where")
        for row in try await database.rows(
            "select event_type, reason, detail, topic || '/' || partition || '@' || kafka_offset from worker.dead_letters where worker = 'billing' and webhook_id = $1", [id]) {
            table.add(row[0], row[1], row[2], row[3])
        }
        narrator.say(table.description)
    }

    private mutating func tables() async throws {
        narrator.heading("What PostgreSQL knows now")
        var table = TextTable("table", "rows", "by status")
        let counts: [(String, String)] = [
            ("payments", "status"), ("subscriptions", "status"), ("refunds", "status"), ("disputes", "dispute_status"), ("dodo_license_keys", "status"),
            ("entitlement_grants", "status"), ("payouts", "status"), ("abandoned_checkouts", "status"), ("credit_ledger_entries", "transaction_type"),
            ("dunning_attempts", "status"), ("customers", "null::text"), ("subscription_history", "null::text"),
        ]
        for (name, column) in counts {
            let rows = try await database.rows("select coalesce(\(column), ''), count(*)::text from billing.\(name) group by 1 order by count(*) desc")
            let total = rows.reduce(0) { $0 + (Int($1[1]) ?? 0) }
            table.add(name, String(total), rows.filter { !$0[0].isEmpty }.prefix(5).map { "\($0[1]) \($0[0])" }.joined(separator: ", "))
        }
        narrator.say(table.description)
        let letters = try await database.value("select count(distinct webhook_id)::text from worker.dead_letters") ?? "?"
        claim("one event is parked in all, the one we made", letters == "1")
    }

    /// A first delivery of this type, of a customer whom the crowd does not know.
    private func someDelivery(_ type: EventType) throws -> Delivery {
        for index in 0..<100 {
            let story = Story.customer(index, seed: seed &+ UInt64(1 + type.rawValue.count) &+ UInt64(failures))
            if let event = story.events.first(where: { $0.type == type }) { return Delivery(first: event, of: story, .snapshot) }
        }
        throw CommandFailure("the simulator knows no \(type.rawValue)")
    }

    func post(_ delivery: Delivery, sign: Sign) -> Int? {
        let now = Int64(Date().timeIntervalSince1970)
        return SingleRequest.post(to: endpoint, headers: sign(delivery.webhookId, now, delivery.body), body: delivery.body)
    }

    func text(_ status: Int?) -> String { status.map(String.init) ?? "no answer" }
    func tenths(_ value: Double) -> String { String(format: "%.1f", value) }

    private func until(_ condition: () -> Bool) async -> Bool {
        let clock = ContinuousClock(), end = clock.now + .seconds(10)
        while clock.now < end {
            if condition() { return true }
            try? await clock.sleep(for: .milliseconds(20))
        }
        return condition()
    }
}
