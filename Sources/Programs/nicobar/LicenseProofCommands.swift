import CommandLine
import Events
import Foundation
import Licensing
import Settings

let licenseVerifyCommand = Command(
    "verify", summary: "Say whether a key or a token is good; ends with 1 when it is not",
    discussion: """
        A token is verified against the database, or without one against the files of --jwks and --revocations, as a customer's program would. A key is looked up.
        """,
    json: true,
    options: [
        .value("jwks", "FILE", "verify a token offline, with the keys of this file"),
        .value("revocations", "FILE", "with --jwks: the signed revocation list"),
    ],
    operands: [Operand("KEY-OR-TOKEN", "what to verify; - reads it from standard input")],
    examples: [
        .init("nicobar license verify - < token.txt", "against the database"),
        .init("nicobar license verify --jwks jwks.json --revocations revocations.jws - < token.txt", "offline"),
    ],
    action: .blocking { asked in
        let text = try given(asked, "KEY-OR-TOKEN"), seconds = now().microseconds / 1_000_000
        if let path = asked.text("jwks") {
            guard let keys = KeySet(json: try file(path)) else { throw CommandFailure("\(path) is no JWK Set", status: .configuration) }
            let verifier = TokenVerifier(keys)
            let result = Result<LicenceToken, ProofFault> { () throws(ProofFault) in
                var list: RevocationList?
                if let path = asked.text("revocations") { list = try verifier.revocations(read(path)) }
                return try verifier.verify(text, now: seconds, revocations: list)
            }
            return say(result, asked)
        }
        if text.contains(".") { return say(try LicenceDesk.verify(text, try Reach.database(), now: seconds), asked) }
        let (licences, dodoKeys) = try Reach.desk().find(key: text)
        let (id, isGood, saying): (String?, Bool, String) =
            if let shown = licences.first {
                (shown.licence.licenceId, shown.licence.isGood(at: now()),
                 "licence \(shown.licence.licenceId) is \(shown.licence.isGood(at: now()) || shown.licence.state != .active ? shown.licence.state.rawValue : "past its end")")
            } else if let key = dodoKeys.first {
                (key.id, key.status == "active" && key.expiresAt.map { $0 > now() } != false, "Dodo's key \(key.id) is \(key.status ?? "of unknown status")")
            } else {
                (nil, false, "no licence has this key")
            }
        let value: JSONText = ["good": .bool(isGood), "licence_id": .optional(id), "saying": .text(saying)]
        Standard.print(asked.wantsJSON ? value.description : saying)
        return isGood ? .success : .failure
    })

let licenseTokenCommand = Command(
    "token", summary: "Issue a signed token for an active licence", json: true,
    operands: [Operand("LICENCE", "the licence's id")],
    examples: [.init("nicobar license token sub_8Jq2/pdt_1/1 > token.txt", "a token that proves the licence offline until it runs out")],
    action: .blocking { asked in
        let made = try Reach.desk().token(asked.operand("LICENCE") ?? "", now: now().microseconds / 1_000_000)
        let value: JSONText = ["token": .text(made.text), "expires_at": .text(Timestamp(seconds: made.claims.expiresAt).description)]
        Standard.print(asked.wantsJSON ? value.description : made.text)
        return .success
    })

let licenseKeysCommand = Command(
    "jwks", summary: "Print the public keys that tokens are verified with, as a JWK Set; needs no secret",
    examples: [.init("nicobar license jwks > jwks.json", "the file to publish, or to ship with a program")],
    action: .blocking { _ in
        Standard.print(try LicenceDesk.keySet(try Reach.database(), now: now().microseconds / 1_000_000).json)
        return .success
    })

let licenseRevocationsCommand = Command(
    "revocations", summary: "Print the signed list of what was taken back and may still have tokens", json: true,
    options: [.value("days", "N", "how long verifiers may rely on it", standard: "7")],
    examples: [.init("nicobar license revocations > revocations.jws", "the file to publish beside the JWKS, every day or so")],
    action: .blocking { asked in
        let made = try Reach.desk().revocationList(now: now().microseconds / 1_000_000, days: Int64(try asked.integer("days", in: 1...366) ?? 7))
        let value: JSONText = [
            "revocations": .text(made.text), "epoch": .integer(made.list.epoch), "licences": .integer(Int64(made.list.revoked.count)),
            "expires_at": .text(Timestamp(seconds: made.list.expiresAt).description),
        ]
        Standard.print(asked.wantsJSON ? value.description : made.text)
        return .success
    })

let licenseRotateCommand = Command(
    "rotate-key", summary: "Sign with a new key from now on; the old one stays published until its last token has run out",
    discussion: """
        With --prepare the next key is only published; publish the JWKS, give verifiers the time to fetch it, then rotate: no token is ever signed with a key that they
        do not know.
        """,
    json: true,
    options: [.flag("prepare", "only publish the next key"), .value("reason", "TEXT", "why; stands in the audit", standard: "scheduled"), byOption],
    examples: [.init("nicobar license rotate-key --prepare", "a day before"), .init("nicobar license rotate-key", "the rotation; also makes the first key")],
    action: .blocking { asked in
        let isPreparing = asked.flag("prepare")
        let kid = try Reach.desk().rotateKey(prepareOnly: isPreparing, Amendment(by: by(asked), reason: asked.text("reason") ?? "", at: now()))
        let value: JSONText = ["kid": .text(kid), "state": .text(isPreparing ? "next" : "active")]
        Standard.print(asked.wantsJSON ? value.description : isPreparing ? "\(kid) is the next key; publish the JWKS" : "\(kid) signs from now on; publish the JWKS")
        return .success
    })

extension Licence {
    fileprivate func isGood(at time: Timestamp) -> Bool { state == .active && validUntil.map { $0 > time } != false }
}

private func say(_ result: Result<LicenceToken, ProofFault>, _ asked: Invocation) -> ExitStatus {
    switch result {
    case .success(let claims):
        let value: JSONText = [
            "good": true, "licence_id": .text(claims.licenceId), "product_id": .optional(claims.productId),
            "features": .array(featureNames(claims.features).map { .text($0) }), "seats": .integer(claims.seats),
            "activations": claims.activations.map { .integer($0) } ?? .null, "customer_id": .optional(claims.customerId),
            "issued_at": .text(Timestamp(seconds: claims.issuedAt).description), "expires_at": .text(Timestamp(seconds: claims.expiresAt).description),
        ]
        Standard.print(asked.wantsJSON ? value.description : "good: licence \(claims.licenceId), until \(Timestamp(seconds: claims.expiresAt))")
        return .success
    case .failure(let fault):
        let value: JSONText = ["good": false, "fault": .text(fault.rawValue), "saying": .text(fault.description)]
        Standard.print(asked.wantsJSON ? value.description : "not good: \(fault)")
        return .failure
    }
}

private func file(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { throw CommandFailure("\(path) cannot be read", status: .configuration) }
    return Array(data)
}

/// A list that cannot be read is as good as one that is none.
private func read(_ path: String) throws(ProofFault) -> String {
    guard let data = FileManager.default.contents(atPath: path) else { throw .malformed }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
}
