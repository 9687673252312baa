package import LibPQ

extension LicenceDesk {
    /// Holds the master secret against the database's and changes nothing.
    ///
    /// - Returns: whether the database knows one; until license-worker has written its first licence it knows none.
    /// - Throws: `DeskFault.wrongMasterSecret` when it knows another.
    @available(*, noasync, message: "blocks its thread")
    package func checkSecret() throws(DeskFault) -> Bool {
        try transaction { () throws(DeskFault) in try Self.knowsSecret(connection) }
    }

    /// Whether licences were ever issued here, and so under a master secret.
    @available(*, noasync, message: "blocks its thread")
    package static func knowsSecret(_ connection: Connection) throws(DeskFault) -> Bool {
        do throws(PostgresError) { return try connection.query("select from licensing.master_secret").rowCount > 0 } catch { throw DeskFault(error) }
    }

    /// The highest version of the catalogue that any entitlement here was concluded under; 0 for none. Reads every one.
    @available(*, noasync, message: "blocks its thread")
    package static func newestCatalogue(_ connection: Connection) throws(DeskFault) -> Int64 {
        do throws(PostgresError) { return try connection.query("select coalesce(max(catalogue_version), 0) from licensing.entitlements").int64(0, 0) ?? 0 } catch {
            throw DeskFault(error)
        }
    }
}
