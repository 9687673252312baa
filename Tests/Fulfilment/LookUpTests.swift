import Events
import Fulfilment
import LibPQ
import Simulator
import TestKit
import Testing

@Suite("fulfilment looks rows up", .timeLimit(.minutes(2))) struct LookUpTests {
    @Test(arguments: StageLedger.Beginning.allCases)
    func `an event reads little, whenever the plans were made`(beginning: StageLedger.Beginning) async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try StageLedger(try Connection(conninfo), FulfilmentHandler(mode: .live, now: day(60)))
            func events(_ seed: UInt64, _ count: Int) -> [WrittenEvent] {
                DeliveryPlan(seed: seed).deliveries(events: count).filter { FulfilmentHandler.consumes($0.type) }.map { WrittenEvent($0) }
            }
            let (eachOfMany, oneAlone) = try ledger.rowsRead(beginning, early: events(1, 1500), many: events(2, 9000), late: events(3, 150))
            #expect(eachOfMany < 20 && (1..<50).contains(oneAlone), "\(eachOfMany) rows for each of many, \(oneAlone) for one alone")
        }
    }
}
