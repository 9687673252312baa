import HTTPServer

/// The headers of one delivery that mean something to us, as received; lent for the length of the request.
struct DeliveryHeaders {
    let id: UnsafeRawBufferPointer?
    let timestamp: UnsafeRawBufferPointer?
    let signature: UnsafeRawBufferPointer?
    let traceParent: UnsafeRawBufferPointer?

    /// Longer than any id that anybody makes, and short enough for a key, an index and a log line.
    static let maxIdBytes = 256

    /// Why the headers are refused before the signature is looked at.
    enum Fault: String, Error, CaseIterable { case repeatedHeader = "repeated-header", unusableId = "unusable-id" }

    /// - Throws: `Fault` when a webhook header is there twice, since then nobody knows which one was signed, or the id is nothing that can be kept.
    init(_ request: borrowing HTTPRequest) throws(Fault) {
        id = try Self.only(request, "webhook-id")
        timestamp = try Self.only(request, "webhook-timestamp")
        signature = try Self.only(request, "webhook-signature")
        traceParent = request.headerCount("traceparent") == 1 ? request.header("traceparent") : nil
        if let id, id.count > Self.maxIdBytes || !id.allSatisfy({ $0 > 32 && $0 < 127 }) { throw .unusableId }
    }

    private static func only(_ request: borrowing HTTPRequest, _ name: StaticString) throws(Fault) -> UnsafeRawBufferPointer? {
        switch request.headerCount(name) {
        case 0: return nil
        case 1: return request.header(name)
        default: throw .repeatedHeader
        }
    }
}
