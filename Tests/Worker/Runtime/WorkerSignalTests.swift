import Foundation
import Observability
import Testing
import Worker

/// docs/signals.md against what a worker tells.
@Suite struct WorkerSignalTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The Swift files below folders of `Sources`, or the files themselves.
    private static func sources(_ places: [String]) throws -> [URL] {
        let files = places.flatMap { place in
            let url = root.appendingPathComponent("Sources/\(place)")
            return place.hasSuffix(".swift") ? [url] : FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        }
        return files.filter { $0.pathExtension == "swift" }
    }

    /// Name and kind of every metric in the section `## workers`.
    private static func table() throws -> [String: String] {
        let text = try String(contentsOf: root.appendingPathComponent("docs/signals.md"), encoding: .utf8)
        let section = text.components(separatedBy: "\n## ").first { $0.hasPrefix("workers\n") } ?? ""
        return section.matches(of: /\| `(nicobar_\w+)` \| (\w+) \|/).reduce(into: [:]) { $0[String($1.1)] = String($1.2) }
    }

    /// Every name that the sources register, with its kind.
    private static func registered() throws -> [String: String] {
        var found: [String: String] = [:]
        for file in ["Sources/Worker/WorkerSignals.swift", "Sources/Worker/Outbox/RelaySignals.swift", "Sources/Worker/Sweeping/WorkerSignals+Sweeping.swift"] {
            let text = try String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
            for match in text.matches(of: /metrics\.(counter|gauge|histogram)\(\s*"(nicobar_\w+)"/) { found[String(match.2)] = String(match.1) }
        }
        for file in try sources(["Billing", "Fulfilment", "Licensing"]) {
            for match in try String(contentsOf: file, encoding: .utf8).matches(of: /Tally\(\s*"(nicobar_\w+)"/) { found[String(match.1)] = "counter" }
        }
        return found
    }

    @Test func `all that is registered is in the table, with its kind, and the table has no others`() throws {
        let registered = try Self.registered()
        #expect(registered.count > 10 && registered["nicobar_fulfilment_unlisted_products_total"] == "counter")
        #expect(try Self.table() == registered)
    }

    /// A line of the log by its text: level and keys.
    private struct Line: Equatable {
        var level: String
        var keys: Set<String>
    }

    /// The rows of `### log lines` in the section `## workers`.
    private static func logTable() throws -> [String: Line] {
        let text = try String(contentsOf: root.appendingPathComponent("docs/signals.md"), encoding: .utf8)
        let section = text.components(separatedBy: "\n## ").first { $0.hasPrefix("workers\n") } ?? ""
        let part = section.components(separatedBy: "\n### ").first { $0.hasPrefix("log lines\n") } ?? ""
        return part.matches(of: /\n\| ([^|]+) \| (\w+) \|([^|]*)\| [^|]+ \|/).dropFirst().reduce(into: [:]) { rows, match in
            rows[String(match.1)] = Line(level: String(match.2), keys: Set(match.3.split(separator: " ").map { String($0).replacing("`", with: "") }))
        }
    }

    /// Every line that the sources of a worker write.
    private static func written() throws -> [String: Line] {
        let names = try String(contentsOf: root.appendingPathComponent("Sources/Observability/LogKey.swift"), encoding: .utf8)
            .matches(of: /static let (\w+) = LogKey\("([^"]+)"\)/).reduce(into: [String: String]()) { $0[String($1.1)] = String($1.2) }
        func keys(_ text: Substring) throws -> Set<String> {
            try Set(text.matches(of: #/(?:\[|, )\.(\w+): /#).map { try #require(names[String($0.1)], "\($0.1) is no log key") })
        }
        var lines: [String: Line] = [:], calls = 0, read = 0
        for file in try sources(["Worker", "WorkerLaunch", "Observability/ObserveServer.swift", "Billing", "Fulfilment", "Licensing"]) {
            let text = try String(contentsOf: file, encoding: .utf8)
            calls += text.matches(of: /\blog\.(?:trace|debug|info|warning|error|entry)\(/).count
            for match in text.matches(of: /\blog\.(\w+)\((?:"([^"]+)"|notice\.tally\.saying|word)([^\n]*?)(?=\blog\.|\n)/) {
                read += 1
                if let words = match.2 { lines[String(words)] = Line(level: String(match.1), keys: try keys(match.3)) }
            }
            // Two kinds of line are written where their words are not: those about lanes, and those of tallies.
            for match in text.matches(of: /signals\.lanes\("([^"]+)"/) { lines[String(match.1)] = Line(level: "info", keys: ["lanes"]) }
            for match in text.matches(of: /saying: "([^"]+)"\)/) where text.contains("Tally(") { lines[String(match.1)] = Line(level: "warning", keys: ["subject"]) }
        }
        #expect(read == calls, "a line is written in a way that this test does not read")
        return lines
    }

    @Test func `every line of the log is in the table, with its level and its keys, and the table has no others`() throws {
        let table = try Self.logTable(), written = try Self.written()
        #expect(written.count > 20)
        for (words, line) in written { #expect(table[words] == line, "\(words)") }
        for words in table.keys { #expect(written[words] != nil, "\(words): no source writes it") }
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
