import Events
import Testing

@Suite("a state version")
struct StateVersionTests {
    private func version(_ event: Int64, _ attempt: Int64, _ rank: Int16, _ tie: Int64) -> StateVersion {
        StateVersion(eventTime: Timestamp(seconds: event), attemptTime: Timestamp(seconds: attempt), rank: rank, tieBreak: tie)
    }

    @Test func `is compared by event time, then attempt, then rank, then body`() {
        #expect(version(1, 9, 9, 9) < version(2, 0, 0, 0))
        #expect(version(1, 1, 9, 9) < version(1, 2, 0, 0))
        #expect(version(1, 1, 1, 9) < version(1, 1, 2, 0))
        #expect(version(1, 1, 1, 1) < version(1, 1, 1, 2))
        #expect(!(version(1, 1, 1, 1) < version(1, 1, 1, 1)))
    }

    @Test func `takes its tie-break from the first eight bytes of the hash, highest first`() {
        let hash: [UInt8] = [0x80, 0, 0, 0, 0, 0, 0, 1] + Array(repeating: 0xFF, count: 24)
        let made = hash.withUnsafeBytes {
            StateVersion(eventTime: Timestamp(seconds: 0), attemptTime: Timestamp(seconds: 0), rank: 0, bodyHash: $0)
        }
        #expect(made.tieBreak == Int64.min + 1)
    }
}
