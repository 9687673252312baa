import Testing

@testable import LibPQ

@Suite(.enabled(if: Server.isThere, "no NICOBAR_TEST_DATABASE_URL"), .timeLimit(.minutes(1)))
struct ColumnBuilderTests {
    @Test func `columns of every type unnest into rows`() throws {
        try Server.connect { connection in
            let text = ColumnBuilder(.text)
            let eight = ColumnBuilder(.int8)
            let four = ColumnBuilder(.int4)
            let two = ColumnBuilder(.int2)
            let flag = ColumnBuilder(.bool)
            let time = ColumnBuilder(.timestamptz)
            let json = ColumnBuilder(.json)
            let jsonb = ColumnBuilder(.jsonb)
            let raw = ColumnBuilder(.bytea)
            for row in 0..<3 {
                text.append("näme \(row)")
                eight.append(Int64(row) << 40)
                four.append(Int64(-row))
                two.append(Int64(row))
                flag.append(row == 1)
                time.append(1_794_571_200_000_001 + Int64(row))
                json.append(#"{"a":\#(row)}"#)
                jsonb.append(#"{"b":\#(row)}"#)
                [UInt8(row), 0, 9].withUnsafeBytes { raw.append(bytes: $0) }
            }
            for column in [text, eight, four, two, flag, time, json, jsonb, raw] { column.appendNull() }
            let rows = try connection.query(
                """
                select a, b, c, d, e, f at time zone 'UTC', g->>'a', h->>'b', i
                from unnest($1::text[], $2::bigint[], $3::int[], $4::smallint[], $5::bool[], $6::timestamptz[], $7::json[], $8::jsonb[], $9::bytea[])
                as t(a, b, c, d, e, f, g, h, i)
                """,
                [text, eight, four, two, flag, time, json, jsonb, raw].map { .array($0) })
            #expect(rows.rowCount == 4)
            #expect(rows.text(2, 0) == "näme 2")
            #expect(rows.int64(2, 1) == 2 << 40)
            #expect(rows.int64(2, 2) == -2)
            #expect(rows.int64(2, 3) == 2)
            #expect(rows.bool(1, 4) == true && rows.bool(2, 4) == false)
            #expect(rows.text(2, 5) == "2026-11-13 12:00:00.000003")
            #expect(rows.text(2, 6) == "2")
            #expect(rows.text(2, 7) == "2")
            #expect(rows.bytes(2, 8) == [2, 0, 9])
            for column in 0..<9 { #expect(rows.isNull(3, column)) }
        }
    }

    @Test func `removed elements are gone and the others close up`() throws {
        try Server.connect { connection in
            let text = ColumnBuilder(.text), number = ColumnBuilder(.int8)
            for place in 0..<6 {
                if place == 3 { text.appendNull() } else { text.append(String(repeating: "x", count: place)) }
                number.append(Int64(place))
            }
            for column in [text, number] { column.remove([0, 2, 5]) }
            let rows = try connection.query("select coalesce(length(a), -1), b from unnest($1::text[], $2::bigint[]) as t(a, b)", [.array(text), .array(number)])
            #expect((0..<rows.rowCount).map { "\(rows.int64($0, 0) ?? 0) \(rows.int64($0, 1) ?? 0)" } == ["1 1", "-1 3", "4 4"])
            for column in [text, number] { column.remove([0, 1, 2]) }
            #expect(try connection.query("select cardinality($1::text[])", [.array(text)]).int64(0, 0) == 0)
        }
    }

    @Test func `an empty column is an empty array`() throws {
        try Server.connect { connection in
            let size = try connection.query("select cardinality($1::text[])", [.array(ColumnBuilder(.text))])
            #expect(size.int64(0, 0) == 0)
            let rows = try connection.query("select 1 from unnest($1::bigint[])", [.array(ColumnBuilder(.int8))])
            #expect(rows.rowCount == 0)
        }
    }

    @Test func `a reset column starts again and forgets its nulls`() throws {
        try Server.connect { connection in
            let column = ColumnBuilder(.int8, capacity: 32)
            for round in Int64(1)...3 {
                column.reset()
                #expect(column.count == 0)
                if round == 1 { column.appendNull() }
                for value in 1...1000 { column.append(Int64(value) * round) }
                let sum = try connection.query("select sum(x)::bigint, count(*) from unnest($1::bigint[]) x", [.array(column)])
                #expect(sum.int64(0, 0) == 500_500 * round)
                #expect(sum.int64(0, 1) == (round == 1 ? 1001 : 1000))
            }
        }
    }

    @Test func `what the server cannot store is told as a record's fault`() throws {
        try Server.connect { connection in
            let nul = ColumnBuilder(.text)
            nul.append("a\0b")
            let nulError = try Server.error { _ = try connection.query("select unnest($1::text[])", [.array(nul)]) }
            #expect(nulError.kind == .record)
            let broken = ColumnBuilder(.text)
            [0xC3, 0x28].withUnsafeBytes { broken.append(bytes: $0) }
            let brokenError = try Server.error { _ = try connection.query("select unnest($1::text[])", [.array(broken)]) }
            #expect(brokenError.kind == .record)
            let deep = ColumnBuilder(.json)
            deep.append(String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000))
            let deepError = try Server.error { _ = try connection.query("select unnest($1::json[])", [.array(deep)]) }
            #expect(deepError.kind == .record)
        }
    }
}

/// What a column costs when nothing large comes any more.
@Suite struct ColumnMemoryTests {
    private static func fill(_ column: ColumnBuilder, bytes: Int) {
        column.reset()
        for _ in 0..<bytes / 1000 { column.append(String(repeating: "x", count: 996)) }
    }

    @Test func `the same load again and again never moves`() {
        let column = ColumnBuilder(.text)
        Self.fill(column, bytes: 300_000)
        let capacity = column.capacity
        for _ in 0..<50 { Self.fill(column, bytes: 300_000) }
        #expect(column.capacity == capacity)
    }

    @Test func `what one unusual batch needed is given back after a few others`() {
        let column = ColumnBuilder(.text)
        Self.fill(column, bytes: 4_000_000)
        #expect(column.capacity >= 4_000_000)
        for _ in 0..<8 { Self.fill(column, bytes: 20_000) }
        #expect(column.capacity < 100_000)
        for _ in 0..<8 { column.reset() }
        #expect(column.capacity <= 2 * 8192)
    }

    @Test func `what is written after memory was given back is whole`() {
        let column = ColumnBuilder(.int8)
        for round in 0..<12 {
            column.reset()
            let count = round % 3 == 0 ? 100_000 : 10
            for value in 0..<count { column.append(Int64(value)) }
            let bytes = column.finished()
            #expect(bytes.count == 20 + count * 12)
            #expect(Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: Int64.self)) == Int64(count - 1))
        }
    }
}
