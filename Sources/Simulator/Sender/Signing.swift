import StandardWebhooks

/// Ways to fill in the three headers of Standard Webhooks (FACTS 2.1, 2.2).
package enum Signing {
    /// Why a secret cannot sign; never quotes it.
    package struct Fault: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// Signs as Dodo does, with a secret in its text form (`whsec_...`); several, separated by spaces or commas, give one signature each.
    package static func dodo(secret text: String) throws(Fault) -> Sign {
        let secrets: [WebhookSecret]
        do throws(SecretError) {
            secrets = try WebhookSecret.list(parsing: text)
        } catch {
            throw Fault(description: "the webhook secret cannot be used: \(error)")
        }
        let signer = Signer(secrets: secrets)
        return { id, timestamp, body in headers(id, timestamp, signer.sign(id: id, timestamp: timestamp, body: body)) }
    }

    /// A well-formed signature that no secret made: what a forger without the key can send.
    package static let forged: Sign = { id, timestamp, _ in headers(id, timestamp, "v1,bm90IHRoZSByaWdodCBzaWduYXR1cmUgYXQgYWxsLi4=") }

    private static func headers(_ id: String, _ timestamp: Int64, _ signature: String) -> [(String, String)] {
        [("webhook-id", id), ("webhook-timestamp", String(timestamp)), ("webhook-signature", signature)]
    }
}
