import Foundation
import Observability
import Testing

@Suite("the observatory") struct ObservatoryTests {
    @Test func `is ready when all parts are, and says which are not`() throws {
        let health = Health(waitingFor: ["kafka"])
        let observatory = Observatory(metrics: Metrics(), health: health)
        #expect(observatory.answer("/readyz")?.status == 503)
        #expect(health.set("kafka", ready: true))
        #expect(observatory.answer("/readyz")?.status == 200)
        #expect(health.set("postgresql", ready: false, saying: "refuses \"connections\""))
        #expect(!health.set("postgresql", ready: false, saying: "still"))
        let answer = try #require(observatory.answer("/readyz"))
        #expect(answer.status == 503)
        let object = try #require(JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
        #expect(object["ready"] as? Bool == false)
        #expect(((object["parts"] as? [String: Any])?["postgresql"] as? [String: Any])?["saying"] as? String == "still")
    }

    @Test func `is alive whenever it answers, and knows no other paths`() {
        let observatory = Observatory(metrics: Metrics(), health: Health(waitingFor: ["kafka"]))
        #expect(observatory.answer("/healthz")?.status == 200)
        #expect(observatory.answer("/") == nil)
        #expect(Observatory.paths.allSatisfy { observatory.answer($0) != nil })
    }
}
