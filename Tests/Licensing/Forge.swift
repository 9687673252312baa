import Foundation
import LibCrypto
@testable import Licensing
import Simulator

/// Makes tokens, right and wrong ones.
struct Forge {
    static let now: Int64 = 1_767_225_600
    let kid = "test-active", retiredKid = "test-retired"
    let key: Ed25519.PrivateKey, retired: Ed25519.PrivateKey, stranger: Ed25519.PrivateKey

    init() throws {
        let signing = SigningKeyDerivation(master)
        key = try signing.key("test-active")
        retired = try signing.key("test-retired")
        stranger = try signing.key("nobody-knows-this-one")
    }

    var keySet: KeySet { get throws { try KeySet([(kid, key.publicKey), (retiredKid, retired.publicKey)]) } }

    func claims(
        _ id: String = "sub_1/pdt_1/1", issued: Int64 = now, expires: Int64 = now + 30 * 86400, epoch: Int64 = 4
    ) -> LicenceToken {
        LicenceToken(
            licenceId: id, productId: "pdt_1", features: #"["pro","api"]"#, seats: 2, activations: 6, customerId: "cus_1", issuedAt: issued, expiresAt: expires,
            epoch: epoch)
    }

    func token(_ claims: LicenceToken) throws -> String { try JSONWebSignature.sign(claims.payload, as: .licence, kid: kid, with: key) }

    /// Signs any header and payload.
    func token(header: String, payload: String, with key: Ed25519.PrivateKey) throws -> String {
        let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
        return input + "." + Base64URL.encode(try key.sign(Array(input.utf8)))
    }

    func list(_ revoked: [String: Int64], expires: Int64 = now + 7 * 86400, with key: Ed25519.PrivateKey? = nil) throws -> String {
        try JSONWebSignature.sign(
            RevocationList(epoch: 6, issuedAt: Self.now - 60, expiresAt: expires, revoked: revoked).payload, as: .revocations, kid: kid, with: key ?? self.key)
    }

    /// Tokens that nobody with the key has signed, from good ones, in a dozen ways; the same for the same random numbers.
    func forgeries(of good: [String], count: Int, _ random: inout SplitMix64) throws -> [String] {
        let x = Base64URL.encode(key.publicKey)
        var forged: [String] = []
        while forged.count < count {
            let parts = good[Int(random.next() % UInt64(good.count))].split(separator: ".").map(String.init)
            let other = good[Int(random.next() % UInt64(good.count))].split(separator: ".").map(String.init)
            let payload = String(decoding: Base64URL.decode(parts[1].utf8) ?? [], as: UTF8.self), signature = Base64URL.decode(parts[2].utf8) ?? []
            func header(_ alg: String, _ more: String = "") -> String { Base64URL.encode(Array(#"{"alg":"\#(alg)","typ":"licence+jwt","kid":"\#(kid)"\#(more)}"#.utf8)) }
            let text: String
            switch forged.count % 14 {
            case 0: text = parts[0] + "." + flipped(parts[1], &random) + "." + parts[2]
            case 1: text = flipped(parts[0], &random) + "." + parts[1] + "." + parts[2]
            case 2: text = parts[0] + "." + parts[1] + "." + flipped(parts[2], &random)
            case 3: text = header(["none", "None", "NONE", "nOnE"][Int(random.next() % 4)]) + "." + parts[1] + "." + (random.next() % 2 == 0 ? "" : parts[2])
            case 4:
                let secret = random.next() % 2 == 0 ? key.publicKey : Array(x.utf8), input = header("HS256") + "." + parts[1]
                text = input + "." + Base64URL.encode(secret.withUnsafeBytes { HMACSHA256Key($0) }.mac(Array(input.utf8)).array)
            case 5: text = try JSONWebSignature.sign(Array(payload.utf8), as: .licence, kid: kid, with: stranger)
            case 6: text = parts[0] + "." + parts[1] + "." + other[2]
            case 7: text = parts[0] + "." + other[1] + "." + parts[2]
            case 8: text = parts[0] + "." + Base64URL.encode(Array(payload.replacing(/"exp":\d+/, with: "\"exp\":\(Self.now + Int64(random.next() % 1_000_000_000))").utf8)) + "." + parts[2]
            case 9: text = parts[0] + "." + parts[1] + "." + Base64URL.encode(random.next() % 2 == 0 ? Array(signature.dropLast(Int(random.next() % 64) + 1)) : signature + [0])
            case 10:
                // The same signature with the group's order added to its scalar: a lax verifier takes it (RFC 8032, 5.1.7).
                text = parts[0] + "." + parts[1] + "." + Base64URL.encode(signature.prefix(32) + plusOrder(Array(signature.suffix(32))))
            case 11: text = parts[0] + "." + parts[1] + "." + Base64URL.encode([UInt8(random.next() % 2)] + [UInt8](repeating: 0, count: 63))
            case 12: text = try JSONWebSignature.sign(Array(payload.utf8), as: .licence, kid: retiredKid, with: key)
            default:
                let attacker = #","jwk":{"kty":"OKP","crv":"Ed25519","x":"\#(Base64URL.encode(stranger.publicKey))"}"#, input = header("EdDSA", attacker) + "." + parts[1]
                text = input + "." + Base64URL.encode(try stranger.sign(Array(input.utf8)))
            }
            if !good.contains(text) { forged.append(text) }
        }
        return forged
    }

    private func flipped(_ part: String, _ random: inout SplitMix64) -> String {
        var bytes = Base64URL.decode(part.utf8) ?? []
        bytes[Int(random.next() % UInt64(bytes.count))] ^= 1 << UInt8(random.next() % 8)
        return Base64URL.encode(bytes)
    }

    private func plusOrder(_ scalar: [UInt8]) -> [UInt8] {
        let order: [UInt8] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ]
        var carry = 0
        return zip(scalar, order).map { left, right in
            let sum = Int(left) + Int(right) + carry
            carry = sum >> 8
            return UInt8(sum & 255)
        }
    }
}
