import FoundationEssentials

/// Why a catalogue file cannot be used; one line that names the place, what is there and what is expected.
package struct CatalogueFault: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Reads the catalogue file as schemas/catalog.schema.json describes it: strictly, since a mistyped name would grant or take away silently.
package enum CatalogueFile {
    /// - Parameters:
    ///   - version: the number under which it is or will be in force.
    /// - Throws: `CatalogueFault` for the first thing that is wrong.
    package static func read(_ bytes: [UInt8], version: Int64 = 0) throws(CatalogueFault) -> Catalogue {
        let file: File
        do { file = try JSONDecoder().decode(File.self, from: Data(bytes)) } catch { throw Self.fault(error) }
        var seen: Set<String> = []
        var products: [Catalogue.Product] = []
        for (index, entry) in file.products.enumerated() {
            let place = "products[\(index)]"
            guard let id = entry.product_id, !id.isEmpty, id.utf8.count <= 256 else {
                throw CatalogueFault("\(place).product_id is missing or not an id of 1 to 256 bytes; write the id that Dodo gives the product, such as \"pdt_…\"")
            }
            guard seen.insert(id).inserted else { throw CatalogueFault("\(place).product_id \(id) is listed twice; one entry a product") }
            products.append(try product(entry, id, place))
        }
        let standard: Catalogue.Product?
        if let entry = file.default {
            guard entry.product_id == nil else { throw CatalogueFault("default.product_id must not be there: the default is for products that are not listed") }
            standard = try product(entry, "", "default")
        } else { standard = nil }
        return Catalogue(version: version, products: products, standard: standard)
    }

    private static func product(_ entry: Entry, _ id: String, _ place: String) throws(CatalogueFault) -> Catalogue.Product {
        try names(entry.features ?? [], "\(place).features")
        var policy: Catalogue.LicencePolicy?
        if let written = entry.licence_policy {
            let where_ = "\(place).licence_policy"
            try names(written.features ?? [], "\(where_).features")
            try number(written.activations, 1...1_000_000, "\(where_).activations")
            try number(written.token_days, 1...3650, "\(where_).token_days")
            guard written.key_prefix.wholeMatch(of: /[A-Z][A-Z0-9]{0,11}/) != nil else {
                throw CatalogueFault("\(where_).key_prefix is not 1 to 12 capital letters and digits that begin with a letter, such as \"ACME\"")
            }
            policy = Catalogue.LicencePolicy(
                keysPer: written.keys_per, activations: written.activations, tokenDays: written.token_days ?? 30,
                features: written.features ?? entry.features ?? [], keyPrefix: written.key_prefix)
        }
        try number(entry.grace_hours, 0...2400, "\(place).grace_hours")
        try number(entry.on_hold_days, 1...3650, "\(place).on_hold_days")
        try number(entry.valid_days, 1...36500, "\(place).valid_days")
        return Catalogue.Product(
            productId: id, name: entry.name, features: entry.features ?? [], licencePolicy: policy, graceHours: entry.grace_hours ?? 72,
            onHoldDays: entry.on_hold_days ?? 30, validDays: entry.valid_days, onPartialRefund: entry.on_partial_refund ?? .keep,
            onSubscriptionRefund: entry.on_subscription_refund ?? .keep, onDispute: entry.on_dispute ?? .suspend)
    }

    private static func names(_ names: [String], _ place: String) throws(CatalogueFault) {
        guard names.count <= 100 else { throw CatalogueFault("\(place) has \(names.count) names; 100 are the most") }
        for (index, name) in names.enumerated() where name.wholeMatch(of: /[a-z0-9][a-z0-9._:-]{0,63}/) == nil {
            throw CatalogueFault("\(place)[\(index)] is not a name of 1 to 64 small letters, digits and . _ : -, such as \"pro\"")
        }
        guard Set(names).count == names.count else { throw CatalogueFault("\(place) names something twice") }
    }

    private static func number(_ value: Int64?, _ bounds: ClosedRange<Int64>, _ place: String) throws(CatalogueFault) {
        guard let value, !bounds.contains(value) else { return }
        throw CatalogueFault("\(place) is \(value); from \(bounds.lowerBound) to \(bounds.upperBound) is possible")
    }

    private static func fault(_ error: any Error) -> CatalogueFault {
        if let fault = error as? CatalogueFault { return fault }
        guard let error = error as? DecodingError else { return CatalogueFault("the file cannot be read: \(error)") }
        switch error {
        case .keyNotFound(let key, let context): return CatalogueFault("\(path(context.codingPath + [key])) is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return CatalogueFault("\(path(context.codingPath)) has another type than schemas/catalog.schema.json gives it")
        case .dataCorrupted(let context):
            let place = path(context.codingPath)
            return CatalogueFault(place.isEmpty ? "the file is not JSON: \(context.debugDescription)" : "\(place) is not one of the values that it can have")
        @unknown default: return CatalogueFault("the file cannot be read")
        }
    }

    static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { text, key in
            if let index = key.intValue { text += "[\(index)]" } else { text += (text.isEmpty ? "" : ".") + key.stringValue }
        }
    }
}

