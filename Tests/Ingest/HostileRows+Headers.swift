import Foundation

extension HostileRows {
    /// Webhook headers that are missing, repeated, empty, huge or unprintable.
    mutating func addHeaders() {
        add("no webhook headers", .refused(401)) { $0.webhookHeaders = { _, _, _ in "" } }
        add("no id", .refused(401)) { $0.webhookHeaders = { "webhook-timestamp: \($1)\r\nwebhook-signature: \($2)\r\n" } }
        add("no timestamp", .refused(401)) { $0.webhookHeaders = { "webhook-id: \($0)\r\nwebhook-signature: \($2)\r\n" } }
        add("no signature", .refused(401)) { $0.webhookHeaders = { id, time, _ in "webhook-id: \(id)\r\nwebhook-timestamp: \(time)\r\n" } }
        add("an empty id", .refused(401)) { $0.webhookHeaders = { "webhook-id: \r\nwebhook-timestamp: \($1)\r\nwebhook-signature: \($2)\r\n" } }
        add("an empty timestamp", .refused(401)) { $0.webhookHeaders = { "webhook-id: \($0)\r\nwebhook-timestamp:\r\nwebhook-signature: \($2)\r\n" } }
        add("an empty signature", .refused(401)) { $0.signature = { _ in "" } }
        add("the id twice", .refused(400)) { $0.extra = "Webhook-Id: \($0.id)\r\n" }
        add("another id first", .refused(400)) { $0.host += "webhook-id: other\r\n" }
        add("the timestamp twice", .refused(400)) { $0.extra = "webhook-timestamp: \($0.timestamp)\r\n" }
        add("the signature twice", .refused(400)) { $0.extra = "WEBHOOK-SIGNATURE: v1,AAAA\r\n" }
        add("an id of 256 bytes", .taken) { $0.id += String(repeating: "x", count: 256 - $0.id.utf8.count) }
        add("an id of 257 bytes", .refused(400)) { $0.id += String(repeating: "x", count: 257 - $0.id.utf8.count) }
        add("an id of 10 kB", .refused(400)) { $0.id += String(repeating: "x", count: 10_000) }
        add("an id with a space in it", .refused(400)) { $0.id += " x" }
        add("an id with a tab in it", .refused(400)) { $0.id += "\tx" }
        add("an id that is not ASCII", .refused(400)) { $0.id += "é" }
        add("an id with a control character", .refused(400)) { $0.id += "\u{1}x" }
        add("an id with a NUL", .cut([400])) { $0.id += "\0x" }
        add("an id with a carriage return", .cut([400])) { $0.id += "\rx" }
        add("an id with a delete character", .refused(400)) { $0.id += "\u{7F}" }
        add("names in capitals", .taken) { $0.webhookHeaders = { "WEBHOOK-ID: \($0)\r\nWebhook-Timestamp: \($1)\r\nwEbHoOk-SiGnAtUrE: \($2)\r\n" } }
        add("white space around the values", .taken) { $0.webhookHeaders = { "webhook-id: \t \($0) \t\r\nwebhook-timestamp:\($1)  \r\nwebhook-signature:   \($2)\t\r\n" } }
        add("two traceparents", .taken) { $0.extra = "traceparent: a\r\ntraceparent: b\r\n" }
        add("a traceparent of 8 kB", .taken) { $0.extra = "traceparent: \(String(repeating: "0", count: 8000))\r\n" }
        let now = Int64(Date().timeIntervalSince1970)
        func shifted(_ seconds: Int64) -> (inout RawDelivery) -> Void { { $0.timestamp = String((Int64($0.timestamp) ?? 0) + seconds) } }
        add("a timestamp 301 s old", .refused(401), shifted(-301))
        // A second more, since the receiver's clock may tick on meanwhile.
        add("a timestamp 303 s ahead", .refused(401), shifted(303))
        add("a timestamp 295 s old", .taken, shifted(-295))
        add("a timestamp 295 s ahead", .taken, shifted(295))
        for (name, text) in [
            ("negative", "-\(now)"), ("with a sign", "+\(now)"), ("a fraction", "\(now).0"),
            ("a word", "now"), ("hexadecimal", "0x" + String(now, radix: 16)), ("in milliseconds", "\(now)000"), ("of 19 digits", "9223372036854775807"),
            ("of 40 digits", String(repeating: "9", count: 40)), ("two numbers", "\(now) \(now)"), ("zero", "0"), ("in other digits", "１７９４"),
        ] {
            add("a timestamp \(name)", .refused(401)) { $0.timestamp = text }
        }
    }

    /// Signatures that are wrong, and right ones among junk.
    mutating func addSignatures() {
        add("a right signature among junk", .taken) { $0.signature = { "v1a,AAAA v1 , v2,\($0.dropFirst(3)) v1,AAAA= \u{FF} v1,\($0.dropFirst(4)) \($0) v1,zzz" } }
        add("a right signature behind 8 kB of junk", .taken) { $0.signature = { String(repeating: "v1,AAAA ", count: 1000) + $0 } }
        add("nothing but junk", .refused(401)) { $0.signature = { _ in "v1a,AAAA v1 , v2,AAAA v1,AAAA= \u{FF}" } }
        for (name, change) in [
            ("with something behind it", { $0 + "=" }), ("cut short", { String($0.dropLast()) }), ("of another version", { "v2" + $0.dropFirst(2) }),
            ("with a capital V", { "V1" + $0.dropFirst(2) }), ("without a version", { String($0.dropFirst(3)) }), ("in a list with commas", { "v1,AAAA," + $0 }),
            ("with one bit changed", { $0.dropLast(2) + ($0.hasSuffix("A=") ? "B=" : "A=") }), ("in quotes", { "\"\($0)\"" }),
        ] as [(String, (String) -> String)] {
            add("a signature \(name)", .refused(401)) { $0.signature = change }
        }
        add("a signature by another secret", .refused(401)) { $0.secrets = ["whsec_" + Data(repeating: 7, count: 32).base64EncodedString()] }
        add("signatures by another secret and the right one", .taken) { $0.secrets.insert("whsec_" + Data(repeating: 7, count: 32).base64EncodedString(), at: 0) }
        add("a signature for another body", .refused(401)) { $0.signedBody = $0.body + [0x20] }
        add("a signature for another id", .refused(401)) { $0.signedId = "other" }
        add("a signature for another time", .refused(401)) { $0.signedTimestamp = "\((Int64($0.timestamp) ?? 0) + 1)" }
        add("id and time shifted into each other", .refused(401)) {
            $0.signedId = $0.id + "." + $0.timestamp
            $0.signedTimestamp = ""
        }
        add("the plain hexadecimal form where it is not asked for", .refused(401)) { delivery in
            let body = delivery.body
            delivery.signature = { _ in RawDelivery.hex(RunningIngest.secret, body) }
        }
    }
}
