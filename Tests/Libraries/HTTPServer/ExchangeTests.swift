import HTTPServer
import TestKit
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ExchangeTests {
    @Test func `a request is answered and the connection stays`() throws {
        let running = try RunningServer(), client = try running.client()
        for _ in 0..<3 {
            client.send(Request.get())
            let answer = client.answer()
            #expect(answer?.status == 200)
            #expect(answer?.text == "hello\n")
            #expect(answer?.closes == false)
            #expect(answer?.header("server") == nil)
            #expect(answer?.header("date") != nil)
        }
        #expect(running.server.counters == HTTPCounters(connections: 1, requests: 3))
    }

    @Test func `a body comes whole, however it is cut on the way`() throws {
        let running = try RunningServer(), client = try running.client()
        let body = String(repeating: "0123456789", count: 200)
        let request = Request.post("/echo", body)
        for size in [request.utf8.count, 1000, 97, 7] {
            var rest = Substring(request)
            while !rest.isEmpty {
                client.send(String(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(client.answer()?.text == body)
        }
        #expect(running.handler.now.paddingWasZero)
    }

    @Test(arguments: [1, 16_383, 16_384, 16_385, 70_000, 1 << 20]) func `a body may be as large as the limit`(size: Int) throws {
        let running = try RunningServer(), client = try running.client()
        let body = String(repeating: "a", count: size - 1) + "z"
        for _ in 0..<2 {
            client.send(Request.post("/echo", body))
            #expect(client.answer()?.text == body)
        }
        #expect(running.handler.now.paddingWasZero)
    }

    @Test func `a chunked body is put together and ends the connection`() throws {
        let running = try RunningServer(), client = try running.client()
        client.send(Request.chunked("/echo", ["hello ", "chunked ", String(repeating: "x", count: 40_000)]))
        let answer = client.answer()
        #expect(answer?.text == "hello chunked " + String(repeating: "x", count: 40_000))
        #expect(answer?.closes == true)
        #expect(client.ends())
    }

    @Test func `pipelined requests are answered in order`() throws {
        let running = try RunningServer(), client = try running.client()
        client.send((0..<50).map { Request.post("/echo", "number \($0)") }.joined())
        for index in 0..<50 { #expect(client.answer()?.text == "number \(index)") }
    }

    @Test func `a pipelined request waits for the one before that is answered later`() throws {
        let running = try RunningServer(), client = try running.client()
        client.send(Request.post("/later", "first") + Request.post("/echo", "second"))
        #expect(running.handler.waits { $0.pending.count == 1 })
        #expect(running.handler.now.bodies == ["first"])
        running.handler.release([(running.handler.now.pending[0], "first is done")], running.server)
        #expect(client.answer()?.text == "first is done\n")
        #expect(client.answer()?.text == "second")
    }

    @Test func `HEAD gets the head of GET`() throws {
        let running = try RunningServer(), client = try running.client()
        client.send("HEAD / HTTP/1.1\r\nHost: here\r\n\r\n")
        let answer = client.answer(toHead: true)
        #expect(answer?.status == 200)
        #expect(answer?.header("content-length") == "6")
        client.send(Request.get())
        #expect(client.answer()?.text == "hello\n")
    }

    @Test func `HTTP 1.0 works, with and without keep-alive`() throws {
        let running = try RunningServer()
        let brief = try running.client()
        brief.send("GET / HTTP/1.0\r\n\r\n")
        #expect(brief.answer()?.text == "hello\n")
        #expect(brief.ends())
        let lasting = try running.client()
        for _ in 0..<2 {
            lasting.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(lasting.answer()?.text == "hello\n")
        }
    }

    @Test func `who asks to close is closed`() throws {
        let running = try RunningServer(), client = try running.client()
        client.send(Request.get(headers: "Connection: close\r\n"))
        #expect(client.answer()?.closes == true)
        #expect(client.ends())
    }

    @Test func `who expects 100 gets it before the body, or the refusal instead`() throws {
        let running = try RunningServer(), client = try running.client()
        client.send("POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        #expect(client.answer()?.status == 100)
        client.send("hello")
        #expect(client.answer()?.text == "hello")
        client.send("POST /nowhere HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        #expect(client.answer()?.status == 404)
    }

    @Test func `an unknown path is 404, a wrong method 405, and the connection stays if no body was announced`() throws {
        let running = try RunningServer(), client = try running.client()
        client.send(Request.get("/nowhere"))
        let missing = client.answer()
        #expect(missing?.status == 404)
        #expect(missing?.closes == false)
        client.send(Request.get("/echo"))
        let wrong = client.answer()
        #expect(wrong?.status == 405)
        #expect(wrong?.header("allow") == "POST")
        client.send(Request.post("/nowhere", "a body"))
        let unread = client.answer()
        #expect(unread?.status == 404)
        #expect(unread?.closes == true)
        #expect(client.ends())
        #expect(running.server.counters.requests == 0)
    }

    @Test func `the query is no part of the path, and escapes stay as they are`() throws {
        let running = try RunningServer(), client = try running.client()
        client.send(Request.get("/?a=b&c=%00"))
        #expect(client.answer()?.status == 200)
        client.send(Request.get("/%65cho"))
        #expect(client.answer()?.status == 404)
        client.send(Request.get("/?"))
        #expect(client.answer()?.status == 200)
    }

    @Test func `headers are found in any case, trimmed, and counted`() throws {
        let running = try RunningServer(), client = try running.client()
        client.send(Request.post("/count", "", headers: "WEBHOOK-ID: \t msg_1 \t\r\n"))
        #expect(client.answer()?.text == "1 msg_1\n")
        client.send(Request.post("/count", "", headers: "Webhook-Id: a\r\nwebhook-id: b\r\n"))
        #expect(client.answer()?.text == "2 a\n")
        client.send(Request.post("/count", ""))
        #expect(client.answer()?.text == "0 none\n")
        client.send(Request.post("/count", "", headers: "Webhook-Id:\r\n"))
        #expect(client.answer()?.text == "1 \n")
    }

    @Test func `an answer larger than the socket takes at once arrives whole`() throws {
        let running = try RunningServer(), client = try running.client()
        for _ in 0..<2 {
            client.send(Request.get("/large"))
            #expect(client.answer()?.body.count == 1 << 20)
        }
    }

    @Test func `IPv6 works`() throws {
        let running = try RunningServer(listen: "[::1]:0"), client = try running.client(v6: true)
        #expect(running.server.address.description == "[::1]:\(running.server.port)")
        client.send(Request.get())
        #expect(client.answer()?.text == "hello\n")
    }
}
