import LibCrypto

/// Signs messages by the Standard Webhooks scheme v1. Any thread.
public struct Signer: Sendable {
    private let secrets: [WebhookSecret]

    /// - Parameter secrets: one entry is made with each; two while rotating.
    public init(secrets: [WebhookSecret]) {
        precondition(!secrets.isEmpty, "a signer without a secret")
        self.secrets = secrets
    }

    public init(secret: WebhookSecret) {
        self.init(secrets: [secret])
    }

    /// The value of `webhook-signature` for one attempt.
    /// - Parameters:
    ///   - id: `webhook-id`, the same for every attempt of a message.
    ///   - timestamp: `webhook-timestamp`, seconds since 1970 at this attempt.
    ///   - body: the raw bytes that will be sent.
    public func sign(id: String, timestamp: Int64, body: [UInt8]) -> String {
        body.withUnsafeBytes { sign(id: id, timestamp: timestamp, body: $0) }
    }

    /// The same over lent bytes.
    public func sign(id: String, timestamp: Int64, body: UnsafeRawBufferPointer) -> String {
        var id = id
        var timestamp = String(timestamp)
        return id.withUTF8 { id in
            timestamp.withUTF8 { timestamp in
                secrets.map { secret in
                    let digest = secret.digest(id: UnsafeRawBufferPointer(id), timestamp: UnsafeRawBufferPointer(timestamp), body: body)
                    return "v1," + Base64.encode(digest.array)
                }.joined(separator: " ")
            }
        }
    }
}
