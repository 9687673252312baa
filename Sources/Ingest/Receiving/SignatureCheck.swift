import Settings
import StandardWebhooks

/// Decides whether a delivery is genuine, with the secrets that are in force now. Belongs to the loop's thread.
struct SignatureCheck {
    private enum Check { case standard(Verifier), hex(HexHMACVerifier) }
    private var check: Check
    private let scheme: IngestSettings.Scheme
    private let source: SecretSource

    /// - Throws: `SettingsError` that names the variable when the secret is none.
    init(_ scheme: IngestSettings.Scheme, _ source: SecretSource) throws(SettingsError) {
        self.scheme = scheme
        self.source = source
        do { check = try Self.check(scheme, source.secret) } catch {
            throw SettingsError(
                source.variable, "is no webhook secret: \(error)", expected: "whsec_ and base64, several separated by spaces or commas while rotating",
                example: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        }
    }

    /// Takes over a secret whose file has changed; a content that is no secret is left alone.
    ///
    /// - Returns: what happened; nil when nothing did.
    mutating func refresh() -> Result<Void, SecretError>? {
        guard case .file(let file) = source, let secret = file.change() else { return nil }
        return Result { () throws(SecretError) in check = try Self.check(scheme, secret) }
    }

    /// Checks one delivery.
    ///
    /// - Parameter now: seconds since 1970.
    func verify(_ headers: DeliveryHeaders, body: UnsafeRawBufferPointer, now: Int64) -> Verification {
        switch check {
        case .standard(let verifier):
            verifier.verify(id: headers.id, timestamp: headers.timestamp, signature: headers.signature, body: body, now: now)
        case .hex(let verifier):
            // Neither is signed in this form, but without an id nobody could tell a retry from another event.
            headers.id == nil ? .invalid(.missingID) : verifier.verify(signature: headers.signature, body: body)
        }
    }

    private static func check(_ scheme: IngestSettings.Scheme, _ secret: Secret) throws(SecretError) -> Check {
        switch scheme {
        case .standardWebhooks: .standard(Verifier(secrets: try WebhookSecret.list(parsing: secret.text)))
        case .hexHMAC: .hex(try HexHMACVerifier(secrets: secret.text.split { $0 == "," || $0.isWhitespace }.map(String.init)))
        }
    }
}
