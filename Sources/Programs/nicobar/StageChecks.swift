import Events
import Fulfilment
import LibPQ
import Licensing
import Operations
import Settings

/// What the doctor asks of the stages: the licences' master secret, and the catalogue in force.
enum StageChecks {
    static func of(_ environment: Environment) -> Doctor.StageChecks {
        { database in [masterSecret(environment, database)] + (database.map { catalogue($0) } ?? []) }
    }

    // MARK: licences

    private static let secretCheck = "licence secret"

    private static func masterSecret(_ environment: Environment, _ database: Connection?) -> Finding {
        do {
            guard let source = try environment.secretIfSet(MasterSecret.variable) else { return try absent(database) }
            let secret = try MasterSecret(environment)
            let given = "given by \(source.variable) (masked), long enough"
            guard let database else { return Finding(secretCheck, .good, "\(given); not held against the database") }
            let isKnown = try LicenceDesk(database, secret, mode: environment.choice("DODO_PAYMENTS_ENVIRONMENT", default: Mode.live)).checkSecret()
            return Finding(secretCheck, .good, isKnown ? "\(given), and the one that this database's licences were issued with" : "\(given); no licence was issued yet")
        } catch { return Finding(secretCheck, .failed, "\(error)") }
    }

    private static func absent(_ database: Connection?) throws -> Finding {
        if let database, try LicenceDesk.knowsSecret(database) {
            return Finding(
                secretCheck, .warning,
                "\(MasterSecret.variable) is not set here, and this database has licences; license-worker and nicobar license need the secret that they were issued with")
        }
        return Finding(
            secretCheck, .warning,
            "\(MasterSecret.variable) is not set here; license-worker needs 32 random bytes or more in base64: openssl rand -base64 32, kept apart from the database")
    }

    // MARK: the catalogue

    /// For how long what is due may wait before somebody should look; a sweep comes every second.
    private static let patienceSeconds: Int64 = 60

    private static func catalogue(_ database: Connection) -> [Finding] {
        let store = CatalogueStore(database)
        do {
            guard let current = try store.current() else {
                return [Finding("catalogue", .warning, "none was ever applied: every order is kept, nothing is granted; run: nicobar catalog apply FILE")]
            }
            let inForce = Finding("catalogue", .good, "version \(current.version) is in force, with \(current.catalogue.products.count) products")
            return [inForce, try agreement(current.version, store, database)]
        } catch let fault as CatalogueFault {
            return [
                Finding(
                    "catalogue", .failed,
                    "the one in force cannot be read by this program (\(fault)); expected one that it can, and a fulfilment-worker of this version waits until then: "
                        + "install the version that applied it, or apply one for this: nicobar catalog apply FILE")
            ]
        } catch { return [Finding("catalogue", .failed, "\(error)")] }
    }

    private static func agreement(_ version: Int64, _ store: CatalogueStore, _ database: Connection) throws -> Finding {
        let standing = try store.standing(), licensing = try LicenceDesk.newestCatalogue(database)
        let check = "catalogue in use"
        for (who, used) in [("entitlements", standing.newestConcluded), ("licences", licensing)] where used > version {
            return Finding(
                check, .failed,
                "\(who) were concluded under version \(used), and this database's newest is \(version); expected none newer: was an older copy restored? "
                    + "Apply the file that was in force: nicobar catalog apply FILE")
        }
        if standing.dueForSeconds > patienceSeconds {
            return Finding(
                check, .warning,
                "\(standing.due)\(standing.due == 10_000 ? " or more" : "") payments and subscriptions are due to be concluded again, the first for "
                    + "\(standing.dueForSeconds) s; expected seconds: see whether fulfilment-worker runs, and its /readyz")
        }
        return Finding(check, .good, "nothing was concluded under another than versions up to \(version), and nothing waits")
    }
}
