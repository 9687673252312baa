import Dispatch
import Testing
import Threads

struct ConditionTests {
    /// Unchecked Sendable: touched under the condition's lock only.
    private final class Shared: @unchecked Sendable {
        let condition = Condition()
        var value = 0
        var isWaiting = false
    }

    @Test func `lets one at a time under its lock`() {
        let shared = Shared(), ended = DispatchSemaphore(value: 0)
        for _ in 0..<4 {
            SystemThread.start("count") {
                for _ in 0..<20_000 { shared.condition.withLock { shared.value += 1 } }
                ended.signal()
            }
        }
        for _ in 0..<4 { ended.wait() }
        #expect(shared.condition.withLock { shared.value } == 80_000)
    }

    @available(*, noasync) private static func wakes(_ shared: Shared) -> Bool {
        SystemThread.start("changes") {
            // Whoever gets the lock while the other says that he waits gets it from his wait.
            while !shared.condition.withLock({ shared.isWaiting }) {}
            shared.condition.withLock {
                shared.value = 1
                shared.condition.broadcast()
            }
        }
        return shared.condition.withLock {
            shared.isWaiting = true
            let end = ContinuousClock.now + .seconds(20)
            while shared.value == 0 { if !shared.condition.wait(until: end) { return false } }
            return true
        }
    }

    @Test func `who waits hears of a change long before the deadline`() { #expect(Self.wakes(Shared())) }

    @available(*, noasync) private static func waited(_ time: Duration) -> (isWoken: Bool, time: Duration) {
        let condition = Condition(), begun = ContinuousClock.now
        // Somebody may be woken without a reason (pthread_cond_wait(3)); that is no end of the wait.
        let isWoken = condition.withLock {
            while condition.wait(until: begun + time) { if ContinuousClock.now >= begun + time { return true } }
            return false
        }
        return (isWoken, ContinuousClock.now - begun)
    }

    @Test(arguments: [Duration.milliseconds(30), .zero, .seconds(-3), .milliseconds(999)])
    func `comes back at the deadline when nobody says anything, not before it`(time: Duration) {
        let (isWoken, waited) = Self.waited(time)
        #expect(!isWoken && waited >= time)
        #expect(waited < max(time, .zero) + .seconds(10))
    }
}
