import Allocator
import Foundation
import Testing

@Suite struct AllocatorTests {
    /// What the process has in memory, in bytes.
    private static func resident() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
        return try #require(Int(pages)) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// The sanitizers bring an allocator of their own.
    private static let isGlibcs = dlsym(nil, "__asan_init") == nil && dlsym(nil, "__tsan_init") == nil

    @Test(.enabled(if: isGlibcs)) func `gives back what was freed below something that is still in use`() throws {
        // Pieces too small for mappings of their own, the last of them kept: the heap cannot be cut off at its end.
        let pieces = (0..<8192).map { _ in
            let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 8 << 10, alignment: 8)
            _ = piece.initializeMemory(as: UInt8.self, repeating: 1)
            return piece
        }
        for piece in pieces.dropLast() { piece.deallocate() }
        let before = try Self.resident()
        #expect(Allocator.giveBack())
        #expect(try before - Self.resident() > 32 << 20, "of 64 MiB that nobody uses")
        pieces.last?.deallocate()
    }
}
