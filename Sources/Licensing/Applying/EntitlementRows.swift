import Events
import LibPQ

/// Entitlements on their way to and from their table. Belongs to one thread.
final class EntitlementRows {
    /// A locked row; `entitlement` is nil while no event of it has been applied.
    struct Stored {
        var entitlementId: String
        var entitlement: Entitlement?
        var linesEver: Int
    }

    private let ids = ColumnBuilder(.text), revisions = ColumnBuilder(.int8), states = ColumnBuilder(.text), reasons = ColumnBuilder(.text)
    private let businesses = ColumnBuilder(.text), customers = ColumnBuilder(.text), sourceKinds = ColumnBuilder(.text), sources = ColumnBuilder(.text)
    private let orders = ColumnBuilder(.text), products = ColumnBuilder(.text), quantities = ColumnBuilder(.int8), features = ColumnBuilder(.json)
    private let validFrom = ColumnBuilder(.timestamptz), validUntil = ColumnBuilder(.timestamptz), keysPer = ColumnBuilder(.text)
    private let activations = ColumnBuilder(.int8), tokenDays = ColumnBuilder(.int4), prefixes = ColumnBuilder(.text), catalogues = ColumnBuilder(.int8)
    private let changed = ColumnBuilder(.timestamptz), lines = ColumnBuilder(.int4), linesEver = ColumnBuilder(.int4)

    /// In the order of the statement's parameters.
    private var columns: [ColumnBuilder] {
        [
            ids, revisions, states, reasons, businesses, customers, sourceKinds, sources, orders, products, quantities, features, validFrom, validUntil,
            keysPer, activations, tokenDays, prefixes, catalogues, changed, lines, linesEver,
        ]
    }

    func reset() { for column in columns { column.reset() } }

    func append(_ entitlement: Entitlement, linesEver most: Int) {
        ids.append(entitlement.entitlementId)
        revisions.append(entitlement.revision)
        states.append(entitlement.state.rawValue)
        reasons.append(entitlement.reason)
        businesses.append(entitlement.businessId)
        customers.append(entitlement.customerId)
        sourceKinds.append(entitlement.sourceKind)
        sources.append(entitlement.sourceId)
        orders.append(entitlement.orderId)
        products.append(entitlement.productId)
        quantities.append(entitlement.quantity)
        features.append(entitlement.features)
        validFrom.append(entitlement.validFrom?.microseconds)
        validUntil.append(entitlement.validUntil?.microseconds)
        keysPer.append(entitlement.policy?.keysPer.rawValue)
        activations.append(entitlement.policy?.activations)
        tokenDays.append(entitlement.policy?.tokenDays)
        prefixes.append(entitlement.policy?.keyPrefix)
        catalogues.append(entitlement.catalogueVersion)
        changed.append(entitlement.changedAt.microseconds)
        lines.append(Int64(entitlement.lines))
        linesEver.append(Int64(most))
    }

    func step() -> PipelineStep? { ids.count == 0 ? nil : LicensingStatement.writeEntitlements.step(columns.map { .array($0) }) }

    /// Reads what `lock_entitlements.sql` gives.
    static func read(_ rows: ResultSet) -> [Stored] {
        (0..<rows.rowCount).map { row in
            let id = rows.text(row, 0) ?? ""
            let ever = Int(rows.int64(row, 20) ?? 0)
            guard let revision = rows.int64(row, 1), revision > 0 else { return Stored(entitlementId: id, entitlement: nil, linesEver: ever) }
            let policy = rows.text(row, 14).flatMap { Entitlement.Policy.KeysPer(rawValue: $0) }.map {
                Entitlement.Policy(keysPer: $0, activations: rows.int64(row, 15), tokenDays: rows.int64(row, 16), keyPrefix: rows.text(row, 17))
            }
            let entitlement = Entitlement(
                entitlementId: id, revision: revision, state: rows.text(row, 2).flatMap { Entitlement.State(rawValue: $0) } ?? .revoked,
                reason: rows.text(row, 3), businessId: rows.text(row, 4), customerId: rows.text(row, 5), sourceKind: rows.text(row, 6),
                sourceId: rows.text(row, 7) ?? "", orderId: rows.text(row, 8), productId: rows.text(row, 9), quantity: rows.int64(row, 10) ?? 0,
                features: rows.text(row, 11) ?? "[]", validFrom: rows.int64(row, 12).map { Timestamp(microseconds: $0) },
                validUntil: rows.int64(row, 13).map { Timestamp(microseconds: $0) }, policy: policy, catalogueVersion: rows.int64(row, 18),
                changedAt: Timestamp(microseconds: rows.int64(row, 19) ?? 0))
            return Stored(entitlementId: id, entitlement: entitlement, linesEver: ever)
        }
    }
}