// The file's own shape and names; the test holds them against the schema.

private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// Refuses members that the file does not have.
private func refuseOthers<Key: CodingKey & CaseIterable>(_ decoder: any Decoder, _ keys: Key.Type) throws {
    let known = Set(keys.allCases.map(\.stringValue))
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys.sorted(by: { $0.stringValue < $1.stringValue }) where !known.contains(key.stringValue) {
        throw CatalogueFault("\(CatalogueFile.path(decoder.codingPath + [key])) is not known; possible are \(known.sorted().joined(separator: ", "))")
    }
}

private struct File: Decodable {
    let products: [Entry]
    let `default`: Entry?

    enum CodingKeys: String, CodingKey, CaseIterable { case schema = "$schema", products, `default` }

    init(from decoder: any Decoder) throws {
        try refuseOthers(decoder, CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        products = try container.decode([Entry].self, forKey: .products)
        `default` = try container.decodeIfPresent(Entry.self, forKey: .default)
    }
}

private struct Entry: Decodable {
    let product_id: String?
    let name: String?
    let features: [String]?
    let licence_policy: Policy?
    let grace_hours: Int64?
    let on_hold_days: Int64?
    let valid_days: Int64?
    let on_partial_refund: Catalogue.OnPartialRefund?
    let on_subscription_refund: Catalogue.OnSubscriptionRefund?
    let on_dispute: Catalogue.OnDispute?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case product_id, name, features, licence_policy, grace_hours, on_hold_days, valid_days, on_partial_refund, on_subscription_refund, on_dispute
    }

    init(from decoder: any Decoder) throws {
        try refuseOthers(decoder, CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        product_id = try container.decodeIfPresent(String.self, forKey: .product_id)
        name = try container.decodeIfPresent(String.self, forKey: .name)
        features = try container.decodeIfPresent([String].self, forKey: .features)
        licence_policy = try container.decodeIfPresent(Policy.self, forKey: .licence_policy)
        grace_hours = try container.decodeIfPresent(Int64.self, forKey: .grace_hours)
        on_hold_days = try container.decodeIfPresent(Int64.self, forKey: .on_hold_days)
        valid_days = try container.decodeIfPresent(Int64.self, forKey: .valid_days)
        on_partial_refund = try container.decodeIfPresent(Catalogue.OnPartialRefund.self, forKey: .on_partial_refund)
        on_subscription_refund = try container.decodeIfPresent(Catalogue.OnSubscriptionRefund.self, forKey: .on_subscription_refund)
        on_dispute = try container.decodeIfPresent(Catalogue.OnDispute.self, forKey: .on_dispute)
    }
}

private struct Policy: Decodable {
    let keys_per: Catalogue.LicencePolicy.KeysPer
    let activations: Int64?
    let token_days: Int64?
    let features: [String]?
    let key_prefix: String

    enum CodingKeys: String, CodingKey, CaseIterable { case keys_per, activations, token_days, features, key_prefix }

    init(from decoder: any Decoder) throws {
        try refuseOthers(decoder, CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        keys_per = try container.decode(Catalogue.LicencePolicy.KeysPer.self, forKey: .keys_per)
        activations = try container.decodeIfPresent(Int64.self, forKey: .activations)
        token_days = try container.decodeIfPresent(Int64.self, forKey: .token_days)
        features = try container.decodeIfPresent([String].self, forKey: .features)
        key_prefix = try container.decode(String.self, forKey: .key_prefix)
    }
}
