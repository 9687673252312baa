import Events
import LibCrypto
import LibPQ

/// Licences on their way to and from their table. Belongs to one thread.
final class LicenceRows {
    private let ids = ColumnBuilder(.text), entitlements = ColumnBuilder(.text), lines = ColumnBuilder(.int4), revisions = ColumnBuilder(.int8)
    private let generations = ColumnBuilder(.int4), states = ColumnBuilder(.text), reasons = ColumnBuilder(.text), hashes = ColumnBuilder(.bytea)
    private let lastCharacters = ColumnBuilder(.text), customers = ColumnBuilder(.text), products = ColumnBuilder(.text), features = ColumnBuilder(.json)
    private let seats = ColumnBuilder(.int8), activations = ColumnBuilder(.int8), tokenDays = ColumnBuilder(.int4), prefixes = ColumnBuilder(.text)
    private let validUntil = ColumnBuilder(.timestamptz), operatorRevoked = ColumnBuilder(.bool), operatorReasons = ColumnBuilder(.text)
    private let changed = ColumnBuilder(.timestamptz), withdraws = ColumnBuilder(.bool)

    /// In the order of the statement's parameters.
    private var columns: [ColumnBuilder] {
        [
            ids, entitlements, lines, revisions, generations, states, reasons, hashes, lastCharacters, customers, products, features, seats, activations,
            tokenDays, prefixes, validUntil, operatorRevoked, operatorReasons, changed, withdraws,
        ]
    }

    func reset() { for column in columns { column.reset() } }

    func append(_ licence: Licence, _ key: LicenceKey, _ hash: Digest, withdraws takesBack: Bool, changedAt: Timestamp) {
        ids.append(licence.licenceId)
        entitlements.append(licence.entitlementId)
        lines.append(Int64(licence.line))
        revisions.append(licence.revision)
        generations.append(Int64(licence.generation))
        states.append(licence.state.rawValue)
        reasons.append(licence.reason)
        hash.withBytes { hashes.append(bytes: $0) }
        lastCharacters.append(key.lastCharacters)
        customers.append(licence.customerId)
        products.append(licence.productId)
        features.append(licence.features)
        seats.append(licence.seats)
        activations.append(licence.activationsAllowed)
        tokenDays.append(licence.tokenDays)
        prefixes.append(licence.keyPrefix)
        validUntil.append(licence.validUntil?.microseconds)
        operatorRevoked.append(licence.isOperatorRevoked)
        operatorReasons.append(licence.operatorReason)
        changed.append(changedAt.microseconds)
        withdraws.append(takesBack)
    }

    func step() -> PipelineStep? { ids.count == 0 ? nil : LicensingStatement.writeLicences.step(columns.map { .array($0) }) }

    /// Reads what `entitlement_licences.sql` gives, by entitlement.
    static func read(_ rows: ResultSet) -> [String: [Licence]] {
        Dictionary(grouping: (0..<rows.rowCount).map { licence(rows, $0) }, by: \.entitlementId)
    }

    static func licence(_ rows: ResultSet, _ row: Int) -> Licence {
        Licence(
            licenceId: rows.text(row, 0) ?? "", entitlementId: rows.text(row, 1) ?? "", line: Int(rows.int64(row, 2) ?? 0), revision: rows.int64(row, 3) ?? 0,
            generation: Int(rows.int64(row, 4) ?? 0), state: rows.text(row, 5).flatMap { Licence.State(rawValue: $0) } ?? .revoked, reason: rows.text(row, 6),
            operatorReason: rows.text(row, 7), isOperatorRevoked: rows.bool(row, 8) ?? false, customerId: rows.text(row, 9), productId: rows.text(row, 10),
            features: rows.text(row, 11) ?? "[]", seats: rows.int64(row, 12) ?? 0, activationsAllowed: rows.int64(row, 13), tokenDays: rows.int64(row, 14),
            keyPrefix: rows.text(row, 15), validUntil: rows.int64(row, 16).map { Timestamp(microseconds: $0) })
    }
}
