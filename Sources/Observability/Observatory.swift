/// What a process says of itself to those who watch it: `/metrics`, `/healthz`, `/readyz`. Safe from any thread.
package struct Observatory: Sendable {
    /// An answer for HTTP.
    package struct Answer: Sendable, Equatable {
        package let status: Int
        package let contentType: String
        package let body: String
    }

    /// The paths it answers, all for GET.
    package static let paths: Set<String> = ["/metrics", "/healthz", "/readyz"]

    package let metrics: Metrics
    package let health: Health

    package init(metrics: Metrics, health: Health) {
        self.metrics = metrics
        self.health = health
    }

    /// Answers a GET of one of `paths`; nil for any other.
    package func answer(_ path: String) -> Answer? {
        switch path {
        case "/metrics":
            return Answer(status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body: metrics.render())
        case "/healthz":
            // Whoever answers is alive.
            return Answer(status: 200, contentType: "application/json", body: #"{"alive":true}"# + "\n")
        case "/readyz":
            let parts = health.known
            let list = parts.sorted { $0.key < $1.key }.map { name, part in
                "\(JSONText.string(name)):{\"ready\":\(part.isReady),\"saying\":\(JSONText.string(part.saying))}"
            }
            let ready = parts.values.allSatisfy(\.isReady)
            return Answer(
                status: ready ? 200 : 503, contentType: "application/json",
                body: "{\"ready\":\(ready),\"parts\":{\(list.joined(separator: ","))}}\n")
        default: return nil
        }
    }
}
