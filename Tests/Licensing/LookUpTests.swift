import Events
import LibPQ
@testable import Licensing
import TestKit
import Testing

@Suite("licensing looks rows up", .timeLimit(.minutes(2))) struct LookUpTests {
    @Test(arguments: StageLedger.Beginning.allCases)
    func `an event reads little, whenever the plans were made`(beginning: StageLedger.Beginning) async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try StageLedger(try Connection(conninfo), LicensingHandler(master, mode: .live))
            func life(_ numbers: Range<Int>) -> [WrittenEvent] {
                numbers.map { EntitlementEvent(source: "sub_\($0)", quantity: 2).written }
                    + numbers.map { EntitlementEvent(source: "sub_\($0)", revision: 2, state: "suspended", quantity: 2, name: "suspended").written }
            }
            let (eachOfMany, oneAlone) = try ledger.rowsRead(beginning, early: life(0..<20), many: life(20..<3000), late: life(3000..<3020))
            #expect(eachOfMany < 20 && (1..<50).contains(oneAlone), "\(eachOfMany) rows for each of many, \(oneAlone) for one alone")
        }
    }
}
