import Events
import Testing
import Worker

@Suite struct EventIdentityTests {
    static func id(_ identity: EventIdentity) -> String? { identity.webhookId.map { String(decoding: $0, as: UTF8.self) } }

    @Test func `takes id and times from the headers`() {
        let record = WrittenRecord(4, id: "wh_4").record
        let identity = EventIdentity(record)
        withExtendedLifetime(record) {
            #expect(Self.id(identity) == "wh_4")
            #expect(identity.eventTime == Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
            #expect(identity.attemptTime == Timestamp(seconds: 1_767_225_600))
        }
    }

    @Test(arguments: [nil, "", "with blank", "tab\t", "nul\0", "ümlaut", String(repeating: "x", count: 513)])
    func `an id that could not be kept is none`(id: String?) {
        let record = WrittenRecord(4).with { $0.id = id }.record
        #expect(EventIdentity(record).webhookId == nil)
        #expect(EventIdentity.place(of: record) == "dodo.payment.succeeded/0/4")
    }

    @Test func `an id of the greatest length is kept`() {
        let record = WrittenRecord(4, id: String(repeating: "x", count: 512)).record
        withExtendedLifetime(record) { #expect(EventIdentity(record).webhookId?.count == 512) }
    }

    @Test func `a type is only believed when it looks like one`() {
        #expect(EventIdentity.typeText(WrittenRecord(0).record) == "payment.succeeded")
        for type in [nil, "", "a b", "a\nb", String(repeating: "t", count: 201)] as [String?] {
            #expect(EventIdentity.typeText(WrittenRecord(0).with { $0.type = type }.record) == "unknown")
        }
    }

    @Test func `without an event time there is none, and Kafka's time stands for the attempt`() {
        let record = WrittenRecord(0).with { $0.eventTime = "yesterday"; $0.attemptSeconds = -5; $0.timestampMilliseconds = 1500 }.record
        let identity = EventIdentity(record)
        #expect(identity.eventTime == nil)
        #expect(identity.attemptTime == Timestamp(milliseconds: 1500))
    }
}
