import Foundation
import Lifecycle
import Testing

@Suite("termination signals") struct TerminationSignalsTests {
    @Test func `the first asks the program to stop, and it ends by itself`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            TerminationSignals.onFirst { number in exit(number == SIGTERM ? 7 : 1) }
            kill(getpid(), SIGTERM)
            while true { pause() }
        }
    }

    @Test func `the second ends a program that does not`() async {
        await #expect(processExitsWith: .exitCode(130)) {
            TerminationSignals.onFirst { _ in kill(getpid(), SIGINT) }
            kill(getpid(), SIGTERM)
            while true { pause() }
        }
    }

    @Test func `what ends a program says so in one line`() async {
        let result = await #expect(processExitsWith: .exitCode(78), observing: [\.standardErrorContent]) {
            ProcessEnd.now(ProcessEnd.configuration, "ingest", "X is not set")
        }
        #expect(result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) }?.contains("ingest: X is not set\n") == true)
    }
}
