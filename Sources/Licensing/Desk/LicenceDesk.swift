package import Events
package import LibPQ
import Worker

/// What operators, and later the storefront, do with licences: look at them, take them back, prove them. One connection, one thread; every call blocks.
package final class LicenceDesk {
    let connection: Connection
    let keys: KeyDerivation
    let signing: SigningKeyDerivation
    let writing: LicenceWriting

    /// - Throws: `DeskFault` when the database lacks the schema.
    @available(*, noasync, message: "blocks its thread")
    package init(_ connection: Connection, _ secret: MasterSecret, mode: Mode) throws(DeskFault) {
        self.connection = connection
        keys = KeyDerivation(secret)
        signing = SigningKeyDerivation(secret)
        writing = LicenceWriting(keys, mode)
        do throws(PostgresError) {
            try LaneTransaction.prepare(connection, for: LicensingHandler(secret, mode: mode))
        } catch { throw DeskFault(error) }
    }

    /// Runs a body in a transaction that begins by holding the master secret against the database's.
    ///
    /// - Parameter mayClaim: whether a database that knows no secret yet learns this one.
    func transaction<Value>(mayClaim: Bool = false, _ body: () throws(DeskFault) -> Value) throws(DeskFault) -> Value {
        do throws(PostgresError) {
            try connection.pipeline([
                PipelineStep(sql: "begin"), LicensingStatement.checkMasterSecret.step([.bytes(keys.fingerprint), .bool(mayClaim)]),
            ])
        } catch { throw DeskFault(error) }
        let value: Value
        do throws(DeskFault) { value = try body() } catch {
            // The first fault is the one to tell of.
            do throws(PostgresError) { if connection.isHealthy { try connection.execute("rollback") } } catch {}
            throw error
        }
        _ = try run(PipelineStep(sql: "commit"))
        return value
    }

    /// Runs steps in one round trip and gives their results.
    @discardableResult
    func run(_ steps: PipelineStep...) throws(DeskFault) -> [ResultSet] {
        do throws(PostgresError) { return try connection.pipeline(steps) } catch { throw DeskFault(error) }
    }
}
