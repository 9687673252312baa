import Foundation
import TestKit
import Testing

/// docs/signals.md against what ingest tells.
@Suite("the signals of ingest") struct SignalTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The rows of a table in the section `## ingest`, as cells without code marks; the heading says which table.
    private static func table(_ heading: String) throws -> [[String]] {
        let text = try String(contentsOf: root.appendingPathComponent("docs/signals.md"), encoding: .utf8)
        let section = text.components(separatedBy: "\n## ").first { $0.hasPrefix("ingest\n") } ?? ""
        let part = section.components(separatedBy: "\n### ").first { $0.hasPrefix(heading + "\n") } ?? ""
        let rows = part.split(separator: "\n").filter { $0.hasPrefix("| ") }.map { row in
            row.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces).replacing("`", with: "") }
        }
        return Array(rows.dropFirst())
    }

    @Test func `are all in the table, with their kind and their labels, and the table has no others`() async throws {
        let servers = try await IngestBroker.shared.servers()
        let text = try await onThread {
            let ingest = try RunningIngest(servers)
            defer { ingest.stop() }
            return String(decoding: try ingest.ask(Array("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".utf8))?.body ?? [], as: UTF8.self)
        }
        var told: [String: String] = [:], labels: [String: Set<String>] = [:]
        for line in text.split(separator: "\n") {
            if let match = line.wholeMatch(of: /# TYPE (\S+) (\S+)/) { told[String(match.1)] = String(match.2) }
            if let match = line.wholeMatch(of: /([a-z_]+?)(_bucket|_sum|_count)?\{(.+)\} \S+/) {
                for pair in match.3.matches(of: /(\w+)="([^"]*)"/) where pair.1 != "le" { labels[String(match.1), default: []].insert("\(pair.1)=\(pair.2)") }
            }
        }
        var written: [String: String] = [:]
        for row in try Self.table("metrics") {
            try #require(row.count == 4, "\(row)")
            written[row[0]] = row[1]
            let listed = Set(row[2].split(separator: " ").map(String.init))
            #expect(listed == labels[row[0], default: []], "\(row[0])")
        }
        #expect(!told.isEmpty)
        #expect(written == told)
    }

    @Test func `in the log have the keys of the table, and the table has no others`() throws {
        let names = try String(contentsOf: Self.root.appendingPathComponent("Sources/Observability/LogKey.swift"), encoding: .utf8)
            .matches(of: /static let (\w+) = LogKey\("([^"]+)"\)/).reduce(into: [:]) { $0[String($1.1)] = String($1.2) }
        var used: Set<String> = []
        for file in try Self.sources() {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where line.contains("og.") {
                for match in line.matches(of: #/(?:\[|, )\.(\w+): /#) { used.insert(try #require(names[String(match.1)], "\(match.1) is no log key")) }
            }
        }
        #expect(!used.isEmpty)
        #expect(Set(try Self.table("log keys").map { $0[0] }) == used)
    }

    @Test func `in health are the parts of the table, and the table has no others`() throws {
        var used: Set<String> = []
        for file in try Self.sources() {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /health\.set\("(\w+)"/) { used.insert(String(match.1)) }
            for match in text.matches(of: /static let part = "(\w+)"/) { used.insert(String(match.1)) }
        }
        #expect(Set(try Self.table("health parts").map { $0[0] }) == used)
    }

    private static func sources() throws -> [URL] {
        let folder = root.appendingPathComponent("Sources/Ingest")
        return (FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
    }
}
