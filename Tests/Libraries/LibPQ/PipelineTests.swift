import LibPQ
import Testing

@Suite(.enabled(if: Server.isThere, "no NICOBAR_TEST_DATABASE_URL"), .timeLimit(.minutes(1)))
struct PipelineTests {
    @Test func `begin, statements and commit travel together and each gives its result`() throws {
        try Server.connect { connection in
            try connection.execute("create temp table t (a bigint)")
            try connection.prepare("put", "insert into t values ($1) returning a")
            let results = try connection.pipeline([
                PipelineStep(sql: "begin"), PipelineStep(prepared: "put", [.int8(1)]), PipelineStep(prepared: "put", [.int8(2)]),
                PipelineStep(sql: "select sum(a)::bigint from t"), PipelineStep(sql: "commit"),
            ])
            #expect(results.count == 5)
            #expect(results.map(\.commandTag) == ["BEGIN", "INSERT 0 1", "INSERT 0 1", "SELECT 1", "COMMIT"])
            #expect(results[2].int64(0, 0) == 2)
            #expect(results[3].int64(0, 0) == 3)
        }
    }

    @Test(arguments: 0..<3) func `a failed step is named and nothing of the transaction stays`(bad: Int) throws {
        try Server.connect { connection in
            try connection.execute("create temp table t (a bigint primary key)")
            var steps = [PipelineStep(sql: "begin")]
            for index in 0..<3 { steps.append(PipelineStep(sql: "insert into t values (10 / $1)", [.int8(index == bad ? 0 : Int64(index + 1))])) }
            steps.append(PipelineStep(sql: "commit"))
            let error = try Server.error { try connection.pipeline(steps) }
            #expect(error.step == bad + 1)
            #expect(error.sqlstate == "22012")
            // The connection is idle and outside any transaction.
            #expect(try connection.query("select count(*) from t").int64(0, 0) == 0)
            try connection.pipeline([PipelineStep(sql: "begin"), PipelineStep(sql: "insert into t values (7)"), PipelineStep(sql: "commit")])
            #expect(try connection.query("select a from t").int64(0, 0) == 7)
        }
    }

    @Test func `without begin the pipeline is one transaction by itself`() throws {
        try Server.connect { connection in
            try connection.execute("create temp table t (a bigint)")
            let error = try Server.error {
                try connection.pipeline([PipelineStep(sql: "insert into t values (1)"), PipelineStep(sql: "select 1 / 0")])
            }
            #expect(error.step == 1)
            #expect(try connection.query("select count(*) from t").int64(0, 0) == 0)
        }
    }

    @Test(arguments: [true, false]) func `a constraint checked at the end fails the commit`(explicit: Bool) throws {
        try Server.connect { connection in
            try connection.execute("create temp table t (a bigint constraint once unique deferrable initially deferred)")
            let insert = PipelineStep(sql: "insert into t values (1)")
            let error = try Server.error {
                try connection.pipeline(explicit ? [PipelineStep(sql: "begin"), insert, insert, PipelineStep(sql: "commit")] : [insert, insert])
            }
            #expect(error.constraint == "once")
            #expect(error.step == (explicit ? 3 : nil))
            #expect(connection.isHealthy)
            #expect(try connection.query("select count(*) from t").int64(0, 0) == 0)
        }
    }

    @Test func `an empty pipeline is allowed`() throws {
        try Server.connect { connection in
            let results = try connection.pipeline([])
            #expect(results.isEmpty)
            #expect(try connection.query("select 1").int64(0, 0) == 1)
        }
    }

    @Test func `much sent and much answered at once does not deadlock`() throws {
        try Server.connect { connection in
            // 40 MB each way: more than any socket buffer holds, so one side that only sends would block the other for ever.
            let megabyte = [UInt8](repeating: 0x5A, count: 1 << 20)
            let results = try connection.pipeline((0..<40).map { _ in PipelineStep(sql: "select $1::bytea", [.bytes(megabyte)]) })
            #expect(results.count == 40)
            #expect(results.allSatisfy { $0.withValue(0, 0, \.count) == 2 + (2 << 20) })
        }
    }

    @Test func `a server that dies in the middle of a pipeline ends it with an error`() throws {
        try Server.connect { connection in
            let error = try Server.error {
                try connection.pipeline([
                    PipelineStep(sql: "begin"), PipelineStep(sql: "select pg_terminate_backend(pg_backend_pid())"),
                    PipelineStep(sql: "select pg_sleep(20)"), PipelineStep(sql: "commit"),
                ])
            }
            #expect(error.kind == .connection)
            #expect(!connection.isHealthy)
        }
    }

    @Test func `a deadlock is the world's trouble and leaves the connection usable`() throws {
        try Server.connect { connection in
            let error = try Server.error {
                try connection.pipeline([
                    PipelineStep(sql: "begin"), PipelineStep(sql: "do $$ begin raise exception using errcode = '40P01'; end $$"),
                    PipelineStep(sql: "commit"),
                ])
            }
            #expect(error.kind == .transient)
            #expect(error.step == 1)
            #expect(try connection.query("select 1").int64(0, 0) == 1)
        }
    }

    @Test func `copy in a pipeline is refused instead of hanging`() throws {
        try Server.connect { connection in
            let error = try Server.error { try connection.pipeline([PipelineStep(sql: "copy (select 1) to stdout")]) }
            #expect(error.kind == .programming || error.kind == .connection)
        }
    }
}
