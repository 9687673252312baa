import Foundation
import Synchronization

/// One process that we started, with its output in a file.
package final class ChildProcess: Sendable {
    /// The name it goes by in messages.
    package let name: String
    /// The file that takes its standard output and standard error.
    package let log: String
    /// Its process id.
    package let pid: Int32
    private let process: Mutex<Process>
    private let ending: Ending

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - name: the name in messages and of its log file.
    ///   - program: the path of the executable.
    ///   - arguments: what it is given.
    ///   - environment: its whole environment, nothing is inherited but `PATH` and `HOME`.
    ///   - folder: where its log goes.
    /// - Throws: `SurroundingsError.cannotPrepare` when it cannot be started.
    package init(
        _ name: String, program: String, arguments: [String] = [], environment: [String: String] = [:], folder: String
    ) throws(SurroundingsError) {
        self.name = name
        log = "\(folder)/\(name).log"
        if !FileManager.default.fileExists(atPath: log) {
            _ = FileManager.default.createFile(atPath: log, contents: nil)
        }
        guard let output = FileHandle(forWritingAtPath: log) else {
            throw .cannotPrepare("the log of \(name)", reason: "\(log) cannot be written")
        }
        output.seekToEndOfFile()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let ours = ProcessInfo.processInfo.environment
        process.environment = environment.merging(
            ["PATH", "HOME", "LANG", "JAVA_HOME"].reduce(into: [:]) { $0[$1] = ours[$1] }, uniquingKeysWith: { given, _ in given })
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        let ending = Ending()
        process.terminationHandler = { ended in
            Reaper.shared.forget(pid: ended.processIdentifier)
            ending.report(ended.terminationReason == .exit ? ended.terminationStatus : 128 + ended.terminationStatus)
        }
        do { try process.run() } catch {
            throw .cannotPrepare(name, reason: "\(program) could not be started")
        }
        try? output.close()
        pid = process.processIdentifier
        Reaper.shared.watch(pid: pid)
        self.process = Mutex(process)
        self.ending = ending
    }

    /// Whether it still runs.
    package var isRunning: Bool { ending.status == nil }

    /// The exit status, or 128 plus the signal that ended it; nil while it runs.
    package var exitStatus: Int32? { ending.status }

    /// Sends a signal; one that has ended is left alone.
    package func signal(_ number: Int32) {
        if isRunning { kill(pid, number) }
    }

    /// Waits for the end.
    ///
    /// - Returns: the exit status, or 128 plus the signal's number.
    @discardableResult
    package func wait() async -> Int32 { await ending.wait() }

    /// Asks it to end with SIGTERM and waits.
    @discardableResult
    package func stop() async -> Int32 {
        signal(SIGTERM)
        return await wait()
    }

    /// What it has printed so far.
    package var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// The last lines it printed, for messages.
    package func tail(_ lines: Int = 20) -> String {
        output.split(separator: "\n").suffix(lines).joined(separator: "\n")
    }
}

/// The end of a process, for those who ask and those who wait.
private final class Ending: Sendable {
    private struct State { var status: Int32?; var waiting: [CheckedContinuation<Int32, Never>] = [] }
    private let state = Mutex(State())

    var status: Int32? { state.withLock { $0.status } }

    func report(_ status: Int32) {
        let waiting = state.withLock { state -> [CheckedContinuation<Int32, Never>] in
            state.status = status
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume(returning: status) }
    }

    func wait() async -> Int32 {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Int32? in
                if state.status == nil { state.waiting.append(continuation) }
                return state.status
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}
