import FoundationEssentials

/// Which licences were withdrawn, in which epoch: a token issued in an earlier one proves nothing any more. Times are seconds since 1970.
///
/// A licence stands here only until its last token has run out, so the list stays as short as tokens are short-lived.
package struct RevocationList: Sendable, Equatable {
    /// Grows with every withdrawal: of two lists the one with the higher epoch is the newer.
    package var epoch: Int64
    package var issuedAt: Int64
    /// From then on a newer list must be had.
    package var expiresAt: Int64
    /// Licence → epoch.
    package var revoked: [String: Int64]

    init(epoch: Int64, issuedAt: Int64, expiresAt: Int64, revoked: [String: Int64]) {
        self.epoch = epoch
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.revoked = revoked
    }

    var payload: [UInt8] {
        var licences = JSONObject()
        for (id, epoch) in revoked.sorted(by: { $0.key < $1.key }) { licences.add(name: id, epoch) }
        var json = JSONObject()
        json.add("epoch", epoch)
        json.add("iat", issuedAt)
        json.add("exp", expiresAt)
        json.add("revoked", json: licences.text())
        return json.finish()
    }

    init(payload: [UInt8]) throws(ProofFault) {
        struct Claims: Decodable { let epoch: Int64, iat: Int64, exp: Int64, revoked: [String: Int64] }
        guard let claims = try? JSONDecoder().decode(Claims.self, from: Data(payload)) else { throw .claims }
        self.init(epoch: claims.epoch, issuedAt: claims.iat, expiresAt: claims.exp, revoked: claims.revoked)
    }
}
