import Foundation
import LibPQ
import Surroundings
import TestKit
import Testing

/// `nicobar doctor` as people run it: what it says of licences and of the catalogue.
@Suite("nicobar doctor", .timeLimit(.minutes(3))) struct StageCheckTests {
    private static let programs = ProcessInfo.processInfo.environment["NICOBAR_PROGRAMS"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(".build/debug").path
    private static let secret = Data("operations-tests-master-secret-012345".utf8).base64EncodedString()
    private static let other = Data("another-master-secret-of-the-tests-01".utf8).base64EncodedString()

    private struct Row: Decodable { let check, verdict, saying: String }

    private static func run(_ arguments: [String], _ environment: [String: String]) async throws -> String {
        let folder = try Scratch("doctor")
        let child = try ChildProcess("nicobar", program: "\(programs)/nicobar", arguments: arguments, environment: environment, folder: folder.path)
        await child.wait()
        return child.output
    }

    /// What it says of one check, with its verdict in front; the whole output when there is no such check.
    private static func says(_ check: String, _ environment: [String: String]) async throws -> String {
        let output = try await run(["doctor", "--json"], environment)
        for value in environment.values where value == secret || value == other { #expect(!output.contains(value), "the secret is printed") }
        let rows = try JSONDecoder().decode([Row].self, from: Data(output.utf8))
        return rows.first { $0.check == check }.map { "\($0.verdict): \($0.saying)" } ?? output
    }

    @Test func `holds the licences' master secret against what license-worker needs and against the database`() async throws {
        let database = try await TestDatabase.fresh()
        func says(_ secret: String?) async throws -> String {
            try await Self.says("licence secret", ["DATABASE_URL": database].merging(secret.map { ["NICOBAR_LICENSE_MASTER_SECRET": $0] } ?? [:]) { $1 })
        }
        let absent = try await says(nil), short = try await says("c2hvcnQ="), fresh = try await says(Self.secret)
        #expect(absent.hasPrefix("warning: ") && absent.contains("openssl rand -base64 32"), "\(absent)")
        #expect(short.hasPrefix("failed: ") && short.contains("32 bytes or more") && !short.contains("c2hvcnQ="), "\(short)")
        #expect(fresh.hasPrefix("ok: ") && fresh.contains("no licence was issued yet"), "\(fresh)")

        // As license-worker would, by the same statement; a look by the doctor must not have claimed the database for its secret.
        _ = try await Self.run(
            ["license", "rotate-key"], ["DATABASE_URL": database, "NICOBAR_LICENSE_MASTER_SECRET": Self.secret])
        let known = try await says(Self.secret), wrong = try await says(Self.other), missing = try await says(nil)
        #expect(known.hasPrefix("ok: ") && known.contains("the one that this database's licences were issued with"), "\(known)")
        #expect(wrong.hasPrefix("failed: ") && wrong.contains("expected the same as license-worker has"), "\(wrong)")
        #expect(missing.hasPrefix("warning: ") && missing.contains("this database has licences"), "\(missing)")
        let unreachable = try await Self.says("licence secret", ["DATABASE_URL": "host=127.0.0.1 port=\(Loopback.freePort()) user=nobody", "NICOBAR_LICENSE_MASTER_SECRET": Self.secret])
        #expect(unreachable.hasPrefix("ok: ") && unreachable.contains("not held against the database"), "\(unreachable)")
    }

    @Test func `knows the catalogue in force, and whether what was concluded agrees with it`() async throws {
        let database = try await TestDatabase.fresh(), environment = ["DATABASE_URL": database]
        @Sendable func execute(_ sql: String) async throws { try await onThread { try Connection(database).execute(sql) } }
        #expect(try await Self.says("catalogue", environment).hasPrefix("warning: none was ever applied"))

        try await execute(#"insert into fulfilment.catalogue_versions values (3, '{"products":[{"product_id":"pdt_1","features":["pro"]}]}', 'me')"#)
        let inForce = try await Self.says("catalogue", environment), agrees = try await Self.says("catalogue in use", environment)
        #expect(inForce == "ok: version 3 is in force, with 1 products")
        #expect(agrees.hasPrefix("ok: "), "\(agrees)")

        try await execute("insert into fulfilment.subjects (subject_id, kind, due_at) values ('pay_1', 'payment', now() - interval '10 minutes')")
        let waits = try await Self.says("catalogue in use", environment)
        #expect(waits.hasPrefix("warning: 1 payments and subscriptions are due") && waits.contains("fulfilment-worker"), "\(waits)")

        try await execute("insert into licensing.entitlements (entitlement_id, revision, catalogue_version) values ('sub_1/pdt_1', 1, 4)")
        let licences = try await Self.says("catalogue in use", environment)
        #expect(licences.hasPrefix("failed: licences were concluded under version 4, and this database's newest is 3"), "\(licences)")
        try await execute("""
            insert into fulfilment.entitlements (entitlement_id, revision, state, reason, source_kind, source_id, product_id, quantity, features, valid_from, catalogue_version, changed_at)
            values ('sub_1/pdt_1', 1, 'revoked', 'cancelled', 'subscription', 'sub_1', 'pdt_1', 1, '[]', now(), 9, now())
            """)
        let restored = try await Self.says("catalogue in use", environment)
        #expect(restored.hasPrefix("failed: entitlements were concluded under version 9"), "\(restored)")

        try await execute(#"insert into fulfilment.catalogue_versions values (10, '{"products":[{"product_id":"pdt_1","from_the_future":true}]}', 'me')"#)
        let newer = try await Self.says("catalogue", environment)
        #expect(newer.hasPrefix("failed: the one in force cannot be read by this program (products[0].from_the_future is not known"), "\(newer)")
    }
}
