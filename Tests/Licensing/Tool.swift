import Foundation
import Synchronization

/// A program of the machine, run to its end with a time limit; output goes through files, so that no pipe fills up.
struct Tool: Sendable {
    let path: String

    /// Looks a program up in PATH.
    ///
    /// - Returns: nil when it is not there.
    init?(_ name: String) {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        guard let found = folders.map({ "\($0)/\(name)" }).first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else { return nil }
        path = found
    }

    init(path: String) { self.path = path }

    struct Outcome { let status: Int32, output: String, complaint: String }

    /// Blocks; one that is over its time is killed, which is status 137.
    @available(*, noasync, message: "blocks its thread")
    func run(_ arguments: [String], environment: [String: String]? = nil, input: String = "", seconds: Double = 60) throws -> Outcome {
        let folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        if let environment { process.environment = environment.merging(["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]) { $1 } }
        for name in ["in", "out", "err"] { try Data(name == "in" ? Array(input.utf8) : []).write(to: folder.url(name)) }
        process.standardInput = try FileHandle(forReadingFrom: folder.url("in"))
        process.standardOutput = try FileHandle(forWritingTo: folder.url("out"))
        process.standardError = try FileHandle(forWritingTo: folder.url("err"))
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        if ended.wait(timeout: .now() + seconds) == .timedOut {
            kill(process.processIdentifier, SIGKILL)
            ended.wait()
        }
        let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        return Outcome(
            status: status, output: String(decoding: try Data(contentsOf: folder.url("out")), as: UTF8.self),
            complaint: String(decoding: try Data(contentsOf: folder.url("err")), as: UTF8.self))
    }
}

/// A folder that goes away with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("nicobar-licensing-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func url(_ name: String) -> URL { URL(fileURLWithPath: path).appendingPathComponent(name) }
}

/// Places in the project.
enum Place {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let verifiers = root.appendingPathComponent("docs/verifiers")
    static let harness = root.appendingPathComponent("Tests/Licensing/Harness")
}
