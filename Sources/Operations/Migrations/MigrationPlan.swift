/// What stands between a database's migrations and a program's. Pure.
package struct MigrationPlan: Sendable, Equatable {
    /// A migration as the database remembers it.
    package struct Applied: Sendable, Equatable {
        package let version: Int
        package let name: String
        package let checksum: String
        package let appliedAt: String

        package init(version: Int, name: String, checksum: String, appliedAt: String = "") {
            self.version = version
            self.name = name
            self.checksum = checksum
            self.appliedAt = appliedAt
        }
    }

    /// What the program knows and the database lacks, in order.
    package let pending: [Migration]
    /// What both have, in order.
    package let common: [Migration]
    /// What only the database has, by title.
    package let unknown: [String]

    /// Compares the two.
    ///
    /// - Parameter checksums: of each migration that the program knows, by version.
    /// - Throws: `MigrationError.changed` or `.gap`, with which nobody can go on.
    package init(known: [Migration], applied: [Applied], checksums: [Int: String]) throws(MigrationError) {
        let byVersion = Dictionary(applied.map { ($0.version, $0) }) { first, _ in first }
        for migration in known {
            if let row = byVersion[migration.version], row.checksum != checksums[migration.version] { throw .changed(migration.title) }
        }
        common = known.filter { byVersion[$0.version] != nil }
        pending = known.filter { byVersion[$0.version] == nil }
        let latest = applied.map(\.version).max() ?? 0
        if let gap = pending.first(where: { $0.version < latest }) { throw .gap(gap.title) }
        let versions = Set(known.map(\.version))
        unknown = applied.filter { !versions.contains($0.version) }.map { Migration.title($0.version, $0.name) }
    }
}
