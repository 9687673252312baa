package import LibPQ

/// The catalogue's versions in the database: what `nicobar catalog` shows and applies. Blocks; one thread.
package struct CatalogueStore {
    /// What applying a file did, or would do.
    package struct Change: Sendable, Equatable {
        /// The version in force afterwards.
        package var version: Int64
        /// Whether that is another than before.
        package var isNew: Bool
        /// Listed products whose conclusions differ, by id.
        package var products: [String]
        /// Whether products that are not listed differ too.
        package var unlisted: Bool
        /// Payments and subscriptions that are concluded again.
        package var subjects: Int64

        package init(version: Int64, isNew: Bool, products: [String], unlisted: Bool, subjects: Int64) {
            self.version = version
            self.isNew = isNew
            self.products = products
            self.unlisted = unlisted
            self.subjects = subjects
        }
    }

    /// A version in force.
    package struct Version: Sendable {
        package var version: Int64
        package var appliedBy: String
        package var appliedAt: String
        package var document: String
        package var catalogue: Catalogue
    }

    /// A product that was bought and is not listed.
    package struct Unlisted: Sendable, Equatable {
        package var productId: String
        package var orders: Int64
        package var subscriptions: Int64

        package init(productId: String, orders: Int64, subscriptions: Int64) {
            self.productId = productId
            self.orders = orders
            self.subscriptions = subscriptions
        }
    }

    let connection: Connection

    package init(_ connection: Connection) { self.connection = connection }

    /// The version in force; nil when none was ever applied.
    ///
    /// - Throws: `PostgresError`, or `CatalogueFault` when another program wrote it.
    @available(*, noasync, message: "blocks its thread")
    package func current() throws -> Version? {
        let rows = try connection.query(
            "select version, applied_by, to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), document "
                + "from fulfilment.catalogue_versions order by version desc limit 1")
        guard rows.rowCount == 1, let version = rows.int64(0, 0), let document = rows.text(0, 3) else { return nil }
        return Version(
            version: version, appliedBy: rows.text(0, 1) ?? "", appliedAt: rows.text(0, 2) ?? "", document: document,
            catalogue: try CatalogueFile.read(Array(document.utf8), version: version))
    }

    /// The version in force, and what it says: nothing before the first, nil when this program cannot read it.
    private func newest() throws(PostgresError) -> (version: Int64, catalogue: Catalogue?) {
        let rows = try connection.query("select version, document from fulfilment.catalogue_versions order by version desc limit 1")
        guard rows.rowCount == 1, let version = rows.int64(0, 0), let document = rows.text(0, 1) else { return (0, Catalogue()) }
        do throws(CatalogueFault) { return (version, try CatalogueFile.read(Array(document.utf8), version: version)) } catch { return (version, nil) }
    }

    /// What was bought and is not listed, most of it first.
    @available(*, noasync, message: "blocks its thread")
    package func unlisted() throws(PostgresError) -> [Unlisted] {
        let rows = try connection.query("select product_id, orders, subscriptions from fulfilment.unlisted_products order by orders + subscriptions desc, product_id limit 1000")
        return (0..<rows.rowCount).map { Unlisted(productId: rows.text($0, 0) ?? "", orders: rows.int64($0, 1) ?? 0, subscriptions: rows.int64($0, 2) ?? 0) }
    }

    /// Puts a file in force and marks what it changes, which the workers then conclude again; in one transaction, during which they wait. The file that is in force
    /// already changes nothing.
    ///
    /// - Parameters:
    ///   - document: the file's bytes.
    ///   - by: who did it, for people.
    /// - Throws: `CatalogueFault` for a file that cannot be used, `PostgresError`; then nothing was changed.
    @available(*, noasync, message: "blocks its thread")
    package func apply(_ document: [UInt8], by: String) throws -> Change {
        var new = try CatalogueFile.read(document)
        try connection.execute("begin")
        do {
            // Waits for those who are concluding, and holds up those who are about to.
            _ = try connection.query("select pg_advisory_xact_lock(fulfilment.catalogue_lock())")
            let (version, known) = try newest()
            // One that only a newer program can read may differ in anything: all that was ever bought is concluded again.
            let old = known ?? Catalogue(version: version)
            new.version = version
            if new == known, version > 0 {
                try connection.execute("rollback")
                return Change(version: old.version, isNew: false, products: [], unlisted: false, subjects: 0)
            }
            let (products, unlisted) = known == nil ? (Set(new.products.keys), true) : new.differences(from: old)
            _ = try connection.query(
                "insert into fulfilment.catalogue_versions (version, document, applied_by) values ($1::bigint, $2::json, $3)",
                [.int8(version + 1), .text(String(decoding: document, as: UTF8.self)), .text(by)])
            let changed = ColumnBuilder(.text), listed = ColumnBuilder(.text)
            for id in products { changed.append(id) }
            if known != nil { for id in Set(new.products.keys).union(old.products.keys) { listed.append(id) } }
            let marked = try connection.query(
                String(decoding: PackageResources.mark_changed_sql, as: UTF8.self), [.array(changed), .bool(unlisted), .array(listed)])
            try connection.execute("commit")
            return Change(
                version: version + 1, isNew: true, products: products.sorted(), unlisted: unlisted, subjects: Int64(marked.rowsAffected))
        } catch {
            if connection.isHealthy { try? connection.execute("rollback") }
            throw error
        }
    }
}
