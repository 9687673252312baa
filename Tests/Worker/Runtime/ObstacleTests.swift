import LibPQ
import Observability
import Testing
@testable import Worker

@Suite("an obstacle") struct ObstacleTests {
    private static let error = PostgresError(sqlstate: "NB003", message: "the catalogue cannot be read")

    @Test func `stands in health while it is met, and for as long as two tries may be apart`() {
        let health = Health(), now = ContinuousClock.now
        let obstacle = Obstacle(health: health, log: Log(program: "test", level: .error, format: .text), patience: .seconds(20))
        obstacle.look(now: now)
        #expect(health.known.isEmpty, "nothing is said of what never was")
        obstacle.met(Self.error, now: now)
        obstacle.met(Self.error, now: now + .seconds(10))
        obstacle.look(now: now + .seconds(30))
        #expect(!health.isReady && health.known["stage"]?.saying.contains("the catalogue cannot be read") == true)
        obstacle.look(now: now + .seconds(31))
        #expect(health.isReady)
    }

    @Test func `is longer patient than the longest pause between two tries`() {
        #expect(Backoff().most < 20)
    }

    @Test func `says nothing against PostgreSQL, as other errors of the kind do`() {
        let health = Health(waitingFor: WorkerSignals.parts), metrics = Metrics()
        let signals = WorkerSignals(metrics: metrics, health: health, log: Log(program: "test", level: .error, format: .text))
        signals.databaseAnswers()
        signals.retry(Self.error, attempt: 1, seconds: 1)
        #expect(health.known["postgresql"]?.isReady == true && health.known["stage"]?.isReady == false)
        #expect(metrics.render().contains(#"nicobar_worker_retries_total{cause="stage"} 1"#))
        signals.retry(PostgresError(sqlstate: "42P01", message: "no such table"), attempt: 1, seconds: 1)
        #expect(health.known["postgresql"]?.isReady == false)
    }
}
