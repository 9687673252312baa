import Events
import Testing

@Suite("an event type")
struct EventTypeTests {
    @Test func `is one of forty-eight, each found by its name`() {
        #expect(EventType.allCases.count == 48)
        for type in EventType.allCases {
            #expect(Array(type.rawValue.utf8).withUnsafeBytes { EventType($0) } == type)
        }
    }

    @Test(arguments: ["", "payment", "payment.succeede", "payment.succeeded ", "Payment.succeeded", "payment.succeeded\0", "customer.created"])
    func `is nothing for a name that Dodo does not send`(name: String) {
        #expect(Array(name.utf8).withUnsafeBytes { EventType($0) } == nil)
    }

    @Test func `every payload that has states knows which status outranks which`() {
        func rank(_ status: String, _ kind: PayloadKind) -> Int16 { Array(status.utf8).withUnsafeBytes { StatusRank.of($0, kind) } }
        #expect(rank("succeeded", .payment) > rank("processing", .payment))
        #expect(rank("expired", .subscription) > rank("active", .subscription))
        #expect(rank("active", .subscription) > rank("pending", .subscription))
        #expect(rank("dispute_won", .dispute) > rank("dispute_opened", .dispute))
        #expect(rank("a status of next year", .payment) == StatusRank.unknown)
        for kind in PayloadKind.allCases where kind.statusField == nil {
            #expect(rank("active", kind) == StatusRank.unknown)
        }
    }
}
