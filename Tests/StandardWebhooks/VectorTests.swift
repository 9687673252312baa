import Foundation
import StandardWebhooks
import Testing

/// One row of Vectors/signatures.json. The secrets in it were made for tests.
struct Vector: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let secret: String
    let id: String?
    let timestamp: String?
    let signature: String?
    let body: String?
    let body_base64: String?
    let now: Int64
    let expected: String
    var testDescription: String { name }

    /// The bytes that travelled.
    func bytes() throws -> [UInt8] {
        if let body_base64 { return Array(try #require(Data(base64Encoded: body_base64))) }
        return Array(try #require(body).utf8)
    }

    struct File: Decodable {
        let vectors: [Vector]
        let ambiguous: [Vector]
    }

    static func load() throws -> File {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return try JSONDecoder().decode(File.self, from: Data(contentsOf: here.appendingPathComponent("Vectors/signatures.json")))
    }
}

struct VectorTests {
    static let all: [Vector] = (try? Vector.load()).map { $0.vectors + $0.ambiguous } ?? []

    @Test func `no vector is left out`() throws {
        let file = try Vector.load()
        #expect(file.vectors.count == 55)
        #expect(file.ambiguous.count == 6)
    }

    /// A secret that cannot be read verifies nothing, so refusing it counts as invalid.
    @Test(arguments: all) func `the vector has its expected outcome`(vector: Vector) throws {
        let outcome: String
        if let secret = try? WebhookSecret(parsing: vector.secret) {
            let verification = Verifier(secrets: [secret]).verify(
                id: vector.id, timestamp: vector.timestamp, signature: vector.signature, body: try vector.bytes(), now: vector.now)
            outcome = verification.isValid ? "valid" : "invalid"
        } else {
            outcome = "invalid"
        }
        #expect(outcome == vector.expected)
    }

    @Test(arguments: all.filter { $0.name.hasPrefix("valid_") && !$0.name.contains("rotation") && !$0.name.contains("multiple") && !$0.name.contains("v1a") })
    func `signing gives the signature of the vector`(vector: Vector) throws {
        let signer = Signer(secret: try WebhookSecret(parsing: vector.secret))
        let text = try #require(vector.timestamp)
        let timestamp = try #require(Int64(text))
        #expect(signer.sign(id: try #require(vector.id), timestamp: timestamp, body: try vector.bytes()) == vector.signature)
    }

    @Test func `only unreadable secrets are refused before anything is verified`() throws {
        let refused = Self.all.filter { (try? WebhookSecret(parsing: $0.secret)) == nil }.map(\.name)
        #expect(refused == ["invalid_secret_with_v1_prefix"])
    }
}
