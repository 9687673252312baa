@testable import Billing
import Events
import Simulator
import TestKit
import Testing

@Suite(.timeLimit(.minutes(1)))
struct NewestRowsTests {
    @Test func `of every entity the newest row is kept, whatever came in which order`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            var rows = NewestRows(), model: [String: (version: StateVersion, id: String)] = [:], numbered: [(key: String, id: String)] = []
            for number in 0..<Int.random(in: 1...400, using: &random) {
                let key = "sub_\(Int.random(in: 0..<60, using: &random))", id = "msg_\(number)"
                let version = StateVersion(
                    eventTime: Timestamp(microseconds: Int64.random(in: 0..<30, using: &random)), attemptTime: Timestamp(microseconds: 0), rank: 0,
                    tieBreak: Int64.random(in: 0..<3, using: &random))
                let isNewest = model[key].map { $0.version < version } ?? true
                #expect(add(&rows, [key], version, id) == isNewest, "seed \(seed)")
                if isNewest {
                    model[key] = (version, id)
                    numbered.append((key, id))
                }
            }
            let superseded = Set(rows.superseded)
            #expect(superseded.count == rows.superseded.count, "seed \(seed)")
            for (number, row) in numbered.enumerated() {
                #expect(superseded.contains(number) == (model[row.key]?.id != row.id), "seed \(seed)")
                rows.withId(of: number) { #expect(String(decoding: $0, as: UTF8.self) == row.id, "seed \(seed)") }
                rows.withWinner(of: number) { #expect(String(decoding: $0, as: UTF8.self) == model[row.key]?.id, "seed \(seed)") }
            }
        }
    }

    @Test func `keys of several parts are told apart at every part, and a reset forgets them`() {
        var rows = NewestRows()
        let version = StateVersion(eventTime: Timestamp(microseconds: 1), attemptTime: Timestamp(microseconds: 1), rank: 0, tieBreak: 0)
        #expect(add(&rows, ["ab", "c"], version, "m1"))
        #expect(add(&rows, ["a", "bc"], version, "m2"))
        #expect(add(&rows, ["ab", "c", ""], version, "m3"))
        #expect(!add(&rows, ["ab", "c"], version, "m4"))
        rows.reset()
        #expect(add(&rows, ["ab", "c"], version, "m5") && rows.superseded.isEmpty)
    }

    @Test func `an event behind a newer one of its batch is stale, and its own duplicate does not make an applied one so`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            func payout(_ id: String, _ entity: String, _ second: Int) -> WrittenEvent {
                let body = #"{"type":"payout.success","timestamp":"2026-11-01T10:00:0\#(second)Z","data":{"payout_id":"pyt_\#(entity)","status":"at \#(second)"}}"#
                return WrittenEvent(id, type: "payout.success", body: Array(body.utf8))
            }
            #expect(try ledger.apply([
                payout("a", "1", 3), payout("b", "1", 7), payout("a", "1", 3), payout("c", "1", 5), payout("d", "2", 1), payout("b", "1", 7), payout("e", "1", 8),
            ]) == 0)
            #expect(try ledger.value("select string_agg(payout_id || ' ' || status || ' ' || webhook_id, ', ' order by payout_id) from billing.payouts") == "pyt_1 at 8 e, pyt_2 at 1 d")
            #expect(try ledger.value("select string_agg(webhook_id || ' ' || outcome, ', ' order by webhook_id) from worker.inbox") == "a applied, b applied, c stale, d applied, e applied")
            // Of what is newer in the database already, nothing of a later batch counts.
            #expect(try ledger.apply([payout("f", "1", 4), payout("g", "1", 6), payout("h", "2", 2)]) == 2)
            #expect(try ledger.value("select string_agg(webhook_id, ',' order by webhook_id) from worker.inbox where outcome = 'stale'") == "c,f,g")
        }
    }

    private func add(_ rows: inout NewestRows, _ key: [String], _ version: StateVersion, _ id: String) -> Bool {
        let bytes = key.map { Array($0.utf8) }
        func lend(_ parts: [CellValue], _ rest: ArraySlice<[UInt8]>) -> Bool {
            guard let next = rest.first else { return Array(id.utf8).withUnsafeBytes { rows.add(key: parts, version, webhookId: $0) } }
            return next.withUnsafeBytes { lend(parts + [.bytes($0)], rest.dropFirst()) }
        }
        return lend([], bytes[...])
    }
}
