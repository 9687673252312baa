import Glibc

/// The path of a request as it was sent: without the query, percent escapes as they are. Lent: of no use after the call that gave it.
@safe package struct HTTPPath {
    private let bytes: UnsafeRawBufferPointer

    init(lending bytes: UnsafeRawBufferPointer) { unsafe self.bytes = unsafe bytes }

    /// Whether the path is exactly this one. Lets a path be switched over.
    package static func ~= (name: StaticString, path: HTTPPath) -> Bool {
        unsafe path.bytes.count == name.utf8CodeUnitCount && memcmp(path.bytes.baseAddress!, name.utf8Start, name.utf8CodeUnitCount) == 0
    }

    /// A copy that may be kept.
    package var text: String { unsafe String(decoding: bytes, as: UTF8.self) }
}
