import Testing
import Worker

@Suite struct BackoffTests {
    @Test func `doubles from failure to failure up to the most, always between half and the whole`() {
        var backoff = Backoff(first: 0.05, most: 10), random = SystemRandomNumberGenerator()
        for attempt in 0..<40 {
            let full = min(10, 0.05 * Double(1 << min(attempt, 20)))
            let seconds = backoff.next(&random)
            #expect(seconds >= full / 2 && seconds <= full)
        }
        #expect(backoff.attempts == 40)
    }

    @Test func `begins anew once something worked`() {
        var backoff = Backoff(first: 1, most: 100), random = SystemRandomNumberGenerator()
        for _ in 0..<5 { _ = backoff.next(&random) }
        backoff.reset()
        #expect(backoff.attempts == 0 && backoff.next(&random) <= 1)
    }

    @Test func `has chance in it, so that many do not come back together`() {
        var random = SystemRandomNumberGenerator()
        let waits = (0..<50).map { _ in
            var backoff = Backoff()
            return backoff.next(&random)
        }
        #expect(Set(waits).count > 40)
    }
}
