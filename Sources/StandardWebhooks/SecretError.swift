/// Why a text is no webhook secret. Says nothing of the text itself.
public enum SecretError: Error, Sendable, Equatable, CustomStringConvertible {
    case empty
    /// What follows `whsec_` is not standard base64.
    case notBase64
    /// The decoded key is not 24 to 64 bytes long (Standard Webhooks specification, "Secrets").
    case wrongLength(bytes: Int)
    /// The system's random generator is not ready; only when a secret is made.
    case noRandomness

    public var description: String {
        switch self {
        case .empty: "the secret is empty"
        case .notBase64: "the secret is not whsec_ followed by standard base64"
        case .wrongLength(let bytes): "the secret decodes to \(bytes) bytes; 24 to 64 are allowed"
        case .noRandomness: "no random bytes to be had"
        }
    }
}
