import LibPQ
import Testing

struct PostgresErrorTests {
    @Test(arguments: [
        (nil, .connection), ("08006", .connection), ("57P01", .connection), ("57P03", .connection), ("25P03", .connection),
        ("53100", .transient), ("53300", .transient), ("40001", .transient), ("40P01", .transient), ("55P03", .transient), ("25P02", .transient),
        ("25006", .transient), ("58030", .transient), ("XX000", .transient), ("57014", .transient),
        ("22021", .record), ("22P02", .record), ("23505", .record), ("54000", .record),
        ("42P01", .programming), ("42601", .programming), ("21000", .programming), ("26000", .programming),
    ] as [(String?, PostgresError.Kind)])
    func `SQLSTATE tells whose fault it is`(sqlstate: String?, kind: PostgresError.Kind) {
        let error = PostgresError(sqlstate: sqlstate, message: "any")
        #expect(error.kind == kind)
        #expect(error.isWorld == (kind == .connection || kind == .transient))
    }

    @Test func `a description is one line with all that is known`() {
        let error = PostgresError(sqlstate: "23505", message: "duplicate key", constraint: "one", table: "t", column: "c", step: 4)
        #expect(error.description == "duplicate key (SQLSTATE 23505) constraint=one table=t column=c step=4")
    }

    @Test func `an identifier is quoted so that it stays one`() {
        #expect(Connection.quoted(#"a"; drop table b --"#) == #""a""; drop table b --""#)
    }
}
