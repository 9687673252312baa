import Foundation
import Observability
import Testing
import Worker

/// docs/signals.md against what a worker tells.
@Suite struct WorkerSignalTests {
    /// Name and kind of every metric in the section `## workers`.
    private static func table() throws -> [String: String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/signals.md"), encoding: .utf8)
        let section = text.components(separatedBy: "\n## ").first { $0.hasPrefix("workers\n") } ?? ""
        return section.matches(of: /\| `(nicobar_\w+)` \| (\w+) \|/).reduce(into: [:]) { $0[String($1.1)] = String($1.2) }
    }

    /// Every name that the sources register, with its kind.
    private static func registered() throws -> [String: String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        var found: [String: String] = [:]
        for file in ["Sources/Worker/WorkerSignals.swift", "Sources/Worker/Outbox/RelaySignals.swift", "Sources/Worker/Sweeping/WorkerSignals+Sweeping.swift"] {
            let text = try String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
            for match in text.matches(of: /metrics\.(counter|gauge|histogram)\(\s*"(nicobar_\w+)"/) { found[String(match.2)] = String(match.1) }
        }
        for file in FileManager.default.enumerator(at: root.appendingPathComponent("Sources"), includingPropertiesForKeys: nil)?.compactMap({ $0 as? URL }) ?? [] where file.pathExtension == "swift" {
            for match in try String(contentsOf: file, encoding: .utf8).matches(of: /Tally\(\s*"(nicobar_\w+)"/) { found[String(match.1)] = "counter" }
        }
        return found
    }

    @Test func `all that is registered is in the table, with its kind, and the table has no others`() throws {
        let registered = try Self.registered()
        #expect(registered.count > 10 && registered["nicobar_fulfilment_unlisted_products_total"] == "counter")
        #expect(try Self.table() == registered)
    }

    @Test func `what a fresh worker shows is in the table`() throws {
        let metrics = Metrics()
        let signals = WorkerSignals(metrics: metrics, health: Health(), log: Log(program: "test", level: .error, format: .text))
        signals.observe(LaneBook())
        let shown = metrics.render().matches(of: /# TYPE (\S+) (\S+)/).reduce(into: [String: String]()) { $0[String($1.1)] = String($1.2) }
        let table = try Self.table()
        #expect(!shown.isEmpty)
        for (name, kind) in shown { #expect(table[name] == kind, "\(name)") }
    }
}
