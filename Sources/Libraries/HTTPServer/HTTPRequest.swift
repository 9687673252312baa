import CMicroHTTP

/// A request that has been received whole and is well formed. Lent: neither it nor what it gives may be kept after the call.
@safe package struct HTTPRequest: ~Copyable {
    package let method: HTTPMethod
    package let path: HTTPPath
    /// The body, of any content. 64 readable bytes of zero stand behind it, as simdjson wants them.
    package let body: UnsafeRawBufferPointer
    private let connection: OpaquePointer

    init(_ connection: OpaquePointer, method: HTTPMethod, path: HTTPPath, body: UnsafeRawBufferPointer) {
        unsafe self.connection = unsafe connection
        self.method = method
        self.path = path
        unsafe self.body = unsafe body
    }

    /// The value of the first header line with this name, in any case of letters, without the white space around it; nil if there is none.
    package func header(_ name: StaticString) -> UnsafeRawBufferPointer? {
        var value: UnsafePointer<CChar>?
        var size = 0
        let found = unsafe name.utf8Start.withMemoryRebound(to: CChar.self, capacity: name.utf8CodeUnitCount) { start in
            unsafe MHD_lookup_connection_value_n(connection, .HEADER_KIND, start, name.utf8CodeUnitCount, &value, &size)
        }
        guard found == .YES, let value = unsafe value else { return nil }
        // libmicrohttpd skips it in front only.
        while size > 0, unsafe value[size - 1] == 0x20 || value[size - 1] == 0x09 { size -= 1 }
        return unsafe UnsafeRawBufferPointer(start: value, count: size)
    }

    /// How many header lines have this name. Whoever acts on a header that must be there once asks for this too.
    package func headerCount(_ name: StaticString) -> Int {
        unsafe name.utf8Start.withMemoryRebound(to: CChar.self, capacity: name.utf8CodeUnitCount) { start in
            unsafe nicobar_http_header_count(connection, start, name.utf8CodeUnitCount)
        }
    }
}
