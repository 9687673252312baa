import JSONReader

/// What a token says of a licence: claims of a JWT (RFC 7519). Times are seconds since 1970.
package struct LicenceToken: Sendable, Equatable {
    package var licenceId: String
    package var productId: String?
    /// A JSON array of texts.
    package var features: String
    package var seats: Int64
    /// Nil = any number.
    package var activations: Int64?
    /// Dodo's id of the customer: no name, no address.
    package var customerId: String?
    package var issuedAt: Int64
    package var expiresAt: Int64
    /// The revocation epoch in which it was issued.
    package var epoch: Int64

    var payload: [UInt8] {
        var json = JSONObject()
        json.add("sub", licenceId)
        json.add("product", productId)
        json.add("features", json: features)
        json.add("seats", seats)
        json.add("activations", activations)
        json.add("customer", customerId)
        json.add("iat", issuedAt)
        json.add("exp", expiresAt)
        json.add("epoch", epoch)
        return json.finish()
    }

    private static let plan = FieldPlan(["sub", "product", "features", "seats", "activations", "customer", "iat", "exp", "epoch"])

    init(payload: [UInt8]) throws(ProofFault) {
        let read: LicenceToken?
        do {
            read = try payload.withUnsafeBytes { try JSONReader(Self.plan).read($0) { LicenceToken($0) } }
        } catch { throw .claims }
        guard let read else { throw .claims }
        self = read
    }

    private init?(_ fields: borrowing FieldValues) {
        func isAbsent(_ value: FieldValue) -> Bool { value.isMissing || value.isNull }
        guard let id = fields[0].string, !id.isEmpty, isAbsent(fields[1]) || fields[1].string != nil, fields[2].kind == .array,
            let features = fields[2].raw.flatMap({ FeatureList.compact($0) }), let seats = fields[3].int64, isAbsent(fields[4]) || fields[4].int64 != nil,
            isAbsent(fields[5]) || fields[5].string != nil, let issued = fields[6].int64, let expires = fields[7].int64, let epoch = fields[8].int64
        else { return nil }
        licenceId = id
        productId = fields[1].string
        self.features = features
        self.seats = seats
        activations = fields[4].int64
        customerId = fields[5].string
        issuedAt = issued
        expiresAt = expires
        self.epoch = epoch
    }

    init(
        licenceId: String, productId: String?, features: String, seats: Int64, activations: Int64?, customerId: String?, issuedAt: Int64, expiresAt: Int64,
        epoch: Int64
    ) {
        self.licenceId = licenceId
        self.productId = productId
        self.features = features
        self.seats = seats
        self.activations = activations
        self.customerId = customerId
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.epoch = epoch
    }
}
