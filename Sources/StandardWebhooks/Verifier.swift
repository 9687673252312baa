import LibCrypto

/// Verifies deliveries signed by the Standard Webhooks scheme v1: HMAC-SHA256 over `id.timestamp.body` (FACTS 2.2).
///
/// Any of several secrets may have signed, and any `v1` entry of the list may match, so that either side can rotate. A check allocates nothing and may run on any thread.
public struct Verifier: Sendable {
    /// Tried in this order.
    public let secrets: [WebhookSecret]
    /// How far the timestamp may be from now, either way, in seconds; the bound itself is allowed.
    public let toleranceSeconds: Int64

    public init(secrets: [WebhookSecret], toleranceSeconds: Int64 = 300) {
        precondition(!secrets.isEmpty, "a verifier without a secret")
        precondition((0...Self.latestTimestamp).contains(toleranceSeconds), "a tolerance of \(toleranceSeconds) s")
        self.secrets = secrets
        self.toleranceSeconds = toleranceSeconds
    }

    /// Checks one delivery.
    /// - Parameters:
    ///   - id: `webhook-id` as received, nil when absent.
    ///   - timestamp: `webhook-timestamp` as received, nil when absent.
    ///   - signature: `webhook-signature` as received, nil when absent.
    ///   - body: the raw bytes, before any parsing.
    ///   - now: seconds since 1970.
    public func verify(
        id: UnsafeRawBufferPointer?, timestamp: UnsafeRawBufferPointer?, signature: UnsafeRawBufferPointer?, body: UnsafeRawBufferPointer, now: Int64
    ) -> Verification {
        guard let id, !id.isEmpty else { return .invalid(.missingID) }
        guard let timestamp, !timestamp.isEmpty else { return .invalid(.missingTimestamp) }
        guard let signature, !signature.isEmpty else { return .invalid(.missingSignature) }
        guard let seconds = Self.seconds(timestamp) else { return .invalid(.malformedTimestamp) }
        if seconds < now - toleranceSeconds { return .invalid(.tooOld) }
        if seconds > now + toleranceSeconds { return .invalid(.tooNew) }
        for (index, secret) in secrets.enumerated() {
            let digest = secret.digest(id: id, timestamp: timestamp, body: body)
            if SignatureList.contains(digest, in: signature) { return .valid(secretIndex: index) }
        }
        return .invalid(.noMatchingSignature)
    }

    /// The same check for values held as strings and arrays.
    public func verify(id: String?, timestamp: String?, signature: String?, body: [UInt8], now: Int64) -> Verification {
        body.withUnsafeBytes { body in
            lend(id) { id in
                lend(timestamp) { timestamp in
                    lend(signature) { signature in verify(id: id, timestamp: timestamp, signature: signature, body: body, now: now) }
                }
            }
        }
    }

    private func lend(_ text: String?, _ body: (UnsafeRawBufferPointer?) -> Verification) -> Verification {
        guard var text else { return body(nil) }
        return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }

    /// Far beyond any clock, and far from where a sum could overflow.
    private static let latestTimestamp: Int64 = 999_999_999_999_999_999

    /// Digits alone, at most 18 of them: no sign, space or fraction, since the signature covers the text exactly as received.
    private static func seconds(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard text.count <= 18 else { return nil }
        var value: Int64 = 0
        for character in text {
            guard character >= UInt8(ascii: "0"), character <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int64(character - UInt8(ascii: "0"))
        }
        return value
    }
}

extension WebhookSecret {
    /// The MAC of one message.
    func digest(id: UnsafeRawBufferPointer, timestamp: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer) -> Digest {
        var computation = key.begin()
        computation.add(id)
        computation.add(UInt8(ascii: "."))
        computation.add(timestamp)
        computation.add(UInt8(ascii: "."))
        computation.add(body)
        return computation.finish()
    }
}
