import CMicroHTTP
import Synchronization

/// An answer. Make those that never change once and keep them: using one again costs no allocation.
package struct HTTPResponse: Sendable {
    /// The line of a header. Neither part may have a line break.
    package struct Header: Sendable, Equatable {
        package let name: String
        package let value: String
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// 200 to 599.
    package let status: Int
    package let headers: [Header]
    package let body: [UInt8]
    private let prepared: Prepared

    /// - Parameters:
    ///   - headers: beside Date, Content-Length and Connection, which are set as they must be.
    ///   - body: copied. Left out when the request was HEAD.
    package init(_ status: Int, headers: [Header] = [], body: [UInt8] = []) {
        precondition((200...599).contains(status), "no status of an answer: \(status)")
        self.status = status
        self.headers = headers
        self.body = body
        prepared = Prepared(headers, body)
    }

    /// An answer with a line for people.
    package init(_ status: Int, text: String, headers: [Header] = []) {
        self.init(status, headers: headers + [Header("Content-Type", "text/plain; charset=utf-8")], body: Array((text + "\n").utf8))
    }

    /// 204, which says all there is to say to a sender of webhooks.
    package static let noContent = HTTPResponse(204)

    /// libmicrohttpd's object. Counted by itself, so that it lives until it is sent even if this value goes away.
    ///
    /// - Parameter closing: tells the client that the connection ends with this answer, and ends it.
    func pointer(closing: Bool) -> OpaquePointer { unsafe prepared.pointer(closing: closing) }
}

extension HTTPResponse: Equatable {
    package static func == (one: HTTPResponse, other: HTTPResponse) -> Bool {
        one.status == other.status && one.headers == other.headers && one.body == other.body
    }
}

/// The owner of one `MHD_Response`, or of two when it was also needed as the last of its connection.
///
/// Sendable because both are made once and then only read; libmicrohttpd locks its own counting of references.
@safe private final class Prepared: Sendable {
    private let headers: [HTTPResponse.Header]
    private let body: [UInt8]
    /// Bit patterns of the two pointers, 0 until they are needed.
    private let keeping = Atomic<UInt>(0)
    private let closing = Atomic<UInt>(0)

    init(_ headers: [HTTPResponse.Header], _ body: [UInt8]) {
        self.headers = headers
        self.body = body
    }

    deinit {
        for bits in [keeping.load(ordering: .acquiring), closing.load(ordering: .acquiring)] {
            if let response = unsafe OpaquePointer(bitPattern: bits) { unsafe MHD_destroy_response(response) }
        }
    }

    func pointer(closing last: Bool) -> OpaquePointer {
        unsafe last ? known(closing, closing: true) : known(keeping, closing: false)
    }

    private func known(_ cell: borrowing Atomic<UInt>, closing: Bool) -> OpaquePointer {
        if let known = unsafe OpaquePointer(bitPattern: cell.load(ordering: .acquiring)) { return unsafe known }
        let made = unsafe make(closing: closing)
        let (won, known) = cell.compareExchange(expected: 0, desired: UInt(bitPattern: made), ordering: .acquiringAndReleasing)
        if won { return unsafe made }
        // Another server's thread was quicker.
        unsafe MHD_destroy_response(made)
        return unsafe OpaquePointer(bitPattern: known)!
    }

    private func make(closing: Bool) -> OpaquePointer {
        let response = unsafe body.withUnsafeBytes { bytes in
            unsafe MHD_create_response_from_buffer(bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let response = unsafe response else { fatalError("libmicrohttpd is out of memory") }
        for header in headers {
            let taken = unsafe MHD_add_response_header(response, header.name, header.value)
            precondition(taken == .YES, "no header line can be \(header.name): \(header.value)")
        }
        if closing { _ = unsafe MHD_add_response_header(response, "Connection", "close") }
        return unsafe response
    }
}
