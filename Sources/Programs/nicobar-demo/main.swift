import CommandLine
import Foundation

let program = Program(
    Command(
        "nicobar-demo", summary: "Nicobar on this machine, with nothing prepared",
        discussion: """
        Starts a private PostgreSQL, a broker and Nicobar's programs in throw-away folders. The broker is the one of KAFKA_BOOTSTRAP_SERVERS if that is
        set, else a real Apache Kafka from KAFKA_HOME if that is set, else librdkafka's mock cluster, which keeps nothing.
        """,
        subcommands: [runCommand, upCommand, downCommand, keepCommand]),
    version: "0.1",
    explain: { CommandFailure("\($0)", status: .failure) })
exit(await program.run())
