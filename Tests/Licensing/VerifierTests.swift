import Foundation
import LibCrypto
@testable import Licensing
import Simulator
import TestKit
import Testing

/// Every verifier over one vector file, and a thousand forgeries.
@Suite("a licence token", .timeLimit(.minutes(3))) struct VerifierTests {
    static let seed = ProcessInfo.processInfo.environment["NICOBAR_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
    private static let vectors = (try? VectorFile.read())?.vectors ?? []

    @Test func `has vectors that are those this program makes`() throws {
        let made = try VectorFile.make()
        if ProcessInfo.processInfo.environment["NICOBAR_WRITE_VECTORS"] == "1" { try VectorFile.encode(made).write(to: VectorFile.url) }
        #expect(try VectorFile.read() == made)
        #expect(Set(made.vectors.map(\.name)).count == made.vectors.count)
        let words = Set(made.vectors.map(\.expected))
        #expect(words == ["accepted", "malformed", "algorithm", "type", "unknown-key", "signature", "claims", "not-yet-valid", "expired", "revoked", "stale-list"])
    }

    /// What this program's own verifier says.
    private static func own(_ vector: VectorFile.Vector, _ keys: KeySet) -> String {
        let verifier = TokenVerifier(keys)
        do throws(ProofFault) {
            // The token first, as everywhere: what is wrong with it is said before the list is looked at.
            _ = try verifier.verify(vector.token, now: vector.now)
            if let list = vector.revocations { _ = try verifier.verify(vector.token, now: vector.now, revocations: verifier.revocations(list)) }
            return "accepted"
        } catch { return error.rawValue }
    }

    /// What the page for Swift says, with LibCrypto's check in place of CryptoKit's.
    private static func page(_ vector: VectorFile.Vector, _ keys: KeySet) throws -> String {
        let verifier = try LicenceVerifier(jwks: Data(keys.json.utf8)) { signature, message, key in
            (try? Ed25519.PublicKey(raw: Array(key)))?.isValid(Array(signature), for: Array(message)) ?? false
        }
        do {
            _ = try verifier.verify(vector.token, revocations: vector.revocations, now: Date(timeIntervalSince1970: TimeInterval(vector.now)))
            return "accepted"
        } catch let refusal as LicenceVerifier.Refusal { return refusal.rawValue }
    }

    @Test(arguments: vectors.map(\.name)) func `is judged rightly by this program and by the page for Swift`(name: String) throws {
        let file = try VectorFile.read(), vector = try #require(file.vectors.first { $0.name == name })
        let keys = try #require(KeySet(json: Array(try JSONEncoder().encode(file.jwks))))
        #expect(Self.own(vector, keys) == vector.expected)
        #expect(try Self.page(vector, keys) == vector.expected)
    }

    /// Runs a page in its language over a vector file; nil, and a word, where the machine lacks the language.
    @available(*, noasync) private static func run(_ language: String, _ file: String) throws -> [String: String]? {
        let (name, script) = language == "Python" ? ("python3", "run.py") : ("node", "run.mjs")
        guard let tool = Tool(name) else {
            print("tests: \(name) is not here; the verifier for \(language) was not run")
            return nil
        }
        let ran = try tool.run([Place.harness.appendingPathComponent(script).path, Place.verifiers.path, file])
        #expect(ran.status == 0, "\(ran.complaint)")
        return try JSONDecoder().decode([String: String].self, from: Data(ran.output.utf8))
    }

    @Test(arguments: ["Python", "JavaScript"]) func `is judged rightly by the page for`(language: String) async throws {
        try await onThread {
            guard let said = try Self.run(language, VectorFile.url.path) else { return }
            for vector in try VectorFile.read().vectors { #expect(said[vector.name] == vector.expected, "\(vector.name)") }
        }
    }

    /// A thousand forgeries of fifty good tokens.
    private static func thousand() throws -> (good: [String], forged: [String], keys: KeySet) {
        let forge = try Forge()
        var random = SplitMix64(seed: seed)
        // Good for long: PyJWT's clock is the machine's.
        let good = try (1...50).map { try forge.token(forge.claims("sub_\($0)/pdt_1/1", expires: 4_000_000_000 + Int64($0))) }
        return (good, try forge.forgeries(of: good, count: 1000, &random), try forge.keySet)
    }

    @Test func `that is forged is refused by every page, a thousand times`() async throws {
        try await onThread {
            let (good, forged, keys) = try Self.thousand()
            let vectors = (good + forged).enumerated().map {
                VectorFile.Vector(name: "\($0.offset)", token: $0.element, now: Forge.now, revocations: nil, expected: $0.offset < good.count ? "accepted" : "refused")
            }
            for vector in vectors {
                #expect((Self.own(vector, keys) == "accepted") == (vector.expected == "accepted"), "seed \(Self.seed), \(vector.name)")
                #expect((try Self.page(vector, keys) == "accepted") == (vector.expected == "accepted"), "seed \(Self.seed), \(vector.name)")
            }
            let folder = try TemporaryFolder()
            var file = try VectorFile.make()
            for language in ["Python", "JavaScript"] {
                // Python does its own arithmetic, 10 ms a signature on a busy machine: a part of them says as much, and PyJWT gets them all.
                file.vectors = language == "Python" ? Array(vectors.prefix(good.count + 250)) : vectors
                try VectorFile.encode(file).write(to: folder.url("vectors.json"))
                guard let said = try Self.run(language, folder.url("vectors.json").path) else { continue }
                let wrong = file.vectors.filter { (said[$0.name] == "accepted") != ($0.expected == "accepted") }.map(\.name)
                #expect(wrong.isEmpty, "seed \(Self.seed), \(language)")
            }
        }
    }

    @Test func `is taken by PyJWT, and none of a thousand forgeries is`() async throws {
        try await onThread {
            guard let python = Tool("python3") else { return print("tests: python3 is not here; PyJWT was not asked") }
            let folder = try TemporaryFolder(), library = folder.url("library").path
            // Into a folder of its own that goes away; whoever has no network, or a slow one, loses this test and no other.
            let installed = try python.run(
                ["-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check", "--retries", "0", "--timeout", "5", "--only-binary", ":all:", "--target", library, "pyjwt[crypto]"],
                seconds: 20)
            guard installed.status == 0 else { return print("tests: pip could not install PyJWT within 20 s (status \(installed.status)); it was not asked") }
            let (good, forged, keys) = try Self.thousand()
            let jwks = try JSONSerialization.jsonObject(with: Data(keys.json.utf8))
            try JSONSerialization.data(withJSONObject: ["jwks": jwks, "good": good, "forged": forged]).write(to: folder.url("tokens.json"))
            let ran = try python.run(
                [Place.harness.appendingPathComponent("pyjwt.py").path, folder.url("tokens.json").path], environment: ["PYTHONPATH": library, "PYTHONDONTWRITEBYTECODE": "1"])
            try #require(ran.status == 0, "\(ran.complaint)")
            struct Verdict: Decodable { let version: String, good: Int, taken: [Int] }
            let verdict = try JSONDecoder().decode(Verdict.self, from: Data(ran.output.utf8))
            print("tests: PyJWT \(verdict.version) took \(verdict.good) of \(good.count) tokens and \(verdict.taken.count) of \(forged.count) forgeries")
            #expect(verdict.good == good.count && verdict.taken.isEmpty, "seed \(Self.seed)")
        }
    }
}
