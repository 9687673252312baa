import StandardWebhooks
import Testing

struct VerifierTests {
    static let now: Int64 = 1_794_571_200
    static let body = Array(#"{"type":"payment.succeeded"}"#.utf8)

    private func secrets(_ count: Int) throws -> [WebhookSecret] {
        try (0..<count).map { _ in try WebhookSecret(parsing: WebhookSecret.generateText()) }
    }

    @Test(arguments: 0..<3) func `any of several secrets may have signed, and the answer says which`(index: Int) throws {
        let secrets = try secrets(3)
        let signature = Signer(secret: secrets[index]).sign(id: "msg_1", timestamp: Self.now, body: Self.body)
        let outcome = Verifier(secrets: secrets).verify(id: "msg_1", timestamp: "\(Self.now)", signature: signature, body: Self.body, now: Self.now)
        #expect(outcome == .valid(secretIndex: index))
    }

    @Test func `a sender in rotation signs with both, and either side of the rotation verifies`() throws {
        let secrets = try secrets(2)
        let signature = Signer(secrets: secrets).sign(id: "msg_1", timestamp: Self.now, body: Self.body)
        #expect(signature.split(separator: " ").count == 2)
        for secret in secrets {
            let outcome = Verifier(secrets: [secret]).verify(id: "msg_1", timestamp: "\(Self.now)", signature: signature, body: Self.body, now: Self.now)
            #expect(outcome.isValid)
        }
    }

    @Test(arguments: [
        (nil, "1794571200", "v1,x", .missingID), ("", "1794571200", "v1,x", .missingID),
        ("m", nil, "v1,x", .missingTimestamp), ("m", "1794571200", nil, .missingSignature), ("m", "1794571200", "", .missingSignature),
        ("m", "1794570899", "v1,x", .tooOld), ("m", "1794571501", "v1,x", .tooNew), ("m", "1794570900", "v1,x", .noMatchingSignature),
        ("m", "+1794571200", "v1,x", .malformedTimestamp), ("m", "-1", "v1,x", .malformedTimestamp),
        ("m", "99999999999999999999999999", "v1,x", .malformedTimestamp), ("m", "999999999999999999", "v1,x", .tooNew),
        ("m", "1794571200", "     ", .noMatchingSignature), ("m", "1794571200", "v1", .noMatchingSignature), ("m", "1794571200", ",", .noMatchingSignature),
    ] as [(String?, String?, String?, Verification.Refusal)])
    func `a refusal says why`(id: String?, timestamp: String?, signature: String?, refusal: Verification.Refusal) throws {
        let outcome = Verifier(secrets: try secrets(1)).verify(id: id, timestamp: timestamp, signature: signature, body: Self.body, now: Self.now)
        #expect(outcome == .invalid(refusal))
    }

    @Test func `every changed character of a signature is refused`() throws {
        let secret = try secrets(1)
        let verifier = Verifier(secrets: secret)
        let signature = Array(Signer(secrets: secret).sign(id: "m", timestamp: Self.now, body: Self.body).utf8)
        for index in signature.indices {
            for other in [UInt8(ascii: "A"), UInt8(ascii: "="), UInt8(ascii: " "), 0] where other != signature[index] {
                var changed = signature
                changed[index] = other
                let text = String(decoding: changed, as: UTF8.self)
                #expect(!verifier.verify(id: "m", timestamp: "\(Self.now)", signature: text, body: Self.body, now: Self.now).isValid)
            }
        }
    }
}

struct WebhookSecretTests {
    @Test func `a secret never shows, however it is printed`() throws {
        let text = try WebhookSecret.generateText()
        let secret = try WebhookSecret(parsing: text)
        var dumped = ""
        dump([secret], to: &dumped)
        for printed in ["\(secret)", String(reflecting: secret), String(describing: [secret]), dumped] {
            #expect(printed.contains("redacted"))
            #expect(!printed.contains(text.dropFirst(6)) && !printed.contains("SHA256") && !printed.contains("HMAC"))
        }
    }

    @Test func `several secrets are read from one text, however separated`() throws {
        let (a, b, c) = (try WebhookSecret.generateText(), try WebhookSecret.generateText(), try WebhookSecret.generateText())
        #expect(try WebhookSecret.list(parsing: " \(a), \(b)\n\(c)\n").count == 3)
        #expect(throws: SecretError.empty) { try WebhookSecret.list(parsing: " ,\n") }
    }

    @Test(arguments: [
        ("", .empty), ("whsec_", .empty), ("whsec_not base64!", .notBase64), ("whsec_AAAA=", .notBase64), ("whsec_AAAAA", .notBase64), ("whsec_A===", .notBase64),
        ("whsec_AAAA", .wrongLength(bytes: 3)), ("whsec_" + String(repeating: "AAAA", count: 22), .wrongLength(bytes: 66)),
        ("whpk_" + String(repeating: "AAAA", count: 8), .notBase64),
    ] as [(String, SecretError)])
    func `a bad secret is refused without being quoted`(text: String, expected: SecretError) {
        #expect(throws: expected) { try WebhookSecret(parsing: text) }
    }
}

struct HexHMACTests {
    /// RFC 4231, test case 2.
    @Test(arguments: ["5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843"])
    func `the plain hexadecimal form is verified over the body alone`(signature: String) throws {
        let verifier = try HexHMACVerifier(secrets: ["other", "Jefe"])
        #expect(verify(verifier, signature, "what do ya want for nothing?") == .valid(secretIndex: 1))
        #expect(verify(verifier, signature, "what do ya want for nothing!") == .invalid(.noMatchingSignature))
        #expect(verify(verifier, String(signature.dropLast()), "what do ya want for nothing?") == .invalid(.noMatchingSignature))
        #expect(verify(verifier, "", "x") == .invalid(.missingSignature))
        #expect(!"\(verifier)".contains("Jefe"))
    }

    @Test func `an empty secret is refused`() {
        #expect(throws: SecretError.empty) { try HexHMACVerifier(secrets: []) }
        #expect(throws: SecretError.empty) { try HexHMACVerifier(secrets: [""]) }
    }

    private func verify(_ verifier: HexHMACVerifier, _ signature: String, _ body: String) -> Verification {
        Array(signature.utf8).withUnsafeBytes { signature in Array(body.utf8).withUnsafeBytes { verifier.verify(signature: signature, body: $0) } }
    }
}
