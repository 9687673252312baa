import Foundation
import Testing

/// Tests/Mutations against the code it breaks. Running a break takes minutes and is not part of `make test`; whether one can still be run is looked at here, for a
/// break that no longer fits the code proves nothing and says so to nobody.
@Suite struct MutationTests {
    private static let patches: [String] = {
        let folder = ArrowTests.root.appending(path: "Tests/Mutations").path
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".patch") }.sorted()
    }()

    @Test func `there are breaks on purpose for what the pipeline promises`() {
        for promise in ["answer-before-the-acknowledgement", "commit-before-the-transaction", "drop-the-fence", "ignore-the-version"] {
            #expect(Self.patches.contains("\(promise).patch"))
        }
    }

    @Test(arguments: patches) func `a break on purpose applies to the code as it stands`(patch: String) throws {
        let git = Process()
        git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // As Tests/Mutations/run applies it.
        git.arguments = ["git", "apply", "--check", "--recount", "-C1", "Tests/Mutations/\(patch)"]
        git.currentDirectoryURL = ArrowTests.root
        let complaint = Pipe()
        git.standardError = complaint
        try git.run()
        let said = String(decoding: complaint.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        git.waitUntilExit()
        #expect(git.terminationStatus == 0, "\(patch): \(said)")
    }

    @Test(arguments: patches) func `a break on purpose names what catches it, and that test exists`(patch: String) throws {
        let text = try String(contentsOf: ArrowTests.root.appending(path: "Tests/Mutations/\(patch)"), encoding: .utf8)
        let catchers = text.split(separator: "\n").compactMap { $0.firstMatch(of: /^Caught-by: (test|torture) (.+)$/)?.output }
        #expect(!catchers.isEmpty, "\(patch) has no line 'Caught-by: test …' or 'Caught-by: torture …'")
        for (_, kind, filter) in catchers where kind == "test" {
            // The end of a suite's full name, or words of a test's sentence with a dot for each character that is no letter.
            let wanted = try Regex(String(filter.split(separator: ".").last?.hasSuffix("Tests") == true ? filter.split(separator: ".").last ?? filter : filter))
            #expect(Self.names.contains { $0.contains(wanted) }, "\(patch): there is no test '\(filter)'")
        }
    }

    /// The names of all suites and the sentences of all tests.
    private static let names: [String] = {
        let files = FileManager.default.enumerator(atPath: ArrowTests.root.appending(path: "Tests").path)?.compactMap { $0 as? String } ?? []
        return files.filter { $0.hasSuffix(".swift") }.flatMap { file in
            let text = (try? String(contentsOf: ArrowTests.root.appending(path: "Tests/\(file)"), encoding: .utf8)) ?? ""
            return text.matches(of: /(?:struct|class) (\w+Tests)\b|func `([^`]+)`/).map { String($0.output.1 ?? $0.output.2 ?? "") }
        }
    }()
}
