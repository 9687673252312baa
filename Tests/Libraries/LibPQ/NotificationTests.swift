import LibPQ
import Testing

@Suite(.enabled(if: Server.isThere, "no NICOBAR_TEST_DATABASE_URL"), .timeLimit(.minutes(1)))
struct NotificationTests {
    @Test func `a notification of another connection arrives with its payload`() throws {
        try Server.connect { listener in
            try Server.connect { speaker in
                try listener.listen("Nicobar \"outbox\"")
                #expect(try listener.waitForNotification(timeout: .milliseconds(1)) == nil)
                _ = try speaker.query("select pg_notify($1, 'seven')", [.text("Nicobar \"outbox\"")])
                let note = try listener.waitForNotification(timeout: .seconds(20))
                #expect(note == Notification(channel: "Nicobar \"outbox\"", payload: "seven", senderProcess: speaker.serverProcess))
                #expect(try listener.waitForNotification(timeout: .zero) == nil)
            }
        }
    }

    @Test func `a listener whose server goes away is told`() throws {
        try Server.connect { listener in
            try Server.connect { killer in
                try listener.listen("nothing")
                _ = try killer.query("select pg_terminate_backend($1, 5000)", [.int4(listener.serverProcess)])
                let error = try Server.error { _ = try listener.waitForNotification(timeout: .seconds(20)) }
                #expect(error.kind == .connection)
            }
        }
    }
}
