import CMicroHTTP
import Glibc

/// How a request says where it ends, read strictly.
///
/// libmicrohttpd takes much that RFC 9112 forbids, and some of it would let two servers disagree on where a request ends (request smuggling). It keeps the head
/// in place and only writes zero bytes over delimiters, so this checks that every byte from the method to the empty line belongs to a part that is known and
/// well formed. What would break that: a bare line feed, a zero byte, a folded line (which libmicrohttpd takes for a part of the name), white space before a colon.
@unsafe struct Framing {
    enum Verdict: Equatable {
        case nothing
        case length(UInt64)
        case chunked
        case malformed
    }

    private var isSound = true
    /// Where the next header line must begin.
    private var expected: UnsafePointer<CChar>
    private var hosts = 0
    private var lengths = 0
    private var encodings = 0
    private var isChunked = false
    private var length: UInt64 = 0

    /// - Parameters:
    ///   - method: as libmicrohttpd gives it, where the head begins; so for the target and the version.
    ///   - targetSize: bytes of the target with its query.
    static func check(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>, target: UnsafePointer<CChar>, targetSize: Int, version: UnsafePointer<CChar>
    ) -> Verdict {
        let methodSize = unsafe strlen(method)
        // "HTTP/1.1" and its line break; libmicrohttpd has checked the eight bytes.
        var framing = unsafe Framing(expected: version + 10)
        let line = unsafe UnsafeRawBufferPointer(start: method, count: methodSize)
        guard unsafe isToken(line), unsafe method + methodSize + 1 == target, unsafe target + targetSize + 1 == version else { return .malformed }
        unsafe withUnsafeMutablePointer(to: &framing) { unsafe _ = MHD_get_connection_values_n(connection, .HEADER_KIND, readHeaderLine, $0) }
        let end = unsafe method + nicobar_http_head_size(connection)
        guard unsafe framing.isSound, unsafe framing.expected + 2 == end else { return .malformed }
        return unsafe framing.verdict(isOld: version[7] == 0x30)
    }

    private init(expected: UnsafePointer<CChar>) { unsafe self.expected = unsafe expected }

    private func verdict(isOld: Bool) -> Verdict {
        guard unsafe hosts == 1 || (isOld && hosts == 0), unsafe lengths + encodings <= 1 else { return .malformed }
        if unsafe encodings == 1 { return unsafe isChunked && !isOld ? .chunked : .malformed }
        return unsafe lengths == 0 || length == 0 ? .nothing : .length(length)
    }

    fileprivate mutating func read(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        guard let start = name.baseAddress, let text = value.baseAddress, unsafe start == UnsafeRawPointer(expected) else {
            unsafe isSound = false
            return
        }
        // Between the two: the colon, and white space that was skipped.
        guard unsafe start + name.count < text, unsafe Framing.isToken(name), unsafe Framing.isText(value) else {
            unsafe isSound = false
            return
        }
        unsafe expected = unsafe (text + value.count + 2).assumingMemoryBound(to: CChar.self)
        switch name.count {
        case 4 where unsafe strncasecmp(start, "host", 4) == 0: unsafe hosts += 1
        case 14 where unsafe strncasecmp(start, "content-length", 14) == 0:
            unsafe lengths += 1
            unsafe readLength(value)
        case 17 where unsafe strncasecmp(start, "transfer-encoding", 17) == 0:
            unsafe encodings += 1
            unsafe isChunked = unsafe value.count == 7 && strncasecmp(text, "chunked", 7) == 0
        default: break
        }
    }

    private mutating func readLength(_ value: UnsafeRawBufferPointer) {
        unsafe length = 0
        if unsafe value.isEmpty { unsafe isSound = false }
        for unsafe byte in unsafe value {
            let (shifted, tooLarge) = unsafe length.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = shifted.addingReportingOverflow(UInt64(byte &- 0x30))
            guard byte >= 0x30, byte <= 0x39, !tooLarge, !overflow else {
                unsafe isSound = false
                return
            }
            unsafe length = sum
        }
    }

    /// RFC 9110, 5.6.2.
    private static func isToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for unsafe byte in unsafe bytes {
            switch byte {
            case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2D, 0x5F: continue
            case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2E, 0x5E, 0x60, 0x7C, 0x7E: continue
            default: return false
            }
        }
        return unsafe !bytes.isEmpty
    }

    /// RFC 9110, 5.5: no control characters but the tab.
    private static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for unsafe byte in unsafe bytes where byte < 0x20 && byte != 0x09 || byte == 0x7F { return false }
        return true
    }
}

private func readHeaderLine(
    _ framing: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _ nameSize: Int, _ value: UnsafePointer<CChar>?,
    _ valueSize: Int
) -> MHD_Result {
    let framing = unsafe framing!.assumingMemoryBound(to: Framing.self)
    unsafe framing.pointee.read(UnsafeRawBufferPointer(start: name, count: nameSize), UnsafeRawBufferPointer(start: value, count: valueSize))
    return .YES
}
