import Foundation
import Synchronization

/// A PostgreSQL server of our own in a throw-away folder, on loopback only.
package final class PrivatePostgres: Sendable {
    /// The server's port on 127.0.0.1.
    package let port: Int
    private let programs: String
    private let folder: Scratch
    private let settings: [String]
    private let server: Mutex<ChildProcess?> = Mutex(nil)

    /// Makes a cluster and starts it.
    ///
    /// - Parameters:
    ///   - settings: `name=value` lines for the server, such as `fsync=off` for tests that need no durability.
    ///   - folder: where the cluster lives; a folder of its own when nil.
    /// - Throws: `SurroundingsError` when PostgreSQL is not installed or does not start.
    package init(settings: [String] = []) async throws(SurroundingsError) {
        programs = try Self.findPrograms()
        folder = try Scratch("postgres")
        port = Loopback.freePort()
        self.settings = settings
        let data = "\(folder.path)/data"
        let user = try Self.serverUser()
        if let user { chown(folder.path, user.id, user.group) }
        let initdb = try ChildProcess(
            "initdb", program: "/usr/bin/env",
            arguments: Self.asUser(user) + [
                "\(programs)/initdb", "-D", data, "-U", "nicobar", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
            ], folder: folder.path)
        guard await initdb.wait() == 0 else { throw .notReady("initdb", log: initdb.tail()) }
        try await start()
    }

    /// The connection string of a database on this server.
    package func conninfo(database: String = "postgres") -> String {
        "host=127.0.0.1 port=\(port) user=nicobar dbname=\(database)"
    }

    /// Starts the server again after `stop` or `kill`, with its data.
    package func start() async throws(SurroundingsError) {
        let options = (["listen_addresses=127.0.0.1", "unix_socket_directories=\(folder.path)", "max_connections=200"] + settings)
            .flatMap { ["-c", $0] }
        let child = try ChildProcess(
            "postgres", program: "/usr/bin/env",
            arguments: Self.asUser(try Self.serverUser())
                + ["\(programs)/postgres", "-D", "\(folder.path)/data", "-p", "\(port)"] + options,
            folder: folder.path)
        server.withLock { $0 = child }
        let ready = await Loopback.until(.seconds(30)) {
            !child.isRunning || Self.run("\(programs)/pg_isready", ["-q", "-h", "127.0.0.1", "-p", "\(port)"]) == 0
        }
        guard ready, child.isRunning else { throw .notReady("PostgreSQL", log: child.tail()) }
    }

    /// Ends the server in good order, dropping its connections ("fast shutdown").
    package func stop() async {
        guard let child = server.withLock({ $0 }) else { return }
        child.signal(SIGINT)
        await child.wait()
    }

    /// Ends the server as a crash would: every process of it gets SIGKILL and its log is replayed at the next start.
    package func kill() async {
        guard let child = server.withLock({ $0 }) else { return }
        // Stopped first, or it would start some of its children again before its own turn comes.
        child.signal(SIGSTOP)
        _ = Self.run("/usr/bin/pkill", ["-KILL", "-P", "\(child.pid)"])
        child.signal(SIGKILL)
        await child.wait()
    }

    /// Stops the server and deletes all it wrote.
    package func remove() async {
        await stop()
        folder.remove()
    }

    /// The process id of the running server, for measurements of its CPU time.
    package var pid: Int32? { server.withLock { $0?.pid } }

    private struct User { let name: String; let id: uid_t; let group: gid_t }

    /// PostgreSQL refuses to run as root; then its package's user serves, or nobody.
    private static func serverUser() throws(SurroundingsError) -> User? {
        guard geteuid() == 0 else { return nil }
        for name in ["postgres", "nobody"] {
            if let entry = getpwnam(name)?.pointee { return User(name: name, id: entry.pw_uid, group: entry.pw_gid) }
        }
        throw .missing("an unprivileged user for PostgreSQL", install: "add a user named postgres")
    }

    private static func asUser(_ user: User?) -> [String] {
        guard let user else { return [] }
        return ["setpriv", "--reuid=\(user.id)", "--regid=\(user.group)", "--clear-groups", "--"]
    }

    private static func findPrograms() throws(SurroundingsError) -> String {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap { Int($0) }.sorted()
        if let newest = versions.last { return "\(root)/\(newest)/bin" }
        for folder in (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") {
            if FileManager.default.isExecutableFile(atPath: "\(folder)/initdb") { return String(folder) }
        }
        throw .missing("PostgreSQL's initdb", install: "apt-get install postgresql")
    }

    private static func run(_ program: String, _ arguments: [String]) -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
