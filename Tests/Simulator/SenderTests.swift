import Glibc
import Synchronization
import Testing
@testable import Simulator

private let plainHeaders: Sign = { id, timestamp, _ in [("webhook-id", id), ("webhook-timestamp", String(timestamp)), ("webhook-signature", "v1,x")] }

private func sender(_ server: TinyServer, _ options: SendOptions) -> Sender {
    Sender(to: Endpoint(host: "127.0.0.1", port: server.port, path: "/webhooks/dodo"), options, sign: plainHeaders)
}

private func some(_ count: Int) -> [Delivery] { Array(DeliveryPlan(seed: 21).deliveries(events: count)) }

@Suite struct `the sender` {
    @Test func `brings every delivery over a few connections that stay open`() async throws {
        let server = try TinyServer { _, _ in .bytes("HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n") }
        defer { server.stop() }
        let deliveries = some(500)
        let report = try await sender(server, SendOptions(connections: 4)).send(deliveries)
        #expect(report.attempts == 500 && report.accepted == 500 && report.statuses == [204: 500])
        #expect(report.everythingArrived && report.latency.count == 500)
        #expect(server.connections <= 4)
        let got = server.requests
        #expect(Set(got.compactMap { $0.header("webhook-id") }) == Set(deliveries.map(\.webhookId)))
        #expect(Set(got.map(\.body)) == Set(deliveries.map(\.body)))
        #expect(got.allSatisfy { $0.head.hasPrefix("POST /webhooks/dodo HTTP/1.1\r\n") && $0.header("content-type") == "application/json" })
    }

    @Test func `counts refusals by status and gives up after one attempt unless told to retry`() async throws {
        let server = try TinyServer { number, _ in TinyServer.status([200, 401, 503][number % 3]) }
        defer { server.stop() }
        let report = try await sender(server, SendOptions(connections: 1)).send(some(30))
        #expect(report.statuses == [200: 10, 401: 10, 503: 10])
        #expect(report.refused == [401: 10, 503: 10] && report.givenUp == 20 && report.retries == 0)
    }

    @Test func `climbs the ladder until a delivery is accepted`() async throws {
        let server = try TinyServer { number, _ in TinyServer.status(number < 3 ? 503 : 204) }
        defer { server.stop() }
        let ladder = RetryLadder(speed: 20_000)
        let report = try await sender(server, SendOptions(connections: 1, ladder: ladder)).send(some(1))
        #expect(report.attempts == 4 && report.retries == 3 && report.accepted == 1 && report.everythingArrived)
        // 35 min 5 s, twenty thousand times faster.
        #expect(report.seconds >= 2105.0 / 20_000)
        #expect(Set(server.requests.compactMap { $0.header("webhook-id") }).count == 1)
    }

