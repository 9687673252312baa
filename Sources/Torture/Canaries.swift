import Events
import Foundation
package import Simulator

/// What nobody may ever read in a log, a metric, a reason or an event: secrets, keys, and who the customers are.
package struct Canaries: Sendable {
    /// What must not occur, with a name that may be said.
    private let needles: [(name: String, text: String)]
    /// Dodo's own keys, of which there are too many to look for one by one.
    private let keys: Set<String>

    /// - Parameters:
    ///   - secrets: each with a name that may be said.
    ///   - deliveries: whose bodies hold addresses, names and Dodo's licence keys.
    package init(secrets: [(name: String, text: String)], deliveries: [Delivery]) {
        var names: Set<String> = [], keys: Set<String> = []
        struct Customer: Decodable { let name: String? }
        struct Inner: Decodable { let customer: Customer?; let key: String? }
        struct Body: Decodable { let data: Inner }
        var seen: Set<String> = []
        for delivery in deliveries where seen.insert(delivery.webhookId).inserted {
            let isKey = delivery.type.payload == .licenseKey
            // There are few names, and a customer has one: the first event of each is enough.
            guard isKey || seen.insert(delivery.story.customerId).inserted else { continue }
            guard let body = try? JSONDecoder().decode(Body.self, from: Data(delivery.body)).data else { continue }
            if let name = body.customer?.name { names.insert(name) }
            if isKey, let key = body.key { keys.insert(key) }
        }
        needles = secrets + [("an e-mail address", "@example.com"), ("a telephone number", "+1555555")] + names.sorted().map { ("a customer's name", $0) }
        self.keys = keys
    }

    /// - Parameters:
    ///   - text: what was printed, served or told.
    ///   - place: where that was.
    /// - Returns: one sentence for each kind of secret in it, without the secret.
    package func faults(in text: String, at place: String) -> [String] {
        var text = text
        return text.withUTF8 { bytes in
            var found: Set<String> = []
            for needle in needles where Self.contains(bytes, needle.text) { found.insert(needle.name) }
            var start = 0
            for index in 0...bytes.count where index == bytes.count || !Self.isOfWord(bytes[index]) {
                let isBeforeDot = index < bytes.count && bytes[index] == UInt8(ascii: ".")
                if let name = look(at: UnsafeBufferPointer(rebasing: bytes[start..<index]), isBeforeDot) { found.insert(name) }
                start = index + 1
            }
            return found.sorted().map { "\($0) stands in \(place)" }
        }
    }

    /// What a word of letters, digits, dashes and underscores is; nil when it is nothing to hide.
    private func look(at word: UnsafeBufferPointer<UInt8>, _ isBeforeDot: Bool) -> String? {
        // The header of a JSON Web Signature is an object, and so begins alike in base64; a dot is between it and the payload.
        if isBeforeDot, word.count >= 13, word.starts(with: "eyJ".utf8) { return "a signed token" }
        guard word.count >= 25 else { return nil }
        if word.count == 36 { return keys.contains(String(decoding: word, as: UTF8.self)) ? "one of Dodo's licence keys" : nil }
        return Self.isLicenceKey(word) ? "a licence key" : nil
    }

    /// Five groups of five symbols, with a prefix or none, or all 25 of them together.
    private static func isLicenceKey(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
        let symbols = word.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        func areSymbols(_ part: Slice<UnsafeBufferPointer<UInt8>>, _ count: Int) -> Bool {
            part.count == count && part.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) && !"ILOU".utf8.contains(byte)
            }
        }
        return symbols.count == 1 && areSymbols(symbols[0], 25) || symbols.count >= 5 && symbols.suffix(5).allSatisfy { areSymbols($0, 5) }
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func contains(_ bytes: UnsafeBufferPointer<UInt8>, _ needle: String) -> Bool {
        var needle = needle
        return needle.withUTF8 { needle in
            guard let start = bytes.baseAddress, let wanted = needle.baseAddress, needle.count > 0 else { return false }
            var at = 0
            while at + needle.count <= bytes.count, let hit = memchr(start + at, Int32(needle[0]), bytes.count - needle.count - at + 1) {
                if memcmp(hit, wanted, needle.count) == 0 { return true }
                at = UnsafeRawPointer(start).distance(to: UnsafeRawPointer(hit)) + 1
            }
            return false
        }
    }
}
