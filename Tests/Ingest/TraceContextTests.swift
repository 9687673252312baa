import Events
@testable import Ingest
import Testing

@Suite("what ingest adds to an event") struct TraceContextTests {
    private func text(_ given: String?) -> String {
        var trace = TraceContext()
        guard var given else { return trace.with(nil) { String(decoding: $0, as: UTF8.self) } }
        return given.withUTF8 { bytes in trace.with(UnsafeRawBufferPointer(bytes)) { String(decoding: $0, as: UTF8.self) } }
    }

    @Test func `a sender's trace goes on`() {
        let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        #expect(text(given) == given)
    }

    @Test(arguments: [
        nil, "", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
    ])
    func `what is none is replaced by a new one`(given: String?) {
        let made = text(given)
        #expect(made != given)
        #expect(made.wholeMatch(of: /00-[0-9a-f]{32}-[0-9a-f]{16}-00/) != nil)
        #expect(Array(made.utf8).withUnsafeBytes { TraceContext.isValid($0) })
    }

    @Test func `the clock's text is the present in microseconds`() throws {
        var clock = SecondClock()
        for _ in 0..<1000 {
            clock.update()
            let text = clock.withText { String(decoding: $0, as: UTF8.self) }
            let time = try #require(Timestamp(rfc3339: text))
            #expect(time.microseconds / 1_000_000 == clock.seconds)
            #expect(text.count == 27)
        }
    }
}
