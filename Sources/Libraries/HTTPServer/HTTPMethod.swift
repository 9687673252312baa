/// The methods that a route may want to tell apart.
package enum HTTPMethod: Sendable, Equatable {
    case get, head, post, put, patch, delete, options
    /// Any other token; nothing here serves one.
    case other

    /// - Parameter text: as sent, ending with a zero byte; methods are case-sensitive.
    init(_ text: UnsafePointer<CChar>) {
        // By hand: comparing Strings would cost more than the rest of the head.
        func `is`(_ name: StaticString) -> Bool {
            name.withUTF8Buffer { bytes in
                for index in bytes.indices where unsafe UInt8(bitPattern: text[index]) != bytes[index] { return false }
                return unsafe text[bytes.count] == 0
            }
        }
        if `is`("POST") { self = .post }
        else if `is`("GET") { self = .get }
        else if `is`("HEAD") { self = .head }
        else if `is`("PUT") { self = .put }
        else if `is`("PATCH") { self = .patch }
        else if `is`("DELETE") { self = .delete }
        else if `is`("OPTIONS") { self = .options }
        else { self = .other }
    }
}
