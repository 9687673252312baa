import LibCrypto

/// The key one endpoint's deliveries are signed with. Prints as redacted, however it is printed.
///
/// The key is absorbed once, so verifying with it allocates nothing. Safe to use from any thread.
public struct WebhookSecret: Sendable {
    let key: HMACSHA256Key

    /// Reads `whsec_` and standard base64; the prefix and the padding may be missing (FACTS 2.2).
    /// - Throws: `SecretError`, which never quotes the text.
    public init(parsing text: String) throws(SecretError) {
        let encoded = text.hasPrefix(Self.prefix) ? text.dropFirst(Self.prefix.count) : text[...]
        guard !encoded.isEmpty else { throw .empty }
        guard let bytes = Base64.decode(encoded.utf8) else { throw .notBase64 }
        guard Self.keyBytes.contains(bytes.count) else { throw .wrongLength(bytes: bytes.count) }
        key = bytes.withUnsafeBytes { HMACSHA256Key($0) }
    }

    /// Reads several secrets separated by spaces, commas or line ends, as they stand side by side while rotating.
    /// - Throws: `SecretError.empty` when there is none, else the error of the first bad one.
    public static func list(parsing text: String) throws(SecretError) -> [WebhookSecret] {
        var secrets: [WebhookSecret] = []
        for word in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            secrets.append(try WebhookSecret(parsing: String(word)))
        }
        guard !secrets.isEmpty else { throw .empty }
        return secrets
    }

    /// A new random secret of 32 bytes in its text form: what a sender shows once to the owner of an endpoint.
    public static func generateText() throws(SecretError) -> String {
        guard let bytes = try? randomBytes(32) else { throw .noRandomness }
        return prefix + Base64.encode(bytes)
    }

    private static let prefix = "whsec_"
    private static let keyBytes = 24...64
}

extension WebhookSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "WebhookSecret(redacted)" }
    public var debugDescription: String { description }
    /// `dump` and string interpolation of enclosing values go through mirrors: this one is empty.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
