import Events
import LibPQ
@testable import Licensing
import TestKit
import Testing

@Suite("licensing looks rows up", .timeLimit(.minutes(2))) struct LookUpTests {
    @Test func `an event reads little, on plans that were made before the tables grew`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let room = { try StageLedger(try Connection(conninfo), LicensingHandler(master, mode: .live)) }
            func granted(_ numbers: Range<Int>) -> [WrittenEvent] { numbers.map { EntitlementEvent(source: "sub_\($0)", quantity: 2).written } }
            func suspended(_ numbers: Range<Int>) -> [WrittenEvent] {
                numbers.map { EntitlementEvent(source: "sub_\($0)", revision: 2, state: "suspended", quantity: 2, name: "suspended").written }
            }
            let most = try room().mostRowsRead(
                early: granted(0..<10) + suspended(0..<10), many: granted(10..<2000), other: room(), late: granted(2000..<2010) + suspended(2000..<2010))
            #expect((1..<50).contains(most), "\(most) rows")
        }
    }
}
