import Foundation
import Synchronization

/// Ends what this process started and deletes what it made, however this process ends.
///
/// A small shell waits at the other end of a pipe. The kernel closes our end when we exit, crash or are killed,
/// so the clean-up needs no cooperation from the process that went away.
package final class Reaper: Sendable {
    /// The one reaper of this process.
    package static let shared = Reaper()

    private let pipe: Mutex<FileHandle?>

    private init() {
        // A grace period of two seconds: PostgreSQL takes SIGINT as "fast shutdown" and removes its shared memory itself.
        let script = """
            trap '' INT TERM HUP
            pids=''; folders=''
            while read -r verb value rest; do
              case $verb in
                pid) pids="$pids $value" ;;
                gone) pids=$(printf '%s' "$pids " | sed "s/ $value / /") ;;
                folder) folders="$folders $value" ;;
              esac
            done
            for p in $pids; do kill -INT "$p" 2>/dev/null; kill -CONT "$p" 2>/dev/null; done
            for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
              left=''
              for p in $pids; do kill -0 "$p" 2>/dev/null && left=1; done
              [ -z "$left" ] && break
              sleep 0.1
            done
            for p in $pids; do kill -KILL "$p" 2>/dev/null; done
            for f in $folders; do case $f in */nicobar-*) rm -rf "$f" ;; esac; done
            """
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
        shell.arguments = ["/bin/sh", "-c", script]
        let lifeline = Pipe()
        shell.standardInput = lifeline
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        let end = lifeline.fileHandleForWriting
        _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
        do {
            try shell.run()
            pipe = Mutex(end)
        } catch {
            pipe = Mutex(nil)
        }
    }

    /// Ends the process with this id when we end.
    package func watch(pid: Int32) { tell("pid \(pid)") }

    /// Forgets a process that has ended, so that a reused id is never hit.
    package func forget(pid: Int32) { tell("gone \(pid)") }

    /// Deletes the folder when we end; only folders that `Scratch` named are ever deleted.
    package func watch(folder: String) { tell("folder \(folder)") }

    private func tell(_ line: String) {
        pipe.withLock { try? $0?.write(contentsOf: Data((line + "\n").utf8)) }
    }
}
