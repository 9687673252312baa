import Foundation
import LibCrypto

/// One delivery as bytes, with every part open to be spoilt.
struct RawDelivery {
    var id: String
    var timestamp: String
    var body: [UInt8]
    /// What is signed in place of the above.
    var signedId: String?
    var signedTimestamp: String?
    var signedBody: [UInt8]?
    var secrets = [RunningIngest.secret]
    /// The signature header's value is made from the right one by this.
    var signature: (String) -> String = { $0 }
    var requestLine = "POST /webhooks/dodo HTTP/1.1"
    var host = "Host: hooks.example.com\r\n"
    /// How the body's end is told; nil for the right Content-Length.
    var framing: String?
    /// More header lines, each with its line end.
    var extra = ""
    /// The three webhook headers, from their values; nil for the right ones.
    var webhookHeaders: ((_ id: String, _ timestamp: String, _ signature: String) -> String)?
    /// Written in place of the body.
    var sentBody: [UInt8]?

    /// A delivery of a payment that nobody has spoilt yet.
    init(_ id: String, body: [UInt8]? = nil) {
        self.id = id
        timestamp = String(Int64(Date().timeIntervalSince1970))
        self.body = body ?? Self.payment(id)
    }

    init(_ id: String, _ body: String) { self.init(id, body: Array(body.utf8)) }

    static func payment(_ id: String) -> [UInt8] {
        Array(#"{"business_id":"bus_1","type":"payment.succeeded","timestamp":"2026-11-20T10:00:00.123Z","data":{"payment_id":"pay_\#(id.prefix(40))","status":"succeeded","note":"é"}}"#.utf8)
    }

    func with(_ change: (inout RawDelivery) -> Void) -> RawDelivery {
        var changed = self
        change(&changed)
        return changed
    }

    /// The value that belongs into `webhook-signature`.
    var rightSignature: String { Self.sign(secrets, Array("\(signedId ?? id).\(signedTimestamp ?? timestamp).".utf8) + (signedBody ?? body)) }

    /// Standard Webhooks by the letter: HMAC-SHA256 over the bytes, one entry for each secret.
    private static func sign(_ secrets: [String], _ bytes: [UInt8]) -> String {
        secrets.map { secret in
            let key = Data(base64Encoded: String(secret.dropFirst("whsec_".count))).map(Array.init) ?? []
            let digest = key.withUnsafeBytes { key in bytes.withUnsafeBytes { HMACSHA256Key(key).mac($0) } }
            return "v1," + Data(digest.array).base64EncodedString()
        }.joined(separator: " ")
    }

    /// The plain form: hexadecimal HMAC-SHA256 over the body alone, under the secret's text.
    static func hex(_ secret: String, _ body: [UInt8]) -> String {
        let digest = Array(secret.utf8).withUnsafeBytes { key in body.withUnsafeBytes { HMACSHA256Key(key).mac($0) } }
        return digest.array.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    var head: String {
        let signature = signature(rightSignature)
        let headers = webhookHeaders?(id, timestamp, signature)
            ?? "webhook-id: \(id)\r\nwebhook-timestamp: \(timestamp)\r\nwebhook-signature: \(signature)\r\n"
        return requestLine + "\r\n" + host + "Content-Type: application/json\r\n" + headers + extra + (framing ?? "Content-Length: \(body.count)\r\n") + "\r\n"
    }

    var bytes: [UInt8] { Array(head.utf8) + (sentBody ?? body) }
}
