import CommandLine
import Foundation
import Fulfilment
import LibPQ
import Licensing
import Operations
import RdKafka
import Settings

let program = Program(
    Command(
        "nicobar", summary: "Look after a deployment: schema, topics, lag, catalogue, licences, health",
        discussion: """
        Reads the same environment variables as the programs it looks after: DATABASE_URL (or PGHOST and the like), KAFKA_BOOTSTRAP_SERVERS and any
        KAFKA_<PROPERTY>, DODO_PAYMENTS_ENVIRONMENT for live or test mode.
        Ends with 0 when all is well, 1 when the answer is no, 64 for a command line that was not understood, 69 when something cannot be reached, 78 when a
        setting is missing or wrong.
        """,
        subcommands: [migrateCommand, topicsCommand, lagCommand, catalogCommand, licenseCommand, doctorCommand]),
    version: "0.1",
    explain: { error in
        switch error {
        case let error as SettingsError: CommandFailure("\(error)", status: .configuration)
        case let error as KafkaError: CommandFailure("Kafka: \(error)", status: error.isConfiguration ? .configuration : .unavailable)
        case let error as PostgresError: CommandFailure("PostgreSQL: \(error)", status: error.isWorld ? .unavailable : .failure)
        case let error as CatalogueFault: CommandFailure("the catalogue: \(error)")
        case DeskFault.wrongMasterSecret: CommandFailure("\(DeskFault.wrongMasterSecret)", status: .configuration)
        case DeskFault.database(let error): CommandFailure("PostgreSQL: \(error)", status: error.isWorld ? .unavailable : .failure)
        case let error as DeskFault: CommandFailure("\(error)")
        case let error as MigrationError:
            if case .database(let cause) = error, cause.isWorld { CommandFailure("\(error)", status: .unavailable) } else { CommandFailure("\(error)") }
        default: nil
        }
    })
exit(await program.run())
