// Verifies Nicobar's licence tokens offline. Copy this file; it needs Foundation, and CryptoKit (Apple) or swift-crypto (elsewhere) for the signature.
//
//     let claims = try LicenceVerifier(jwks: data).verify(token, revocations: nil)
//
// `jwks` is the file that `nicobar license jwks` prints. `revocations` is the text that `nicobar license revocations` prints, or nil.
import Foundation
#if canImport(CryptoKit)
import CryptoKit
#elseif canImport(Crypto)
import Crypto
#endif

struct LicenceVerifier {
    /// Why a token proves nothing.
    enum Refusal: String, Error {
        case malformed, algorithm, type, unknownKey = "unknown-key", signature, claims
        case notYetValid = "not-yet-valid", expired, revoked, staleList = "stale-list"
    }

    struct Claims: Decodable {
        let sub: String, product: String?, features: [String], seats: Int, activations: Int?, customer: String?, iat: Int, exp: Int, epoch: Int
    }

    /// Whether an Ed25519 signature is right: signature, message, raw public key.
    typealias SignatureCheck = (Data, Data, Data) -> Bool

    private struct Key: Decodable { let kty: String?, crv: String?, kid: String?, x: String? }
    private struct Keys: Decodable { let keys: [Key] }
    private struct Header: Decodable { let alg: String?, typ: String?, kid: String?, crit: [String]? }
    private struct Revocations: Decodable { let exp: Int, revoked: [String: Int] }

    private static let leewaySeconds = 60 // how far clocks may differ
    private let keys: [String: Data]
    private let isValid: SignatureCheck

    /// Any check of Ed25519 signatures will do.
    init(jwks: Data, isValid: @escaping SignatureCheck) throws {
        var keys: [String: Data] = [:]
        for key in try JSONDecoder().decode(Keys.self, from: jwks).keys where key.kty == "OKP" && key.crv == "Ed25519" {
            if let kid = key.kid, let x = key.x { keys[kid] = try Self.bytes(x) }
        }
        self.keys = keys
        self.isValid = isValid
    }

    #if canImport(CryptoKit) || canImport(Crypto)
    init(jwks: Data) throws {
        try self.init(jwks: jwks) { signature, message, key in
            (try? Curve25519.Signing.PublicKey(rawRepresentation: key).isValidSignature(signature, for: message)) ?? false
        }
    }
    #endif

    func verify(_ token: String, revocations: String? = nil, now: Date = Date()) throws -> Claims {
        let seconds = Int(now.timeIntervalSince1970)
        let payload = try signed(token, "licence+jwt")
        guard let claims = try? JSONDecoder().decode(Claims.self, from: payload), !claims.sub.isEmpty else { throw Refusal.claims }
        guard claims.iat <= seconds + Self.leewaySeconds else { throw Refusal.notYetValid }
        guard seconds - Self.leewaySeconds < claims.exp else { throw Refusal.expired }
        if let revocations {
            let list = try JSONDecoder().decode(Revocations.self, from: try signed(revocations, "revocations+jwt"))
            guard seconds - Self.leewaySeconds < list.exp else { throw Refusal.staleList }
            if let epoch = list.revoked[claims.sub], claims.epoch < epoch { throw Refusal.revoked }
        }
        return claims
    }

    /// The payload of a text whose signature is right.
    private func signed(_ text: String, _ type: String) throws -> Data {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { throw Refusal.malformed }
        let payload = try Self.bytes(parts[1]), signature = try Self.bytes(parts[2])
        guard let header = try? JSONDecoder().decode(Header.self, from: try Self.bytes(parts[0])) else { throw Refusal.malformed }
        guard header.alg == "EdDSA" else { throw Refusal.algorithm }
        guard header.typ == type else { throw Refusal.type }
        guard header.crit == nil else { throw Refusal.malformed }
        guard let kid = header.kid, let key = keys[kid] else { throw Refusal.unknownKey }
        guard isValid(signature, Data((parts[0] + "." + parts[1]).utf8), key) else { throw Refusal.signature }
        return payload
    }

    /// Base64url without padding; what comes out must encode to the same text.
    private static func bytes(_ text: String) throws -> Data {
        let standard = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        let padded = standard + String(repeating: "=", count: (4 - standard.count % 4) % 4)
        guard let data = Data(base64Encoded: padded), data.base64EncodedString() == padded, !text.contains(where: { "+/=".contains($0) }) else { throw Refusal.malformed }
        return data
    }
}
