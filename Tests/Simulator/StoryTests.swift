import Events
import Testing
@testable import Simulator

@Suite struct `a customer's story` {
    static let seed: UInt64 = 20_261_124

    @Test func `told for as many customers as there are chapters sends every type of event`() {
        let sent = Set(Story.customers(Chapter.allCases.count, seed: Self.seed).flatMap { $0.events.map(\.type) })
        #expect(Set(EventType.allCases).subtracting(sent).isEmpty, "seed \(Self.seed)")
        #expect(EventType.allCases.count == 48)
    }

    @Test func `is the same for the same seed and another for another`() {
        func bodies(_ seed: UInt64) -> [[UInt8]] {
            DeliveryPlan(seed: seed, duplicates: 0.3, reorder: 0.3, semantics: .newest).deliveries(of: Story.customers(20, seed: seed)).map(\.body)
        }
        #expect(bodies(7) == bodies(7))
        #expect(bodies(7) != bodies(8))
        #expect(Story.customer(9, seed: 7).events.map(\.webhookId) == Story.customers(10, seed: 7)[9].events.map(\.webhookId))
    }

    @Test func `never uses a webhook id or an entity id twice`() {
        let stories = Story.customers(400, seed: Self.seed)
        let ids = stories.flatMap { $0.events.map(\.webhookId) }
        #expect(Set(ids).count == ids.count, "seed \(Self.seed)")
        let keys = stories.flatMap { $0.entities.filter { $0.kind != .creditBalanceLow }.map { "\($0.kind) \($0.id) \($0.discriminator)" } }
        #expect(Set(keys).count == keys.count, "seed \(Self.seed)")
    }

    @Test func `happens in order, and each entity's events have times of their own unless born together`() {
        for story in Story.customers(170, seed: Self.seed) {
            #expect(zip(story.events, story.events.dropFirst()).allSatisfy { $0.occurredAt <= $1.occurredAt })
            var statuses: [String: String] = [:]
            for event in story.events {
                // Two states at one time would leave the truth to chance.
                let body = JSONValue.parse(story.body(of: event, .snapshot, attemptAt: 0))
                let data = body?["data"]
                let status = data?["status"]?.text ?? data?["dispute_status"]?.text ?? data?["transaction_type"]?.text ?? "-"
                let key = "\(event.entity) \(event.occurredAt)"
                #expect(statuses.updateValue(status, forKey: key) ?? status == status, "\(event.type) of customer \(story.customerId)")
            }
        }
    }

    @Test func `ends in the truth that its last events show`() {
        for story in Story.customers(170, seed: Self.seed) {
            var last: [Int: String] = [:]
            for event in story.events {
                let data = JSONValue.parse(story.body(of: event, .snapshot, attemptAt: 0))?["data"]
                last[event.entity] = data?["status"]?.text ?? data?["dispute_status"]?.text ?? data?["transaction_type"]?.text
            }
            for (index, entity) in story.entities.enumerated() { #expect(entity.finalStatus == last[index], "\(entity.kind) \(entity.id)") }
        }
    }

    @Test func `begins a subscription with four events at one millisecond`() throws {
        let story = Story.customer(living: [.renewedThenCancelled], seed: Self.seed)
        let first = story.events.prefix(4)
        #expect(Set(first.map(\.type)) == [.paymentSucceeded, .subscriptionActive, .subscriptionRenewed, .subscriptionUpdated])
        #expect(Set(first.map(\.occurredAt)).count == 1)
        #expect(story.events[0].occurredAt % 1000 == 0)
        let renewed = try #require(first.first { $0.type == .subscriptionRenewed })
        let payment = JSONValue.parse(story.body(of: renewed, .snapshot, attemptAt: 0))?["data"]?["payment_id"]?.text
        #expect(payment == story.entity(of: try #require(first.first)).id)
    }
}

@Suite struct `a body` {
    @Test func `is compact JSON with unescaped slashes in the envelope and shape of its type`() throws {
        for story in Story.customers(Chapter.allCases.count * 3, seed: 3) {
            for event in story.events {
                let bytes = story.body(of: event, .newest, attemptAt: .max)
                let body = try #require(JSONValue.parse(bytes), "\(event.type): \(String(decoding: bytes, as: UTF8.self))")
                #expect(Set(body.keys) == ["business_id", "type", "timestamp", "data"])
                #expect(body["type"]?.text == event.type.rawValue)
                let data = try #require(body["data"])
                #expect(data.keys.count == Set(data.keys).count, "\(event.type) names a member twice")
                #expect(data["payload_type"]?.text != nil)
                #expect(!String(decoding: bytes, as: UTF8.self).contains("\\/"))
                if let billing = data["billing"] { #expect(Set(billing.keys) == ["country", "city", "state", "street", "zipcode"]) }
                if let metadata = data["metadata"] { #expect(metadata.keys.isEmpty && metadata != .null) }
                if event.type.rawValue.hasPrefix("dispute.") {
                    for key in ["brand_id", "customer", "payment_provider", "reason"] { #expect(data[key] != nil, "\(key)") }
                }
            }
        }
    }

    @Test func `shows the state of its event as a snapshot and the newest state when asked so`() throws {
        let story = Story.customer(living: [.renewedThenCancelled], seed: 5)
        let active = try #require(story.events.first { $0.type == .subscriptionActive })
        func status(_ semantics: BodySemantics, _ at: Int64) -> String? {
            JSONValue.parse(story.body(of: active, semantics, attemptAt: at))?["data"]?["status"]?.text
        }
        #expect(status(.snapshot, .max) == "active")
        #expect(status(.newest, active.occurredAt) == "active")
        #expect(status(.newest, .max) == "cancelled")
    }

    @Test(arguments: [(0, "1970-01-01T00:00:00Z"), (951_782_400_000_000, "2000-02-29T00:00:00Z"),
                      (1_767_225_600_120_000, "2026-01-01T00:00:00.120Z"), (1_794_000_000_000_007, "2026-11-06T21:20:00.000007Z")])
    func `states times in RFC 3339`(microseconds: Int64, text: String) {
        var writer = JSONWriter(capacity: 32)
        writer.time(StoryTime(microseconds: microseconds))
        #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
    }
}
