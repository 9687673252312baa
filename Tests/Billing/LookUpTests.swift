import Billing
import LibPQ
import Simulator
import TestKit
import Testing

@Suite("billing looks rows up", .timeLimit(.minutes(2))) struct LookUpTests {
    @Test(arguments: StageLedger.Beginning.allCases)
    func `an event reads little, whenever the plans were made`(beginning: StageLedger.Beginning) async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try StageLedger(try Connection(conninfo), BillingHandler())
            func events(_ seed: UInt64, _ count: Int) -> [WrittenEvent] { DeliveryPlan(seed: seed).deliveries(events: count).map { WrittenEvent($0) } }
            let (eachOfMany, oneAlone) = try ledger.rowsRead(beginning, early: events(1, 1500), many: events(2, 6000), late: events(3, 150))
            #expect(eachOfMany < 20 && (1..<50).contains(oneAlone), "\(eachOfMany) rows for each of many, \(oneAlone) for one alone")
        }
    }
}
