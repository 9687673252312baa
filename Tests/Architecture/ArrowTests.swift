import Foundation
import Testing

/// The manifest against the picture in docs/architecture.md, and the sources against the rule that only Libraries sees C.
@Suite struct ArrowTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test func `the manifest has exactly the arrows of the picture`() throws {
        let drawn = try Self.picture()
        let built = try Self.manifest()
        #expect(!built.isEmpty)
        for (room, arrows) in built {
            let allowed = try #require(drawn[room], "\(room) is a target, but docs/architecture.md does not draw it")
            #expect(arrows.subtracting(allowed).isEmpty, "\(room) knows \(arrows.subtracting(allowed).sorted()), which the picture does not have")
            #expect(allowed.subtracting(arrows).isEmpty, "the picture lets \(room) know \(allowed.subtracting(arrows).sorted()), the manifest does not")
        }
        #expect(Set(drawn.keys).subtracting(built.keys).isEmpty, "the picture draws rooms that are not built")
    }

    @Test func `arrows never form a circle`() throws {
        var left = try Self.manifest()
        while !left.isEmpty {
            let free = left.filter { $0.value.intersection(left.keys).isEmpty }.map(\.key)
            guard !free.isEmpty else {
                Issue.record("a circle among \(left.keys.sorted())")
                return
            }
            for room in free { left[room] = nil }
        }
    }

    @Test func `only the rooms in Libraries see C`() throws {
        let forbidden = /import (CRdKafka|CLibPQ|CLibCrypto|CMicroHTTP|CSimdJSON|CMalloc|CEpoll)|OpaquePointer|\brd_kafka_\w+\(|\bMHD_\w+/
        for file in try Self.swiftFiles(under: "Sources") where !file.path.contains("/Sources/Libraries/") {
            for (number, line) in try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let code = line.prefix(while: { _ in true }).trimmingPrefix(while: \.isWhitespace)
                guard !code.hasPrefix("//") else { continue }
                #expect(line.firstMatch(of: forbidden) == nil, "\(file.lastPathComponent):\(number + 1) sees C: \(line)")
            }
        }
    }

    @Test func `a stage never imports another stage`() throws {
        let stages: Set = ["Ingest", "Billing", "Fulfilment", "Licensing", "Operations", "Simulator"]
        for (room, arrows) in try Self.manifest() where stages.contains(room) {
            #expect(arrows.intersection(stages).isEmpty, "\(room) imports another stage")
        }
    }

    /// One file would bring all of Foundation and ICU back into the process (decision 0010).
    @Test(arguments: [("IngestProgram", "ingest"), ("BillingWorkerProgram", "billing-worker"), ("FulfilmentWorkerProgram", "fulfilment-worker"), ("LicenseWorkerProgram", "license-worker")])
    func `what runs for long does without Foundation`(program: (room: String, product: String)) throws {
        let manifest = try Self.manifest()
        var rooms: Set<String> = [], next = [program.room]
        while let room = next.popLast() { if rooms.insert(room).inserted { next += manifest[room] ?? [] } }
        let folders = rooms.flatMap { ["Sources/\($0)", "Sources/Libraries/\($0)"] } + ["Sources/Programs/\(program.product)"]
        let files = try folders.filter { FileManager.default.fileExists(atPath: Self.root.appendingPathComponent($0).path) }.flatMap { try Self.swiftFiles(under: $0) }
        #expect(files.count > 50, "the rooms behind \(program.room) are elsewhere")
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(text.firstMatch(of: /(?m)^[^\/\n]*\bimport (\w+ )?Foundation\b/) == nil, "\(file.lastPathComponent) imports Foundation; FoundationEssentials, Glibc and Threads do")
        }
    }

    /// Room → arrows as docs/architecture.md draws them.
    static func picture() throws -> [String: Set<String>] {
        let text = try String(contentsOf: root.appendingPathComponent("docs/architecture.md"), encoding: .utf8)
        var rooms: [String: Set<String>] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| ") && !line.hasPrefix("| room") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count >= 4 else { continue }
            rooms[cells[1]] = Set(cells[2].split(separator: " ").map(String.init))
        }
        return rooms
    }

    /// Room → arrows as Package.swift declares them; C modules and test targets are not rooms of the picture.
    static func manifest() throws -> [String: Set<String>] {
        let text = try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
        var rooms: [String: Set<String>] = ["Schemas": []]
        let short = /^\s*(?:library|room)\("(\w+)", \[([^\]]*)\]/
        let program = /^\s*program\("[\w-]+", "(\w+)", \[([^\]]*)\]/
        for line in text.split(separator: "\n") {
            if let match = line.firstMatch(of: short) { rooms[String(match.1)] = Self.names(String(match.2)) }
            if let match = line.firstMatch(of: program) { rooms[String(match.1)] = Self.names(String(match.2)) }
        }
        let bench = /\.executableTarget\(name: "(BenchProgram)",\s*dependencies: \[([^\]]*)\]/
        if let match = text.firstMatch(of: bench) { rooms[String(match.1)] = Self.names(String(match.2)) }
        return rooms
    }

    private static func names(_ list: String) -> Set<String> {
        Set(list.split(whereSeparator: { !$0.isLetter }).map(String.init))
    }

    private static func swiftFiles(under folder: String) throws -> [URL] {
        let start = root.appendingPathComponent(folder)
        let all = try #require(FileManager.default.enumerator(at: start, includingPropertiesForKeys: nil))
        return all.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    }
}
