import Glibc
import Readiness
import Testing

private struct NoDescriptorLeft: Error {}

/// `#require` takes nothing that cannot be copied.
private func fresh() throws -> Readiness {
    guard let readiness = Readiness() else { throw NoDescriptorLeft() }
    return readiness
}

private struct NotWatched: Error {}

// What cannot be copied cannot stand in an expectation either.
private func watch(_ readiness: inout Readiness, _ descriptor: Int32, _ tag: Int, writing: Bool) throws {
    guard readiness.watch(descriptor, tag: tag, writing: writing) else { throw NotWatched() }
}

private func ready(_ readiness: inout Readiness, within nanoseconds: Int64 = 0) -> [Int] { readiness.wait(nanoseconds: nanoseconds) }

/// Two ends of a connection.
private struct Pair: ~Copyable {
    let near: Int32, far: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
        (near, far) = (ends[0], ends[1])
    }

    func say(_ text: String) { _ = text.withCString { send(far, $0, strlen($0), 0) } }

    deinit {
        close(near)
        close(far)
    }
}

@Suite struct ReadinessTests {
    @Test func `names those that can be read, again and again until they were`() throws {
        var readiness = try fresh()
        let one = try Pair(), two = try Pair()
        try watch(&readiness, one.near, 1, writing: false)
        try watch(&readiness, two.near, 2, writing: false)
        #expect(ready(&readiness).isEmpty)
        two.say("a")
        #expect(ready(&readiness, within: 5_000_000_000) == [2])
        #expect(ready(&readiness) == [2])
        var byte: UInt8 = 0
        #expect(recv(two.near, &byte, 1, 0) == 1)
        #expect(ready(&readiness).isEmpty)
    }

    @Test func `names those that can be written only while that is asked for`() throws {
        var readiness = try fresh()
        let pair = try Pair()
        try watch(&readiness, pair.near, 3, writing: true)
        #expect(ready(&readiness) == [3])
        try watch(&readiness, pair.near, 3, writing: false)
        #expect(ready(&readiness).isEmpty)
    }

    @Test func `a descriptor that was closed and is another socket now has the tag of that one`() throws {
        var readiness = try fresh()
        let one = try Pair(), other = try Pair()
        try watch(&readiness, one.near, 1, writing: true)
        // Closes the first socket and gives its number to the second, with no time in between for another test to take it.
        try #require(dup2(other.near, one.near) == one.near)
        #expect(ready(&readiness).isEmpty)
        try watch(&readiness, one.near, 2, writing: true)
        #expect(ready(&readiness) == [2])
    }

    @Test func `waits for parts of a millisecond, and not much longer`() throws {
        var readiness = try fresh()
        let waits = (0..<20).map { _ in
            ContinuousClock().measure { #expect(ready(&readiness, within: 200_000).isEmpty) }
        }
        #expect(waits.allSatisfy { $0 >= .microseconds(200) })
        // The shortest: a machine with other things to do may wake us late, but not twenty times by that much.
        #expect(waits.min() ?? .zero < .milliseconds(1), "whole milliseconds would never be shorter")
    }

    @Test func `says so when something cannot be watched`() throws {
        var readiness = try fresh()
        #expect(throws: NotWatched.self) { try watch(&readiness, -1, 1, writing: false) }
    }
}
