import Foundation
import LibCrypto
@testable import Licensing

/// docs/verifiers/vectors.json: what every verifier must say. Made here, from keys that belong to nobody; `NICOBAR_WRITE_VECTORS=1` writes the file anew.
struct VectorFile: Codable, Equatable {
    struct Vector: Codable, Equatable {
        let name: String
        let token: String
        let now: Int64
        let revocations: String?
        /// `accepted`, or the word of the refusal.
        let expected: String
    }

    let about: String
    let jwks: JWKS
    var vectors: [Vector]

    struct JWKS: Codable, Equatable {
        struct Key: Codable, Equatable { let kty, crv, use, alg, kid, x: String }
        let keys: [Key]
    }

    static let url = Place.verifiers.appendingPathComponent("vectors.json")

    static func read() throws -> VectorFile { try JSONDecoder().decode(VectorFile.self, from: Data(contentsOf: url)) }

    static func encode(_ file: VectorFile) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(file)
    }

    static func make() throws -> VectorFile {
        let forge = try Forge(), now = Forge.now
        var file = VectorFile(
            about: "What every verifier of licence tokens must say. The keys belong to nobody. Made by Tests/Licensing/Vectors.swift.",
            jwks: try JSONDecoder().decode(JWKS.self, from: Data(try forge.keySet.json.utf8)), vectors: [])
        func add(_ name: String, _ token: String, _ expected: String, at time: Int64 = now, revocations: String? = nil) {
            file.vectors.append(Vector(name: name, token: token, now: time, revocations: revocations, expected: expected))
        }
        let claims = forge.claims(), payload = String(decoding: claims.payload, as: UTF8.self)
        let good = try forge.token(claims), parts = good.split(separator: ".").map(String.init)
        func signed(_ header: String, _ body: String? = nil) throws -> String { try forge.token(header: header, payload: body ?? payload, with: forge.key) }
        func headed(_ alg: String, typ: String = "licence+jwt", kid: String? = nil, more: String = "") -> String {
            #"{"alg":"\#(alg)","typ":"\#(typ)","kid":"\#(kid ?? forge.kid)"\#(more)}"#
        }
        let usual = headed("EdDSA")

        add("valid", good, "accepted")
        add("valid, signed with the retired key", try JSONWebSignature.sign(claims.payload, as: .licence, kid: forge.retiredKid, with: forge.retired), "accepted")
        add("valid, any number of activations, no product, no customer", try signed(usual, payload.replacing(#""activations":6"#, with: #""activations":null"#)
            .replacing(#""product":"pdt_1""#, with: #""product":null"#).replacing(#""customer":"cus_1""#, with: #""customer":null"#)), "accepted")
        add("valid, claims of a later version", try signed(usual, payload.dropLast() + #","colour":{"a":[1]}}"#), "accepted")
        add("valid until a minute past its end", good, "accepted", at: claims.expiresAt + 59)
        add("expired", good, "expired", at: claims.expiresAt + 60)
        add("issued by a clock a minute ahead", good, "accepted", at: now - 60)
        add("issued in the future", good, "not-yet-valid", at: now - 61)

        add("signed by another key under our kid", try forge.token(header: usual, payload: payload, with: forge.stranger), "signature")
        add("signed by one of ours under the other's kid", try forge.token(header: headed("EdDSA", kid: forge.retiredKid), payload: payload, with: forge.key), "signature")
        add("tampered: more seats", parts[0] + "." + Base64URL.encode(Array(payload.replacing(#""seats":2"#, with: #""seats":9"#).utf8)) + "." + parts[2], "signature")
        add("tampered: header", Base64URL.encode(Array((usual.dropLast() + #","x":1}"#).utf8)) + "." + parts[1] + "." + parts[2], "signature")
        add("signature of zeros", parts[0] + "." + parts[1] + "." + Base64URL.encode([UInt8](repeating: 0, count: 64)), "signature")
        add("signature too short", parts[0] + "." + parts[1] + "." + Base64URL.encode([UInt8](repeating: 1, count: 63)), "signature")
        add("signature missing", parts[0] + "." + parts[1] + ".", "signature")
        add("alg none, unsigned", Base64URL.encode(Array(headed("none").utf8)) + "." + parts[1] + ".", "algorithm")
        add("alg none, signed", try signed(headed("none")), "algorithm")
        let hmacInput = Base64URL.encode(Array(headed("HS256").utf8)) + "." + parts[1]
        let publicKeyAsSecret = forge.key.publicKey.withUnsafeBytes { HMACSHA256Key($0) }
        add("alg HS256 with the public key as the secret", hmacInput + "." + Base64URL.encode(publicKeyAsSecret.mac(Array(hmacInput.utf8)).array), "algorithm")
        add("alg in other letters", try signed(headed("eddsa")), "algorithm")
        add("no alg", try signed(#"{"typ":"licence+jwt","kid":"\#(forge.kid)"}"#), "algorithm")
        add("wrong kid", try signed(headed("EdDSA", kid: "unknown")), "unknown-key")
        add("no kid", try signed(#"{"alg":"EdDSA","typ":"licence+jwt"}"#), "unknown-key")
        let attacker = #","jwk":{"kty":"OKP","crv":"Ed25519","x":"\#(Base64URL.encode(forge.stranger.publicKey))"}"#
        add("brings its own key", try forge.token(header: headed("EdDSA", more: attacker), payload: payload, with: forge.stranger), "signature")
        add("signed for another purpose", try signed(headed("EdDSA", typ: "JWT")), "type")
        add("a revocation list", try forge.list([:]), "type")
        add("something critical that nobody understands", try signed(headed("EdDSA", more: #","crit":["b64"],"b64":false"#)), "malformed")

        add("padding", good + "==", "malformed")
        // The last letter of 64 bytes holds four bits too many.
        add("bits left over", String(good.dropLast()) + (good.hasSuffix("A") ? "B" : leftOver(good)), "malformed")
        add("blank in front", " " + good, "malformed")
        add("alphabet of plain base64", parts[0] + "." + parts[1] + ".+/" + parts[2].dropFirst(2), "malformed")
        add("two parts", parts[0] + "." + parts[1], "malformed")
        add("four parts", good + ".", "malformed")
        add("empty", "", "malformed")
        add("header is no object", try signed("[]"), "malformed")
        add("header is no JSON", try signed("{"), "malformed")

        add("payload is no JSON", try signed(usual, "licence"), "claims")
        add("payload is no object", try signed(usual, "[]"), "claims")
        for claim in ["sub", "features", "seats", "iat", "exp", "epoch"] {
            add("without \(claim)", try signed(usual, payload.replacing("\"\(claim)\":", with: "\"no\(claim)\":")), "claims")
        }
        add("exp as a text", try signed(usual, payload.replacing(/"exp":(\d+)/) { "\"exp\":\"\($0.1)\"" }), "claims")
        add("exp between two seconds", try signed(usual, payload.replacing(/"exp":(\d+)/) { "\"exp\":\($0.1).5" }), "claims")
        add("sub empty", try signed(usual, payload.replacing("sub_1/pdt_1/1", with: "")), "claims")

        let id = claims.licenceId
        add("not on the list", good, "accepted", revocations: try forge.list(["sub_2/pdt_1/1": 6]))
        add("revoked", good, "revoked", revocations: try forge.list([id: 5]))
        add("issued after it came back", try forge.token(forge.claims(epoch: 5)), "accepted", revocations: try forge.list([id: 5]))
        add("a licence named like a member of every object", try forge.token(forge.claims("constructor")), "accepted", revocations: try forge.list([id: 5]))
        add("list has run out", good, "stale-list", revocations: try forge.list([:], expires: now - 60))
        add("list is signed by a stranger", good, "signature", revocations: try forge.list([:], with: forge.stranger))
        add("list is a licence", good, "type", revocations: good)
        add("list is no list", good, "malformed", revocations: "x")
        add("expired and revoked", good, "expired", at: claims.expiresAt + 60, revocations: try forge.list([id: 5]))
        return file
    }

    /// The next letter of the alphabet: the same bytes, were the bits left over not looked at.
    private static func leftOver(_ token: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let value = token.last.flatMap { alphabet.firstIndex(of: $0) } ?? 0
        return String(alphabet[value + 1])
    }
}
