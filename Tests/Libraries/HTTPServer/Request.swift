/// Requests as text.
enum Request {
    static func get(_ path: String = "/", headers: String = "") -> String { "GET \(path) HTTP/1.1\r\nHost: here\r\n\(headers)\r\n" }
    static func post(_ path: String = "/echo", _ body: String, headers: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: here\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }
    static func chunked(_ path: String = "/echo", _ chunks: [String], headers: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\(headers)\r\n"
            + chunks.map { String($0.utf8.count, radix: 16) + "\r\n" + $0 + "\r\n" }.joined() + "0\r\n\r\n"
    }
}
