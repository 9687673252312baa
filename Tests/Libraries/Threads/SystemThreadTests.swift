import Dispatch
import Foundation
import Synchronization
import Testing
import Threads

struct SystemThreadTests {
    /// What the kernel calls the thread that runs the body.
    private static func name(of given: String) -> String {
        let seen = Mutex(""), ended = DispatchSemaphore(value: 0)
        SystemThread.start(given) {
            seen.withLock { $0 = (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? "" }
            ended.signal()
        }
        ended.wait()
        return seen.withLock { $0 }
    }

    @Test func `has the name that it was given, as far as Linux keeps it`() {
        #expect(Self.name(of: "sweep") == "sweep\n")
        #expect(Self.name(of: "longer than fifteen bytes") == "longer than fif\n")
    }

    @Test func `lets go of what its body held when it ends`() {
        final class Held: Sendable {
            let released: DispatchSemaphore
            init(_ released: DispatchSemaphore) { self.released = released }
            deinit { released.signal() }
        }
        let released = DispatchSemaphore(value: 0)
        do {
            let held = Held(released)
            SystemThread.start("holds") { withExtendedLifetime(held) {} }
        }
        #expect(released.wait(timeout: .now() + 20) == .success)
    }
}
