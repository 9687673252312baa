import Billing
import LibPQ
import Simulator
import TestKit
import Testing

@Suite("billing looks rows up", .timeLimit(.minutes(2))) struct LookUpTests {
    @Test(arguments: [0, 1500])
    func `an event reads little, on plans that were made before the tables grew`(few: Int) async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let room = { try StageLedger(try Connection(conninfo), BillingHandler()) }
            func events(_ seed: UInt64, _ count: Int) -> [WrittenEvent] { DeliveryPlan(seed: seed).deliveries(events: count).map { WrittenEvent($0) } }
            let most = try room().mostRowsRead(
                few: few == 0 ? [] : events(4, few), early: events(1, 300), many: events(2, 6000), other: room(), late: events(3, 150))
            #expect((1..<50).contains(most), "\(most) rows")
        }
    }
}
