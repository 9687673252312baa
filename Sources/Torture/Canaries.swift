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
        var faults = needles.filter { text.contains($0.text) }.map { "\($0.name) stands in \(place)" }
        if text.contains(Self.licenceKey) { faults.append("a licence key stands in \(place)") }
        if text.contains(Self.token) { faults.append("a signed token stands in \(place)") }
        let words = text.split { !($0.isHexDigit || $0 == "-") }
        if words.contains(where: { $0.utf8.count == 36 && keys.contains(String($0)) }) { faults.append("one of Dodo's licence keys stands in \(place)") }
        return faults
    }

    /// Five groups of five symbols, or all 25 of them together.
    private static var licenceKey: Regex<Substring> { /\b[0-9A-HJKMNP-TV-Z]{5}(?:-[0-9A-HJKMNP-TV-Z]{5}){4}\b|\b[0-9A-HJKMNP-TV-Z]{25}\b/ }
    /// The first two parts of a JSON Web Signature.
    private static var token: Regex<Substring> { /eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{10,}/ }
}
