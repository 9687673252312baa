package import LibPQ

/// Whether a database's schema is the one that this program was built for.
package enum SchemaVersion {
    /// Compares them before a program starts; a program that guesses at its tables does harm.
    ///
    /// - Throws: `MigrationError` that names the migration that is missing or unknown and what to run.
    @available(*, noasync, message: "blocks its thread")
    package static func check(_ connection: Connection, known: [Migration] = Migration.all) throws(MigrationError) {
        let plan = try MigrationRunner(connection, known: known).plan()
        guard plan.unknown.isEmpty else { throw .unknown(plan.unknown) }
        guard plan.pending.isEmpty else { throw .missing(plan.pending.map(\.title)) }
    }
}
