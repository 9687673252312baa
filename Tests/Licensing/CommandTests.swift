import Events
import Foundation
import LibPQ
@testable import Licensing
import TestKit
import Testing

/// The programs as people start them.
@Suite("nicobar license", .timeLimit(.minutes(3))) struct CommandTests {
    static let programs = ProcessInfo.processInfo.environment["NICOBAR_PROGRAMS"] ?? Place.root.appendingPathComponent(".build/debug").path

    /// Runs commands against one database and remembers all that they printed.
    final class Shell {
        let environment: [String: String]
        private(set) var printed = ""

        init(_ conninfo: String) { environment = ["DATABASE_URL": conninfo, "NICOBAR_LICENSE_MASTER_SECRET": masterText, "USER": "ada"] }

        @available(*, noasync) func run(_ arguments: [String], input: String = "", without variable: String = "", silent: Bool = true) throws -> Tool.Outcome {
            let outcome = try Tool(path: "\(programs)/nicobar").run(["license"] + arguments, environment: environment.filter { $0.key != variable }, input: input)
            if silent { printed += outcome.output + outcome.complaint }
            return outcome
        }
    }

    @Test func `tells the whole story: key, token, offline proof, revocation, rotation`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            try Ledger(conninfo).apply(EntitlementEvent(quantity: 2, validUntil: nil))
            let shell = Shell(conninfo), folder = try TemporaryFolder(), id = "sub_1/pdt_1/1"
            #expect(try shell.run(["token", id]).complaint.contains("rotate-key"))
            #expect(try shell.run(["rotate-key"]).status == 0)
            let shown = try shell.run(["show", "sub_1", "--json"], silent: false)
            struct Shown: Decodable { struct Licence: Decodable { let licence_id, key, state: String }; let licences: [Licence] }
            let licences = try JSONDecoder().decode(Shown.self, from: Data(shown.output.utf8)).licences
            #expect(shown.status == 0 && licences.map(\.licence_id) == [id, "sub_1/pdt_1/2"])
            let key = try #require(licences.first?.key)
            #expect(try shell.run(["show", "-"], input: key + "\n", silent: false).output.contains(id))
            #expect(try shell.run(["verify", "-"], input: key.lowercased()).status == 0)
            #expect(try shell.run(["verify", key.replacing("-", with: "")]).output.contains("is active"))

            let token = try shell.run(["token", id], silent: false).output.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(try shell.run(["verify", "-"], input: token, without: "NICOBAR_LICENSE_MASTER_SECRET").status == 0, "a token needs no secret")
            func publish() throws -> [String] {
                for (command, file) in [("jwks", "jwks.json"), ("revocations", "revocations.jws")] { try Data(shell.run([command]).output.utf8).write(to: folder.url(file)) }
                return ["verify", "--jwks", folder.url("jwks.json").path, "--revocations", folder.url("revocations.jws").path, "-"]
            }
            let offline = try publish()
            #expect(try shell.run(offline, input: token, without: "DATABASE_URL").status == 0)
            if let python = Tool("python3") {
                let page = try python.run([Place.verifiers.appendingPathComponent("licence_verifier.py").path] + [offline[2], offline[4]], input: token)
                #expect(page.status == 0 && page.output.contains(id), "\(page.complaint)")
            }

            #expect(try shell.run(["revoke", id]).status == 64, "a reason is needed")
            #expect(try shell.run(["revoke", id, "--reason", "published"]).output == "revoked; it is revoked (operator) now\n")
            #expect(try shell.run(["revoke", id, "--reason", "published"]).output.hasPrefix("nothing to do"))
            #expect(try shell.run(["verify", key]).status == 1 && shell.run(["verify", "-"], input: token).output.contains("taken back"))
            #expect(try shell.run(offline, input: token).status == 0, "a list from before does not know")
            #expect(try shell.run(publish(), input: token).status == 1)
            #expect(try shell.run(["token", id]).complaint.contains("revoked (operator)"))
            #expect(try shell.run(["reinstate", id, "--reason", "found"]).status == 0 && shell.run(["reissue", id, "--reason", "found", "--json"]).output.contains(#""generation":2"#))
            #expect(try shell.run(["verify", key]).output == "no licence has this key\n")
            let wrong = key.dropLast() + (key.hasSuffix("0") ? "1" : "0")
            #expect(try shell.run(["verify", String(wrong)]).status == 1)

            let again = try shell.run(["token", id], silent: false).output.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(try shell.run(["rotate-key", "--prepare", "--json"]).status == 0 && shell.run(["rotate-key", "--by", "bob"]).status == 0)
            #expect(try shell.run(publish(), input: again).status == 0, "the old key is still published")
            let tampered = again.replacing(again.suffix(6), with: "AAAAAA")
            #expect(try shell.run(publish(), input: tampered).output.hasPrefix("not good: "))
            #expect(try Ledger(conninfo).value("select string_agg(operator || ' ' || action, ', ' order by id) from licensing.audit")
                == "ada rotate-key, ada revoke, ada reinstate, ada reissue, ada prepare-key, bob rotate-key")

            let compact = key.replacing("-", with: "")
            for secret in [key, compact, compact.lowercased(), String(compact.dropFirst(4).prefix(20)), String(wrong), token, again, tampered, masterText] {
                #expect(!shell.printed.contains(secret), "something secret was printed")
            }
        }
    }

    @Test(arguments: [
        (["show", "x"], "NICOBAR_LICENSE_MASTER_SECRET", 78), (["jwks"], "", 69), (["show", "x"], "nowhere", 69), (["sho"], "", 64),
        (["verify", "--jwks", "/nowhere", "x.y.z"], "", 78), (["token", "sub_1/pdt_1/1"], "", 69),
    ])
    func `ends with a status that scripts understand`(arguments: [String], missing: String, status: Int32) async throws {
        try await onThread {
            let outcome = try Shell("postgresql://127.0.0.1:1/nowhere").run(arguments, without: missing)
            #expect(outcome.status == status, "\(outcome.complaint)")
            #expect(!outcome.complaint.isEmpty)
        }
    }

    @Test func `explains itself, each command with an example`() async throws {
        try await onThread {
            for command in ["show", "verify", "revoke", "reinstate", "reissue", "token", "jwks", "revocations", "rotate-key"] {
                let help = try Shell("").run([command, "--help"])
                #expect(help.status == 0 && help.output.contains("Examples:\n") && help.output.contains("nicobar license \(command)"), "\(command)")
            }
        }
    }

    @Test(arguments: [nil, "too-short-CANARY"]) func `license-worker does not start without its secret, and says so in one line`(secret: String?) async throws {
        try await onThread {
            let environment = ["DATABASE_URL": "postgresql://127.0.0.1:1/nowhere", "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"]
            let outcome = try Tool(path: "\(Self.programs)/license-worker").run([], environment: environment.merging(secret.map { ["NICOBAR_LICENSE_MASTER_SECRET": $0] } ?? [:]) { $1 })
            #expect(outcome.status == 78)
            #expect(outcome.complaint.split(separator: "\n").count == 1 && outcome.complaint.contains("NICOBAR_LICENSE_MASTER_SECRET"), "\(outcome.complaint)")
            #expect(!outcome.complaint.contains("CANARY"))
        }
    }
}
