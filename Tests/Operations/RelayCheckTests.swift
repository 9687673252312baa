import Foundation
import LibPQ
@testable import Operations
import Settings
import Surroundings
import TestKit
import Testing

@Suite("the doctor's look at the relay's connection", .timeLimit(.minutes(2))) struct RelayCheckTests {
    private static func finding(_ environment: [String: String]) async throws -> Finding {
        try await onThread {
            let workers = try? Connection(Connection.conninfo(fromEnvironment: environment))
            return try RelayCheck(Environment(environment)).examine(beside: workers)
        }
    }

    @Test func `is content with PostgreSQL's own address, and leaves no lock`() async throws {
        let database = try await TestDatabase.fresh()
        let own = try await Self.finding(["DATABASE_URL": database])
        #expect(own.verdict == .good && own.saying.contains("NICOBAR_RELAY_DATABASE_URL is not set"), "\(own.saying)")
        let given = try await Self.finding(["DATABASE_URL": database, "NICOBAR_RELAY_DATABASE_URL": database])
        #expect(given.verdict == .good && given.saying.hasPrefix("NICOBAR_RELAY_DATABASE_URL reaches"), "\(given.saying)")
        let left = try await onThread {
            try Connection(database).query("select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())").rowCount
        }
        #expect(left == 0)
    }

    @Test func `says of an address where nobody answers what to do, and never the password`() async throws {
        let database = try await TestDatabase.fresh()
        let url = "postgresql://nicobar:hunter2@127.0.0.1:\(Loopback.freePort())/nicobar"
        let finding = try await Self.finding(["DATABASE_URL": database, "NICOBAR_RELAY_DATABASE_URL": url])
        #expect(finding.verdict == .failed && finding.saying.contains("cannot be reached") && finding.saying.contains("set NICOBAR_RELAY_DATABASE_URL"), "\(finding.saying)")
        #expect(!finding.saying.contains("hunter2"))
        let all = await Doctor(Environment(["DATABASE_URL": database, "NICOBAR_RELAY_DATABASE_URL": url]), nowMilliseconds: 0).examine()
        #expect(all.contains(finding) && !all.contains { $0.saying.contains("hunter2") }, "\(all)")
    }

    @Test func `notices another database than the workers'`() async throws {
        let one = try await TestDatabase.fresh(), other = try await TestDatabase.fresh()
        let finding = try await Self.finding(["DATABASE_URL": one, "NICOBAR_RELAY_DATABASE_URL": other])
        #expect(finding.verdict == .failed && finding.saying.contains("two different databases"), "\(finding.saying)")
    }

    @Test func `tells a pooler by its greeting`() {
        #expect(!RelayCheck.isPooled(greeting: 4711, answering: 4711))
        #expect(RelayCheck.isPooled(greeting: 4711, answering: 4712))
        #expect(RelayCheck.isPooled(greeting: 4711, answering: nil))
    }

    @Test func `refuses PgBouncer in transaction mode, where it is installed`() async throws {
        let places: [String] = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init) + ["/usr/sbin"]
        guard let program = places.map({ "\($0)/pgbouncer" }).first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            return print("tests: pgbouncer is not installed; the doctor was not tried on it")
        }
        let server = try await PrivatePostgres(), folder = try Scratch("pgbouncer"), port = Loopback.freePort()
        try """
            [databases]
            * = host=127.0.0.1 port=\(server.port) user=nicobar
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            auth_type = any
            ignore_startup_parameters = extra_float_digits
            pool_mode = transaction
            """.write(toFile: "\(folder.path)/pgbouncer.ini", atomically: true, encoding: .utf8)
        // It refuses to be root, and gives that up by itself when told to.
        let user = geteuid() == 0 ? ["-u", "nobody"] : []
        let pooler = try ChildProcess("pgbouncer", program: program, arguments: user + ["\(folder.path)/pgbouncer.ini"], folder: folder.path)
        let pooled = "host=127.0.0.1 port=\(port) user=nicobar dbname=postgres"
        let isUp = try await eventually { try await onThread { (try? Connection(pooled)) != nil } }
        #expect(isUp, "\(pooler.tail())")
        let finding = try await Self.finding(["DATABASE_URL": pooled])
        #expect(finding.verdict == .failed && finding.saying.contains("pooler") && finding.saying.contains("set NICOBAR_RELAY_DATABASE_URL"), "\(finding.saying)")
        let mended = try await Self.finding(["DATABASE_URL": pooled, "NICOBAR_RELAY_DATABASE_URL": server.conninfo()])
        #expect(mended.verdict == .good, "the workers' own connection may be pooled: \(mended.saying)")
        // It answers SIGTERM only once its clients have gone.
        pooler.signal(SIGKILL)
        await pooler.wait()
        await server.remove()
    }
}
