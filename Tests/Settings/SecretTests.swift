import Foundation
import Settings
import Testing

@Suite("secrets") struct SecretTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nicobar-secrets-\(UInt64.random(in: 0 ... .max))")

    private func file(_ text: String) throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appendingPathComponent("secret").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        return path
    }

    @Test func `never print, however they are printed`() {
        struct Holder { let secret = Secret("hunter2") }
        var dumped = ""
        dump(Holder(), to: &dumped)
        for text in ["\(Secret("hunter2"))", String(reflecting: Secret("hunter2")), "\(Holder())", dumped] { #expect(!text.contains("hunter2")) }
    }

    @Test func `come from the first name that is set`() throws {
        let source = try Environment(["OLD": "a"]).secret("NEW", "OLD", expected: "a secret", example: "x")
        #expect(source.secret.text == "a")
        #expect(source.variable == "OLD")
    }

    @Test func `that are missing name every way to give them`() {
        let error = #expect(throws: SettingsError.self) { try Environment([:]).secret("NEW", "OLD", expected: "a secret", example: "whsec_x") }
        #expect(error?.description == "NEW is not set (nor OLD); expected a secret, here or in a file that NEW_FILE names, for example NEW=whsec_x")
    }

    @Test(arguments: [["A": "1", "A_FILE": "/x"], ["A": "1", "B": "2"], ["A_FILE": "/x", "B": "1"]])
    func `given twice are refused without being shown`(variables: [String: String]) {
        let error = #expect(throws: SettingsError.self) { try Environment(variables).secretIfSet("A", "B") }
        #expect(error?.description.contains("only one of them") == true)
    }

    @Test func `in a file are read without the white space around them`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = try Environment(["A_FILE": file(" word\n")]).secretIfSet("A")
        #expect(source?.secret.text == "word")
    }

    @Test func `in a file that is absent or empty are refused by the path`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for path in ["/does/not/exist", try file(" \n")] {
            let error = #expect(throws: SettingsError.self) { try Environment(["A_FILE": path]).secretIfSet("A") }
            #expect(error?.description.contains(path) == true)
        }
    }

    @Test func `are read again when their file is replaced and at rest, at most once a second, and kept when it is gone`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = try file("one")
        let secret = try SecretFile(variable: "A_FILE", path: path)
        let start = ContinuousClock.now
        _ = try file("two, longer")
        #expect(secret.change(now: start) == nil)
        #expect(secret.change(now: start + .seconds(2)) == nil, "seen once")
        #expect(secret.change(now: start + .seconds(3))?.text == "two, longer")
        #expect(secret.change(now: start + .seconds(4)) == nil)
        try FileManager.default.removeItem(atPath: path)
        #expect(secret.change(now: start + .seconds(6)) == nil)
        _ = try file("")
        for second in 8...9 { #expect(secret.change(now: start + .seconds(second)) == nil) }
        _ = try file("three, half writ")
        #expect(secret.change(now: start + .seconds(10)) == nil)
        _ = try file("three, half written")
        #expect(secret.change(now: start + .seconds(11)) == nil, "it still changes")
        #expect(secret.change(now: start + .seconds(12))?.text == "three, half written")
    }

    @Test func `of a library's own settings may be in files too`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let read = try Environment(["KAFKA_SASL_PASSWORD_FILE": file("pw"), "KAFKA_X": "1"]).readingFiles(prefix: "KAFKA_")
        #expect(read.variables == ["KAFKA_SASL_PASSWORD": "pw", "KAFKA_X": "1"])
        #expect(throws: SettingsError.self) { try Environment(["KAFKA_A_FILE": "/x", "KAFKA_A": "1"]).readingFiles(prefix: "KAFKA_") }
    }
}