    @Test func `survives answers that are chunked, closing, interim, late or no HTTP at all`() async throws {
        let server = try TinyServer { number, _ in
            switch number {
            case 0: .bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
            case 1: .bytesThenClose("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            case 2: .bytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
            case 3: .bytesThenClose("HTTP/1.1 200 OK\r\n\r\nuntil the end")
            case 4: .bytes("SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n")
            case 5: .closeSilently
            case 6: .never
            default: .bytes("HTTP/1.1 204 No Content\r\n\r\n")
            }
        }
        defer { server.stop() }
        let report = try await sender(server, SendOptions(connections: 1, timeoutSeconds: 0.3)).send(some(8))
        #expect(report.statuses == [200: 3, 202: 1, 204: 1])
        #expect(report.malformed == 1 && report.unreachable == 1 && report.timedOut == 1 && report.attempts == 8)
    }

    @Test func `sends again at once what met a connection that had just been closed`() async throws {
        let server = try TinyServer { number, _ in number == 1 ? .closeSilently : .bytes("HTTP/1.1 204 No Content\r\n\r\n") }
        defer { server.stop() }
        let report = try await sender(server, SendOptions(connections: 1)).send(some(3))
        #expect(report.accepted == 3 && report.unreachable == 0 && server.requests.count == 4)
    }

    @Test func `keeps to a rate and measures from the intended time`() async throws {
        let server = try TinyServer { _, _ in .bytes("HTTP/1.1 204 No Content\r\n\r\n") }
        defer { server.stop() }
        let report = try await sender(server, SendOptions(connections: 8, rate: 1000)).send(some(200))
        #expect(report.accepted == 200)
        #expect(report.seconds >= 0.199, "the last of 200 is due after 199 ms")
    }

    @Test func `in an open loop counts the wait of those that were due while the receiver stood still`() async throws {
        let server = try TinyServer { number, _ in
            if number == 0 { usleep(300_000) }
            return .bytes("HTTP/1.1 204 No Content\r\n\r\n")
        }
        defer { server.stop() }
        // One connection, so that the first answer holds up the schedule: 100 are due within its 300 ms, and each of them has waited.
        let report = try await sender(server, SendOptions(connections: 1, rate: 333)).send(some(100))
        #expect(report.accepted == 100)
        #expect(report.latency.milliseconds(percentile: 0.5) > 100, "a loop that began its clock at the late sending would say a fraction of a millisecond")
    }

    @Test func `tells of every answer with the time since it was due`() async throws {
        let server = try TinyServer { number, _ in TinyServer.status(number == 3 ? 503 : 204) }
        defer { server.stop() }
        let told = Mutex<[(id: String, status: Int, nanoseconds: Int64)]>([])
        let sender = Sender(
            to: Endpoint(host: "127.0.0.1", port: server.port, path: "/"), SendOptions(connections: 1), sign: plainHeaders,
            onAnswer: { delivery, status, nanoseconds in told.withLock { $0.append((delivery.webhookId, status, nanoseconds)) } })
        let deliveries = some(6)
        _ = try await sender.send(deliveries)
        told.withLock { told in
            #expect(told.map(\.id) == deliveries.map(\.webhookId) && told.map(\.status) == [204, 204, 204, 503, 204, 204])
            #expect(told.allSatisfy { $0.nanoseconds > 0 })
        }
    }

    @Test func `says that nobody listens`() async throws {
        let server = try TinyServer { _, _ in .never }
        server.stop()
        let report = try await sender(server, SendOptions(connections: 2)).send(some(5))
        #expect(report.unreachable == 5 && report.givenUp == 5 && report.accepted == 0)
    }

    @Test func `posts a single request for those that want their own headers`() throws {
        let server = try TinyServer { _, request in TinyServer.status(request.header("webhook-signature") == nil ? 401 : 204) }
        defer { server.stop() }
        let endpoint = Endpoint(host: "127.0.0.1", port: server.port, path: "/")
        #expect(SingleRequest.post(to: endpoint, headers: [], body: [123, 125]) == 401)
        #expect(SingleRequest.post(to: endpoint, headers: [("webhook-signature", "v1,x")], body: [123, 125]) == 204)
    }
}

@Suite struct `an endpoint` {
    @Test(arguments: [("http://127.0.0.1:8080/webhooks/dodo", "127.0.0.1", 8080, "/webhooks/dodo"), ("http://host", "host", 80, "/"),
                      ("http://[::1]:9/x?y=1", "::1", 9, "/x?y=1"), ("http://h:1?q", "h", 1, "/?q")])
    func `is read from a URL`(url: String, host: String, port: UInt16, path: String) throws {
        #expect(try Endpoint(url: url) == Endpoint(host: host, port: port, path: path))
    }

    @Test(arguments: ["https://h/", "h:1", "http://", "http://h:0/", "http://h:x/", "http://h:70000", "http://h/a b"])
    func `is refused when it cannot be used`(url: String) {
        #expect(throws: Endpoint.Fault.self) { try Endpoint(url: url) }
    }
}
