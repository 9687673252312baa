extension HostileRows {
    /// Requests whose end could be seen in two ways, or that lie about it.
    mutating func addFraming() {
        func length(_ text: String) -> (inout RawDelivery) -> Void { { $0.framing = text.replacing("N", with: "\($0.body.count)") } }
        add("a length one too large and then the end", .cut([400, 408]), finishes: true) { $0.framing = "Content-Length: \($0.body.count + 1)\r\n" }
        add("a length one too small", .refused(401)) { $0.framing = "Content-Length: \($0.body.count - 1)\r\n" }
        add("no length at all", .refused(401)) { $0.framing = "" }
        add("a length beyond the limit, and no body", .refused(413)) {
            $0.framing = "Content-Length: 1048577\r\n"
            $0.sentBody = []
        }
        add("a length beyond 64 bits", .cut([400, 413])) { $0.framing = "Content-Length: 99999999999999999999999\r\n" }
        add("a negative length", .cut([400])) { $0.framing = "Content-Length: -1\r\n" }
        add("a length with a sign", .cut([400]), length("Content-Length: +N\r\n"))
        add("a hexadecimal length", .cut([400]), length("Content-Length: 0xN\r\n"))
        add("a length with a fraction", .cut([400]), length("Content-Length: N.0\r\n"))
        add("an empty length", .cut([400]), length("Content-Length:\r\n"))
        add("two equal lengths", .refused(400), length("Content-Length: N\r\nContent-Length: N\r\n"))
        add("two different lengths", .refused(400), length("Content-Length: N\r\nContent-Length: 0\r\n"))
        add("a list of lengths", .cut([400]), length("Content-Length: N, N\r\n"))
        // Whole and well formed by either of the two, so that nothing but the contradiction can be refused.
        for (name, order) in [("a length and chunks", "Content-Length: N\r\nTransfer-Encoding: chunked\r\n"), ("chunks and a length", "Transfer-Encoding: chunked\r\nContent-Length: N\r\n")] {
            add(name, .refused(400)) {
                let chunks = Array((String($0.body.count, radix: 16) + "\r\n").utf8) + $0.body + Array("\r\n0\r\n\r\n".utf8)
                $0.sentBody = chunks
                $0.framing = order.replacing("N", with: "\(chunks.count)")
            }
        }
        add("a space before the colon of the length", .refused(400), length("Content-Length : N\r\n"))
        add("a tab before the colon of the encoding", .refused(400), length("Transfer-Encoding\t: chunked\r\nContent-Length: N\r\n"))
        add("an underscore for the hyphen", .refused(401), length("Content_Length: N\r\n"))
        for coding in ["gzip, chunked", "identity", "chunked, chunked", "xchunked", "chunked;q=1", "\"chunked\"", ""] {
            add("the encoding '\(coding)'", .cut([400]), length("Transfer-Encoding: \(coding)\r\n"))
        }
        add("two encodings", .refused(400), length("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"))
        add("a folded header", .refused(400), length("X-Folded: a\r\n  b\r\nContent-Length: N\r\n"))
        add("a folded length", .refused(400), length("Content-Length:\r\n N\r\n"))
        add("a line without a colon", .cut([400]), length("nonsense\r\nContent-Length: N\r\n"))
        add("a header without a name", .cut([400]), length(": x\r\nContent-Length: N\r\n"))
        add("a header name with a space", .refused(400), length("X Y: z\r\nContent-Length: N\r\n"))
        add("a NUL in a header", .cut([400]), length("X-Y: a\0b\r\nContent-Length: N\r\n"))
        add("a bare carriage return in a header", .cut([400]), length("X-Y: a\rTransfer-Encoding: chunked\r\nContent-Length: N\r\n"))
        addBytes("bare line feeds", .cut([400])) { Array($0.head.replacing("\r\n", with: "\n").utf8) + $0.body }
        addBytes("one bare line feed", .cut([400])) { Array($0.head.replacing("application/json\r\n", with: "application/json\n").utf8) + $0.body }

        func chunked(_ body: @escaping (RawDelivery) -> String) -> (inout RawDelivery) -> Void {
            {
                $0.framing = "Transfer-Encoding: chunked\r\n"
                $0.sentBody = Array(body($0).utf8)
            }
        }
        func text(_ delivery: RawDelivery) -> String { String(decoding: delivery.body, as: UTF8.self) }
        func hex(_ delivery: RawDelivery) -> String { String(delivery.body.count, radix: 16) }
        add("one chunk", .taken, chunked { "\(hex($0))\r\n\(text($0))\r\n0\r\n\r\n" })
        add("a chunk for each byte, with trailers", .taken) {
            $0.framing = "Transfer-Encoding: chunked\r\n"
            $0.sentBody = $0.body.flatMap { Array("1\r\n".utf8) + [$0] + Array("\r\n".utf8) } + Array("0\r\nX-Trailer: 1\r\n\r\n".utf8)
        }
        add("a chunk that has no size", .cut([400]), finishes: true, chunked { "zz\r\n\(text($0))\r\n0\r\n\r\n" })
        add("a chunk of negative size", .cut([400]), finishes: true, chunked { "-5\r\n\(text($0))\r\n0\r\n\r\n" })
        add("a chunk of more than 64 bits", .cut([400, 413]), finishes: true, chunked { "fffffffffffffffff\r\n\(text($0))\r\n0\r\n\r\n" })
        add("a chunk longer than its size", .cut([400, 401]), finishes: true, chunked { "5\r\n\(text($0))\r\n0\r\n\r\n" })
        add("chunks without an end", .cut([400, 408]), finishes: true, chunked { "\(hex($0))\r\n\(text($0))\r\n" })
        add("chunks beyond 1 MiB", .refused(413), chunked { _ in String(repeating: "4000\r\n" + String(repeating: "x", count: 0x4000) + "\r\n", count: 65) + "0\r\n\r\n" })
    }

    /// Requests that are not for us, or no requests.
    mutating func addRequests() {
        add("two hosts", .refused(400)) { $0.host += "Host: other.example.com\r\n" }
        add("no host", .refused(400)) { $0.host = "" }
        for (name, line, answer) in [
            ("a method that is none", "P@ST( /webhooks/dodo HTTP/1.1", .cut([400])), ("an unknown method", "BREW /webhooks/dodo HTTP/1.1", .refused(405)),
            ("a method in small letters", "post /webhooks/dodo HTTP/1.1", .refused(405)), ("no method", " /webhooks/dodo HTTP/1.1", .cut([400])),
            ("PUT", "PUT /webhooks/dodo HTTP/1.1", .refused(405)), ("PATCH", "PATCH /webhooks/dodo HTTP/1.1", .refused(405)),
            ("DELETE", "DELETE /webhooks/dodo HTTP/1.1", .refused(405)), ("OPTIONS", "OPTIONS /webhooks/dodo HTTP/1.1", .refused(405)),
            ("CONNECT", "CONNECT /webhooks/dodo HTTP/1.1", .cut([400, 405])), ("TRACE", "TRACE /webhooks/dodo HTTP/1.1", .refused(405)),
            ("GET with a body", "GET /webhooks/dodo HTTP/1.1", .refused(405)),
            ("version 3", "POST /webhooks/dodo HTTP/3.0", .cut([400, 505])), ("version 1.2, which is as good as 1.1", "POST /webhooks/dodo HTTP/1.2", .taken), ("no version", "POST /webhooks/dodo", .cut([400, 505])),
            ("a version that is none", "POST /webhooks/dodo HTTX/1.1", .cut([400, 505])), ("two spaces", "POST  /webhooks/dodo HTTP/1.1", .cut([400])),
            ("words behind the version", "POST /webhooks/dodo HTTP/1.1 x", .cut([400, 505])),
            ("an absolute address", "POST http://hooks.example.com/webhooks/dodo HTTP/1.1", .refused(404)), ("a star", "POST * HTTP/1.1", .refused(404)),
            ("another path", "POST /webhooks/stripe HTTP/1.1", .refused(404)), ("a slash too many", "POST /webhooks/dodo/ HTTP/1.1", .refused(404)),
            ("an escaped path", "POST /webhooks/%64odo HTTP/1.1", .refused(404)), ("dots in the path", "POST /x/../webhooks/dodo HTTP/1.1", .refused(404)),
            ("a delivery to the metrics", "POST /metrics HTTP/1.1", .refused(405)), ("a control character in the path", "POST /webhooks/dodo\u{1} HTTP/1.1", .cut([400])),
            ("a target of 64 kB", "POST /\(String(repeating: "x", count: 65_536)) HTTP/1.1", .cut([400, 413, 414, 431])), ("a query", "POST /webhooks/dodo?a=b HTTP/1.1", .taken),
        ] as [(String, String, HostileRow.Answer)] {
            add(name, answer) { $0.requestLine = line }
        }
        add("64 kB of headers", .cut([400, 413, 431])) { $0.extra = (0..<1000).map { "X-Filler-\($0): \(String(repeating: "x", count: 50))\r\n" }.joined() }
        add("one header of 64 kB", .cut([400, 413, 431])) { $0.extra = "X-Filler: \(String(repeating: "x", count: 65_536))\r\n" }
        add("200 headers", .taken) { $0.extra = (0..<200).map { "X-\($0): y\r\n" }.joined() }
        addBytes("the hello of TLS", .cut([400]), finishes: true) { _ in [0x16, 0x03, 0x01, 0x02, 0, 1, 0, 1, 0xFC, 3, 3] + (0..<200).map { UInt8($0) } + [13, 10, 13, 10] }
        addBytes("the preface of HTTP/2", .cut([400, 405, 505]), finishes: true) { _ in Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) }
        addBytes("nothing", .cut([]), finishes: true) { _ in [] }
        addBytes("empty lines before a good delivery", .taken) { Array("\r\n\r\n".utf8) + $0.bytes }
        addBytes("half a head", .cut([400, 408]), finishes: true) { Array($0.bytes.prefix(60)) }
        addBytes("HTTP/1.0", .taken) { $0.with { $0.requestLine = "POST /webhooks/dodo HTTP/1.0" }.bytes }
        addBytes("HTTP/1.0 with chunks", .refused(400)) { $0.with { $0.requestLine = "POST /webhooks/dodo HTTP/1.0"; $0.framing = "Transfer-Encoding: chunked\r\n" }.bytes }
        addBytes("a forged delivery hidden in the body of a refused one", .refused(404)) { good in
            let hidden = good.with { $0.signature = { _ in "v1,AAAA" } }
            return good.with { $0.requestLine = "POST /x HTTP/1.1"; $0.body = hidden.bytes }.bytes
        }
    }
}
