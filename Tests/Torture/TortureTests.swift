import Foundation
import Testing
import Torture

/// The fault bench in its short form; `make torture` is the long one.
@Suite(.timeLimit(.minutes(8))) struct TortureTests {
    @Test func `ten kills over all kinds of processes lose nothing, do nothing twice and reach the truth`() async throws {
        guard let home = ProcessInfo.processInfo.environment["KAFKA_HOME"], !home.isEmpty else {
            // A broker that keeps nothing loses what it was given when it is killed: nothing could be claimed.
            return print("tests: the fault bench is skipped; set KAFKA_HOME for a real Kafka")
        }
        let run = TortureRun(
            seed: UInt64.random(in: 0..<1_000_000), kills: 10, events: 3000, seconds: 20, programs: Self.programs, kafkaHome: home,
            say: { print("torture: \($0)") })
        let report = try await run.run()
        print("torture: \(report.text)")
        #expect(report.faults.isEmpty, "seed \(report.seed)")
        #expect(report.killsDone == 10)
        #expect(report.accepted >= 3000)
    }

    /// Where the programs under test were built: beside the test bundle.
    static var programs: String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return ProcessInfo.processInfo.environment["NICOBAR_PROGRAMS"] ?? root.appendingPathComponent(".build/debug").path
    }
}
