import CommandLine
import Foundation

let program = Program(
    Command(
        "nicobar-bench", summary: "What one event costs, measured on this machine",
        discussion: """
        Each benchmark starts what it needs (a PostgreSQL with durable settings, a broker) and runs the release programs as processes, beside the limit that
        librdkafka or PostgreSQL has by itself in the same round. CPU is user and system time of whole processes divided by events; rates depend on everything
        that shares the machine, the load generator included. A figure from the mock cluster says nothing about Kafka: set KAFKA_HOME. See docs/performance.md.
        """,
        subcommands: [allCommand, ingestCommand, applyCommand, chainCommand, latencyCommand, partsCommand, statementsCommand, compareCommand]),
    version: "0.1",
    explain: { CommandFailure("\($0)", status: .failure) })
exit(await program.run())
