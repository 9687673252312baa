import Foundation
import Surroundings
import TestKit
import Testing
import Torture

/// The link that misbehaves, in front of a small HTTP server.
@Suite(.timeLimit(.minutes(1))) struct FaultyLinkTests {
    @Test func `it passes everything on, also a large answer`() async throws {
        let server = try EchoServer(), link = try FaultyLink(to: server.port)
        let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
        #expect(try await onThread { Loopback.exchange(port: link.port, body) } == body)
        #expect(link.connections == 1)
        link.end()
    }

    @Test func `it delays both ways`() async throws {
        let server = try EchoServer(), link = try FaultyLink(to: server.port)
        link.behave(.delay(milliseconds: 100))
        let begun = ContinuousClock.now
        #expect(try await onThread { Loopback.exchange(port: link.port, [1, 2, 3]) } == [1, 2, 3])
        #expect(ContinuousClock.now - begun >= .milliseconds(200))
        link.end()
    }

    @Test func `a narrow one takes its time`() async throws {
        let server = try EchoServer(), link = try FaultyLink(to: server.port)
        link.behave(.narrow(bytesPerSecond: 100_000))
        let body = [UInt8](repeating: 7, count: 50_000), begun = ContinuousClock.now
        #expect(try await onThread { Loopback.exchange(port: link.port, body) } == body)
        #expect(ContinuousClock.now - begun >= .milliseconds(350))
        link.end()
    }

    @Test func `it refuses, and passes again`() async throws {
        let server = try EchoServer(), link = try FaultyLink(to: server.port)
        link.behave(.refuse)
        #expect(try await onThread { Loopback.exchange(port: link.port, [1]) } == nil)
        link.behave(.pass)
        #expect(try await eventually { try await onThread { Loopback.exchange(port: link.port, [1]) } == [1] })
        link.end()
    }

    @Test func `a stalled connection goes on where it was, and a cut one is gone`() async throws {
        let server = try EchoServer(), link = try FaultyLink(to: server.port)
        link.behave(.stall)
        async let answer = onThread { Loopback.exchange(port: link.port, [5, 6]) }
        // Long enough for an answer if nothing held it back.
        try await Task.sleep(for: .milliseconds(200))
        #expect(server.received == 0)
        link.behave(.pass)
        #expect(try await answer == [5, 6])
        link.behave(.stall)
        async let lost = onThread { Loopback.exchange(port: link.port, [7]) }
        try await Task.sleep(for: .milliseconds(100))
        link.behave(.refuse)
        #expect(try await lost == nil)
        link.end()
    }

    @Test func `it lets a request through and throws its answer away`() async throws {
        let server = try EchoServer(), link = try FaultyLink(to: server.port)
        link.behave(.swallowAnswers)
        async let lost = onThread { Loopback.exchange(port: link.port, [8, 9]) }
        #expect(await eventually { server.received == 2 })
        link.cut()
        #expect(try await lost == nil)
        link.end()
    }

    @Test func `a server that is not there is a connection that is reset`() async throws {
        let link = try FaultyLink(to: Loopback.freePort())
        #expect(try await onThread { Loopback.exchange(port: link.port, [1]) } == nil)
        link.end()
    }
}
