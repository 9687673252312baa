import LibPQ
import TestKit
import Testing

/// The fence as the database keeps it, whatever the programs do.
@Suite(.timeLimit(.minutes(2))) struct FenceTests {
    @Test func `a lane that somebody else has taken can be moved on by the new owner only`() async throws {
        let database = try await TestDatabase.fresh()
        try await onThread {
            let first = try Connection(database, applicationName: "first"), second = try Connection(database, applicationName: "second")
            defer {
                first.close()
                second.close()
            }
            let take = "select worker.take_lane('billing', 2, $1)", advance = "select worker.advance_lane('billing', 2, $1::bigint, $2::jsonb, 1)"
            let old = try #require(first.query(take, [.text("first")]).int64(0, 0))
            _ = try first.query(advance, [.int8(old), .text(#"{"t":5}"#)])
            let new = try #require(second.query(take, [.text("second")]).int64(0, 0))
            #expect(new > old)
            let refusal = #expect(throws: PostgresError.self) { try first.query(advance, [.int8(old), .text(#"{"t":6}"#)]) }
            #expect(refusal?.sqlstate == "NB001")
            _ = try second.query(advance, [.int8(new), .text(#"{"t":7}"#)])
            #expect(try second.query("select offsets ->> 't' from worker.progress where worker = 'billing' and lane = 2").text(0, 0) == "7")
        }
    }

    @Test func `a new owner waits for the transaction of the old one, so that nothing of it is overlooked`() async throws {
        let database = try await TestDatabase.fresh()
        try await onThread {
            let old = try Connection(database, applicationName: "old"), new = try Connection(database, applicationName: "new")
            defer {
                old.close()
                new.close()
            }
            let epoch = try #require(old.query("select worker.take_lane('billing', 0, 'old')").int64(0, 0))
            try old.execute("begin")
            _ = try old.query("select worker.advance_lane('billing', 0, $1::bigint, '{}'::jsonb, 1)", [.int8(epoch)])
            try new.execute("set lock_timeout = '200ms'")
            let refusal = #expect(throws: PostgresError.self) { try new.query("select worker.take_lane('billing', 0, 'new')") }
            #expect(refusal?.sqlstate == "55P03")
            try old.execute("commit")
            #expect(try new.query("select worker.take_lane('billing', 0, 'new')").int64(0, 0) == epoch + 1)
        }
    }
}
