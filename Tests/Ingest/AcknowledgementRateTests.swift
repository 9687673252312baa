import Testing

@testable import Ingest

@Suite("how many may wait") struct AcknowledgementRateTests {
    @Test func `is what Kafka took in the best tenth of the last second`() {
        var rate = AcknowledgementRate()
        let start: UInt64 = 7_000_000_000
        for index in 0..<500 { rate.count(now: start + UInt64(index)) }
        let within = rate.allowed(now: start + 1)
        #expect(within == 500)
        for index in 0..<900 { rate.count(now: start + AcknowledgementRate.window * 3 + UInt64(index)) }
        let better = rate.allowed(now: start + AcknowledgementRate.window * 9)
        #expect(better == 900)
        let stillKnown = rate.allowed(now: start + AcknowledgementRate.window * 12)
        #expect(stillKnown == 900)
        let forgotten = rate.allowed(now: start + AcknowledgementRate.window * 13)
        #expect(forgotten == AcknowledgementRate.floor)
    }

    @Test func `is never less than a few, whatever was or was not acknowledged`() {
        var rate = AcknowledgementRate()
        let unknown = rate.allowed(now: 0)
        #expect(unknown == AcknowledgementRate.floor)
        for index in 0..<3 { rate.count(now: 1_000_000_000 + UInt64(index)) }
        let slow = rate.allowed(now: 1_000_000_000)
        #expect(slow == AcknowledgementRate.floor)
        let longAfter = rate.allowed(now: UInt64.max / 2)
        #expect(longAfter == AcknowledgementRate.floor)
    }
}
