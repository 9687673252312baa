import HTTPServer
import TestKit
import Testing

@Suite("a request that is postponed", .timeLimit(.minutes(1)))
struct PostponedTests {
    @Test func `is there whole when it is looked at once more`() throws {
        let running = try RunningServer(), client = try running.client()
        let body = String(repeating: "postponed ", count: 5000)
        client.send(Request.post("/postponed", body, headers: "Webhook-Id: msg_1\r\n") + Request.post("/echo", "behind"))
        #expect(running.handler.waits { $0.pending.count == 1 })
        // Another body meanwhile, which must not get the same memory.
        let other = try running.client()
        other.send(Request.post("/echo", String(repeating: "x", count: 50_000)))
        #expect(other.answer()?.body.count == 50_000)
        running.handler.release([(running.handler.now.pending[0], ScriptedHandler.again)], running.server)
        #expect(client.answer()?.text == "/postponed msg_1 \(body)\n")
        #expect(client.answer()?.text == "behind")
        #expect(running.handler.now.taken == [true])
    }

    @Test func `may be answered without being looked at again, and the connection goes on`() throws {
        let running = try RunningServer(), client = try running.client()
        for _ in 0..<3 {
            client.send(Request.post("/postponed", "a body"))
            #expect(running.handler.waits { $0.pending.count == 1 })
            running.handler.releaseAll("sent away", running.server)
            #expect(client.answer()?.text == "sent away\n")
        }
    }

    @Test(arguments: ["later", "postponed"]) func `may be put off again`(how: String) throws {
        let running = try RunningServer(), client = try running.client()
        client.send(Request.post("/postponed", "a body", headers: "Webhook-Id: \(how)\r\n"))
        #expect(running.handler.waits { $0.pending.count == 1 })
        let exchange = running.handler.now.pending[0]
        running.handler.release([(exchange, ScriptedHandler.again)], running.server)
        #expect(running.handler.waits { $0.taken == [true] })
        running.handler.release([(exchange, ScriptedHandler.again)], running.server)
        // Its body is given back once it is answered `.later`: there is nothing to look at.
        #expect(running.handler.waits { $0.taken == [true, how == "postponed"] })
        running.handler.release([(exchange, "done")], running.server)
        #expect(client.answer()?.text == "done\n")
    }

    @Test func `is gone with its client`() throws {
        let running = try RunningServer()
        var client: RawClient? = try running.client()
        client?.send(Request.post("/postponed", "a body"))
        #expect(running.handler.waits { $0.pending.count == 1 })
        client = nil
        #expect(running.handler.waits { $0.abandoned.count == 1 })
        running.handler.release([(running.handler.now.pending[0], ScriptedHandler.again)], running.server)
        #expect(running.handler.waits { $0.taken == [false] })
        #expect(running.handler.now.bodies == ["a body"])
    }

    @Test func `holds memory for its body, which has a limit`() throws {
        let running = try RunningServer(HTTPLimits(maxBufferedBytes: 40_000)), body = String(repeating: "b", count: 10_000)
        let patient = try (0..<2).map { _ in try running.client() }
        for client in patient { client.send(Request.post("/postponed", body)) }
        #expect(running.handler.waits { $0.pending.count == 2 })
        let third = try running.client()
        third.send(Request.post("/postponed", body))
        #expect(third.answer()?.status == 503)
        running.handler.releaseAll("sent away", running.server)
        for client in patient { #expect(client.answer()?.status == 200) }
        let fourth = try running.client()
        fourth.send(Request.post("/echo", body))
        #expect(fourth.answer()?.text == body)
    }
}
