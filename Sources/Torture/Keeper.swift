import Glibc
import Surroundings
import Synchronization

/// Keeps one of Nicobar's programs running, as systemd or Kubernetes would, and hurts it when told to.
final class Keeper: Sendable {
    /// How the program has ended so far, other than by our SIGKILL.
    struct Ends: Sendable {
        /// SIGTERM was answered within its time.
        var orderly = 0
        /// It ended by itself with an exit status, which an orchestrator would answer with a start.
        var byItself: [Int32] = []
        /// What no program of ours may do: die of a signal that nobody sent, or not end when asked to.
        var faults: [String] = []
    }

    private struct State {
        var current: ChildProcess?
        var isEnding = false
        /// The process that we sent SIGKILL or SIGTERM.
        var hurt: Int32?
        /// The process that we sent SIGKILL last.
        var killed: Int32?
        var starts = 0
        var ends = Ends()
    }

    let name: String
    private let launch: @Sendable () throws(SurroundingsError) -> ChildProcess
    private let state = Mutex(State())
    /// Longer than any of our programs may take to end when asked to.
    private static let patience = Duration.seconds(40)

    init(_ name: String, launch: @escaping @Sendable () throws(SurroundingsError) -> ChildProcess) {
        self.name = name
        self.launch = launch
    }

    var ends: Ends { state.withLock { $0.ends } }
    var starts: Int { state.withLock { $0.starts } }
    /// The program's output over all its lives.
    var output: String { state.withLock { $0.current }?.output ?? "" }
    var pid: Int32? { state.withLock { $0.current?.pid } }

    /// Starts the program again and again until `end`.
    func run() async throws(SurroundingsError) {
        while !state.withLock({ $0.isEnding }) {
            let child = try launch()
            state.withLock { state in
                state.current = child
                state.starts += 1
            }
            let status = await child.wait()
            state.withLock { note(status, of: child, &$0) }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private func note(_ status: Int32, of child: ChildProcess, _ state: inout State) {
        if state.hurt == child.pid { return }
        if status > 128 {
            state.ends.faults.append("\(name) died of signal \(status - 128), which nobody sent it; the end of its log:\n\(child.tail(5))")
        } else {
            state.ends.byItself.append(status)
        }
    }

    /// Ends the program like a crash; waits for one that is being started.
    ///
    /// - Returns: whether there was something to kill.
    func kill() async -> Bool {
        guard let child = await living() else { return false }
        state.withLock { ($0.hurt, $0.killed) = (child.pid, child.pid) }
        child.signal(SIGKILL)
        return true
    }

    /// Stops the program where it stands, and lets it go on later.
    func freeze(seconds: Double) async {
        guard let child = await living() else { return }
        child.signal(SIGSTOP)
        try? await Task.sleep(for: .seconds(seconds))
        child.signal(SIGCONT)
    }

    /// Asks the program to end; it is started again.
    func restart() async {
        guard let child = await living() else { return }
        await askToEnd(child)
    }

    /// Asks the program to end, for good.
    func end() async {
        let child = state.withLock { state in
            state.isEnding = true
            return state.current
        }
        guard let child, child.isRunning else { return }
        await askToEnd(child)
    }

    private func askToEnd(_ child: ChildProcess) async {
        state.withLock { $0.hurt = child.pid }
        child.signal(SIGTERM)
        let clock = ContinuousClock(), end = clock.now + Self.patience
        while child.isRunning, clock.now < end { try? await clock.sleep(for: .milliseconds(20)) }
        guard let status = child.exitStatus else {
            state.withLock { $0.ends.faults.append("\(name) did not end within \(Self.patience) of SIGTERM") }
            child.signal(SIGKILL)
            return
        }
        state.withLock { state in
            // A process that was asked before it could listen dies of SIGTERM itself, and a kill of ours may come while it takes its time.
            let isOurs = status == 128 + SIGTERM || status == 128 + SIGKILL && state.killed == child.pid
            if status > 128, !isOurs { state.ends.faults.append("\(name) died of signal \(status - 128) on SIGTERM") } else { state.ends.orderly += 1 }
        }
    }

    private func living() async -> ChildProcess? {
        let clock = ContinuousClock(), end = clock.now + .seconds(20)
        while clock.now < end {
            if let child = state.withLock({ $0.current }), child.isRunning { return child }
            try? await clock.sleep(for: .milliseconds(10))
        }
        return nil
    }
}
