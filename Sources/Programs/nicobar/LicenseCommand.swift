import CommandLine
import Events
import Foundation
import Licensing
import Settings

let licenseCommand = Command(
    "license", summary: "Look at licences, take them back, prove them",
    discussion: """
        Needs DATABASE_URL and, but for jwks and for verify with a token, NICOBAR_LICENSE_MASTER_SECRET (or …_FILE), the same that license-worker has. What changes
        something is noted in licensing.audit with who did it and why.
        """,
    subcommands: [
        Command(
            "show", summary: "Show licences with their keys; ends with 1 when there is none", json: true,
            operands: [Operand("WHAT", "a key, or the id of a licence, an entitlement, a customer, a subscription, a payment; - reads it from standard input")],
            examples: [
                .init("nicobar license show sub_8Jq2", "all licences of a subscription"),
                .init("nicobar license show -", "asks which licence a key is, and leaves it in no shell history"),
            ],
            action: .blocking { asked in
                let (licences, dodoKeys) = try Reach.desk().find(try given(asked, "WHAT"))
                if asked.wantsJSON {
                    let value: JSONText = ["licences": .array(licences.map(json)), "dodo_keys": .array(dodoKeys.map(json))]
                    Standard.print(value.description)
                } else {
                    if !licences.isEmpty { Standard.print(table(licences)) }
                    if !dodoKeys.isEmpty { Standard.print(table(dodoKeys)) }
                    if licences.isEmpty, dodoKeys.isEmpty { Standard.note("nicobar: nothing here is known by that") }
                }
                return licences.isEmpty && dodoKeys.isEmpty ? .failure : .success
            }),
        licenseVerifyCommand,
        amendment("revoke", "Take a licence back for good: no event of its entitlement brings it back", "revoked") { try $0.revoke($1, $2) },
        amendment("reinstate", "Take a revoke back: the licence is again what its entitlement says", "reinstated") { try $0.reinstate($1, $2) },
        amendment("reissue", "Give a licence another key; the old key, its activations and its tokens end", "reissued") { try $0.reissue($1, $2) },
        licenseTokenCommand, licenseKeysCommand, licenseRevocationsCommand, licenseRotateCommand,
    ])

/// A command that amends one licence.
private func amendment(
    _ name: String, _ summary: String, _ done: String,
    _ run: @escaping @Sendable (LicenceDesk, String, Amendment) throws -> (licence: Licence, changed: Bool)
) -> Command {
    Command(
        name, summary: summary, json: true,
        options: [.value("reason", "TEXT", "why; stands in the audit", required: true), byOption],
        operands: [Operand("LICENCE", "the licence's id, such as sub_8Jq2/pdt_1/1")],
        examples: [.init("nicobar license \(name) sub_8Jq2/pdt_1/1 --reason 'key was published'", summary.prefix(1).lowercased() + summary.dropFirst())],
        action: .blocking { asked in
            let made = try run(try Reach.desk(), asked.operand("LICENCE") ?? "", Amendment(by: by(asked), reason: asked.text("reason") ?? "", at: now()))
            if asked.wantsJSON {
                let value: JSONText = [
                    "licence_id": .text(made.licence.licenceId), "state": .text(made.licence.state.rawValue), "reason": .optional(made.licence.reason),
                    "revision": .integer(made.licence.revision), "generation": .integer(Int64(made.licence.generation)), "changed": .bool(made.changed),
                ]
                Standard.print(value.description)
            } else {
                let state = made.licence.state.rawValue + (made.licence.reason.map { " (\($0))" } ?? "")
                Standard.print(made.changed ? "\(done); it is \(state) now" : "nothing to do; it is \(state)")
            }
            return .success
        })
}

let byOption = CommandOption.value("by", "NAME", "who does it; you, by SUDO_USER or USER, unless given")

func by(_ asked: Invocation) -> String {
    asked.text("by") ?? Reach.environment.value("SUDO_USER") ?? Reach.environment.value("USER") ?? "unknown"
}

func now() -> Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

/// What an operand says, or what stands on standard input when it is `-`: keys and tokens need not be seen in the list of processes.
func given(_ asked: Invocation, _ name: String) throws -> String {
    guard let text = asked.operand(name), text != "-" else {
        let input = (try? FileHandle.standardInput.readToEnd()) ?? Data()
        return String(decoding: input.prefix(1 << 20), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    return text
}

private func json(_ shown: ShownLicence) -> JSONText {
    let licence = shown.licence
    return [
        "licence_id": .text(licence.licenceId), "key": .text(shown.key), "state": .text(licence.state.rawValue), "reason": .optional(licence.reason),
        "operator_reason": .optional(licence.operatorReason), "revision": .integer(licence.revision), "generation": .integer(Int64(licence.generation)),
        "entitlement_id": .text(licence.entitlementId), "line": .integer(Int64(licence.line)), "customer_id": .optional(licence.customerId),
        "product_id": .optional(licence.productId), "features": .array(featureNames(licence.features).map { .text($0) }), "seats": .integer(licence.seats),
        "activations_allowed": licence.activationsAllowed.map { .integer($0) } ?? .null, "activations_used": .integer(shown.activationsUsed),
        "valid_until": .optional(licence.validUntil?.description), "tokens_until": .optional(shown.tokensUntil),
    ]
}

private func json(_ key: ShownDodoKey) -> JSONText {
    [
        "id": .text(key.id), "last_characters": .text(key.lastCharacters), "status": .optional(key.status),
        "activations_limit": key.activationsLimit.map { .integer($0) } ?? .null, "customer_id": .optional(key.customerId),
        "product_id": .optional(key.productId), "expires_at": .optional(key.expiresAt?.description),
    ]
}

private func table(_ licences: [ShownLicence]) -> String {
    var table = TextTable("licence", "key", "state", "product", "seats", "activations", "valid until")
    for shown in licences {
        let licence = shown.licence
        table.add(
            licence.licenceId, shown.key, licence.state.rawValue + (licence.reason.map { " (\($0))" } ?? ""), licence.productId ?? "-", String(licence.seats),
            "\(shown.activationsUsed) of \(licence.activationsAllowed.map { String($0) } ?? "any")", licence.validUntil?.description ?? "for ever")
    }
    return table.description
}

private func table(_ keys: [ShownDodoKey]) -> String {
    var table = TextTable("Dodo's key", "ends with", "status", "product", "activations", "expires")
    for key in keys {
        table.add(
            key.id, key.lastCharacters, key.status ?? "-", key.productId ?? "-", key.activationsLimit.map { String($0) } ?? "any", key.expiresAt?.description ?? "never")
    }
    return table.description
}

func featureNames(_ json: String) -> [String] { (try? JSONDecoder().decode([String].self, from: Data(json.utf8))) ?? [] }
