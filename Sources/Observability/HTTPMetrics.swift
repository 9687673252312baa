package import HTTPServer

extension Metrics {
    /// Registers what an HTTP server counts.
    package func observe(_ server: HTTPServer) {
        let connections = gauge("nicobar_http_connections", "Connections now.")
        let requests = counter("nicobar_http_requests_total", "Requests that were received whole and given to their handler.")
        let refused = counter("nicobar_http_refused_total", "Connections and requests refused before their handler, by cause.", labels: [("cause", "limit")])
        let malformed = counter("nicobar_http_refused_total", "Connections and requests refused before their handler, by cause.", labels: [("cause", "malformed")])
        let timedOut = counter("nicobar_http_timed_out_total", "Connections cut because a request took too long to arrive, or its answer to be read.")
        beforeRendering {
            let counts = server.counters
            connections.set(counts.connections)
            requests.raise(to: counts.requests)
            refused.raise(to: counts.refusedByLimit)
            malformed.raise(to: counts.malformed)
            timedOut.raise(to: counts.timedOut)
        }
    }
}
