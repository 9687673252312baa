import CommandLine
import Glibc

let program = Program(
    Command("dodo-simulator", summary: "A stand-in for Dodo Payments' webhooks",
            discussion: """
            Customers buy, renew, fall behind, dispute and leave, all from a seed; what happens to them is delivered as Dodo would: signed,
            more than once, out of order, and again when it was refused.
            """,
            subcommands: [sendCommand, renderCommand]),
    version: "0.1")
exit(await program.run())
