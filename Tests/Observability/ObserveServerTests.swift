import Foundation
import Observability
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite("the observe server") struct ObserveServerTests {
    private func get(_ port: UInt16, _ path: String) async throws -> (Int, String) {
        let (data, response) = try await URLSession.shared.data(from: #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
    }

    @Test func `answers metrics, life and readiness over HTTP, and says where an address is taken`() async throws {
        let metrics = Metrics(), health = Health(waitingFor: ["kafka"])
        metrics.counter("n_total", "N.").add(3)
        let log = Log(program: "tests", level: .error, format: .json)
        let server = try ObserveServer(host: "127.0.0.1", port: 0, Observatory(metrics: metrics, health: health), log)
        let refusal = #expect(throws: ObserveServer.Refusal.self) {
            try ObserveServer(host: "127.0.0.1", port: server.port, Observatory(metrics: metrics, health: health), log)
        }
        #expect(refusal?.description.contains("already in use") == true)
        server.start()
        #expect(try await get(server.port, "/metrics").1.contains("n_total 3\n"))
        #expect(try await get(server.port, "/healthz").0 == 200)
        #expect(try await get(server.port, "/readyz").0 == 503)
        health.set("kafka", ready: true)
        #expect(try await get(server.port, "/readyz").0 == 200)
        #expect(try await get(server.port, "/").0 == 404)
        server.stop()
    }
}
