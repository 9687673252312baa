import Dispatch
import Events
import Fulfilment
import LibPQ
import Simulator
import TestKit
import Testing

/// Two transactions about one subject, the second begun while the first is open: what comes out must be what one after the other gives.
@Suite("two that conclude at once") struct LockTests {
    struct Meeting: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What is known before.
        let before: [WrittenEvent]
        let first: WrittenEvent
        let second: WrittenEvent
        /// Whether the second has to wait for the first.
        var waits = true
    }

    private static let team = Simulator::Catalogue.plans[1].id

    private static func subscription(_ id: String = "sub_1", quantity: Int, at moment: Double = 0, status: String = "active") -> WrittenEvent {
        WrittenEvent("msg_\(id)_\(quantity)\(status)", "subscription.updated", at: day(moment), """
            {"subscription_id":"\(id)","status":"\(status)","product_id":"\(team)","quantity":\(quantity),"created_at":"\(day(0))","previous_billing_date":"\(day(0))",
            "next_billing_date":"\(day(30))","customer":{"customer_id":"cus_1"}}
            """)
    }

    private static func payment(_ subscriptions: String...) -> WrittenEvent {
        let list = subscriptions.map { "\"\($0)\"" }.joined(separator: ",")
        return WrittenEvent("msg_pay", "payment.succeeded", at: day(0), """
            {"payment_id":"pay_1","status":"succeeded","charge_type":"new","currency":"USD","total_amount":900,
            "subscription_id":\(subscriptions.count == 1 ? list : "null"),"subscription_ids":[\(list)]}
            """)
    }

    private static let dispute = WrittenEvent("msg_d", "dispute.opened", at: day(1), #"{"dispute_id":"dp_1","payment_id":"pay_1","dispute_status":"dispute_opened"}"#)
    private static let refund = WrittenEvent(
        "msg_r", "refund.succeeded", at: day(1), #"{"refund_id":"ref_1","payment_id":"pay_1","status":"succeeded","is_partial":false,"amount":900,"currency":"USD"}"#)

    static let meetings: [Meeting] = [
        Meeting(testDescription: "a dispute and a change of the subscription", before: [payment("sub_1"), subscription(quantity: 1)], first: dispute,
                second: subscription(quantity: 5, at: 1)),
        Meeting(testDescription: "a change of the subscription and a dispute", before: [payment("sub_1"), subscription(quantity: 1)],
                first: subscription(quantity: 5, at: 1), second: dispute),
        Meeting(testDescription: "a dispute and the payment that it is about", before: [subscription(quantity: 1)], first: dispute, second: payment("sub_1")),
        Meeting(testDescription: "a payment and the refund of it", before: [subscription(quantity: 1)], first: payment("sub_1"), second: refund),
        Meeting(testDescription: "a refund and a dispute", before: [payment("sub_1"), subscription(quantity: 1)], first: refund, second: dispute),
        Meeting(testDescription: "a payment and the first word of its subscription", before: [], first: payment("sub_1"), second: subscription(quantity: 2)),
        Meeting(testDescription: "two subscriptions that share a payment", before: [payment("sub_1", "sub_2")], first: subscription(quantity: 2),
                second: subscription("sub_2", quantity: 3)),
        Meeting(testDescription: "a subscription and the payment that it shares", before: [subscription("sub_2", quantity: 3)], first: subscription(quantity: 2),
                second: payment("sub_1", "sub_2")),
        Meeting(testDescription: "a payment that is shared and one of its subscriptions", before: [subscription("sub_2", quantity: 3)],
                first: payment("sub_1", "sub_2"), second: subscription(quantity: 2)),
        Meeting(testDescription: "two subscriptions that share nothing", before: [], first: subscription(quantity: 2), second: subscription("sub_2", quantity: 3),
                waits: false),
    ]

    @Test(arguments: meetings)
    func `come to what one after the other gives`(meeting: Meeting) async throws {
        let together = try await ConvergenceTests.database(), alone = try await ConvergenceTests.database()
        let expected = try await onThread {
            let ledger = try Ledger(alone, now: day(2))
            try ledger.apply(meeting.before + [meeting.first, meeting.second])
            return [try ledger.state(), try ledger.told()]
        }
        let first = try await onThread {
            let ledger = try Ledger(together, now: day(2))
            try ledger.apply(meeting.before)
            try ledger.connection.execute("begin")
            try ledger.apply([meeting.first], isOpen: true)
            return Held(ledger: ledger)
        }
        async let second: Void = onThread {
            let ledger = try Ledger(together, now: day(2))
            try ledger.connection.execute("set application_name = 'the-second'")
            try ledger.apply([meeting.second], waits: true)
            try ledger.connection.execute("set application_name = 'the-second-done'")
            // Stays until it has been seen.
            first.seen.wait()
        }
        let state = try await onThread {
            let look = try Connection(together)
            while true {
                let rows = try look.query("""
                    select application_name = 'the-second-done' from pg_stat_activity where datname = current_database()
                       and (application_name = 'the-second-done' or application_name = 'the-second' and wait_event_type = 'Lock')
                    """)
                if rows.rowCount > 0 { return rows.bool(0, 0) == true ? "done" : "waiting" }
            }
        }
        try await onThread { try first.ledger.connection.execute("commit") }
        first.seen.signal()
        try await second
        #expect(state == (meeting.waits ? "waiting" : "done"))
        let found = try await onThread {
            let ledger = try Ledger(together, now: day(2))
            #expect(try ledger.told() == ledger.ought())
            return [try ledger.state(), try ledger.told()]
        }
        #expect(found == expected)
    }

    /// A transaction that is open, handed from thread to thread, one at a time.
    private final class Held: @unchecked Sendable {
        let ledger: Ledger
        let seen = DispatchSemaphore(value: 0)
        init(ledger: Ledger) { self.ledger = ledger }
    }
}
