import Foundation
import StandardWebhooks
import Synchronization
import TestKit
import Testing

/// The webhook secret changes while deliveries come in, and none is refused (DESIGN §6).
@Suite("a webhook secret in a file", .timeLimit(.minutes(2))) struct SecretRotationTests {
    /// A folder with the secret's file, as an orchestrator mounts it: a link that is switched.
    private final class Mount: Sendable {
        let folder: String
        var path: String { folder + "/secret" }

        init(_ content: String) throws {
            folder = NSTemporaryDirectory() + uniqueName("nicobar-secret-\(getpid())")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try replace(with: content)
        }
        deinit { try? FileManager.default.removeItem(atPath: folder) }

        /// Writes beside it and renames, so that nobody sees half of it.
        func replace(with content: String) throws {
            try Data(content.utf8).write(to: URL(fileURLWithPath: path + ".new"))
            guard rename(path + ".new", path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        }

        /// Switches a link to a new version, as Kubernetes does.
        func link(to content: String) throws {
            let version = folder + "/" + uniqueName("version")
            try Data(content.utf8).write(to: URL(fileURLWithPath: version))
            try FileManager.default.createSymbolicLink(atPath: path + ".new", withDestinationPath: version)
            guard rename(path + ".new", path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        }

        /// Writes in place, the way an editor does.
        func write(_ content: String) throws {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: Data(content.utf8))
            try file.close()
        }
    }

    /// Delivers without a pause on a thread of its own, signed with what is said at the moment, and counts what was not answered 204.
    private final class Sender: Sendable {
        private let secrets: Mutex<[String]>
        private let counts = Mutex((sent: 0, refused: [Int]()))
        private let isOver = Atomic<Bool>(false)
        private let ended = DispatchSemaphore(value: 0)

        init(_ ingest: RunningIngest, _ secrets: [String]) {
            self.secrets = Mutex(secrets)
            Thread.detachNewThread { [self] in
                defer { ended.signal() }
                guard let client = try? ingest.client() else { return counts.withLock { $0.refused.append(-1) } }
                while !isOver.load(ordering: .relaxed) {
                    let signers = self.secrets.withLock { $0 }
                    client.send(RawDelivery(uniqueName("rotating")).with { $0.secrets = signers }.bytes)
                    let status = client.answer()?.status ?? 0
                    counts.withLock {
                        $0.sent += 1
                        if status != 204 { $0.refused.append(status) }
                    }
                    if status == 0 { return }
                }
            }
        }

        func sign(with secrets: [String]) { self.secrets.withLock { $0 = secrets } }
        var sent: Int { counts.withLock { $0.sent } }
        func stop() -> (sent: Int, refused: [Int]) {
            isOver.store(true, ordering: .relaxed)
            ended.wait()
            return counts.withLock { $0 }
        }
    }

    private static func status(_ ingest: RunningIngest, _ secret: String) -> Int? {
        try? ingest.ask(RawDelivery(uniqueName("probe")).with { $0.secrets = [secret] }.bytes)?.status
    }
    private static func becomes(_ expected: Int, _ ingest: RunningIngest, _ secret: String) -> Bool {
        comesTrue { status(ingest, secret) == expected }
    }

    @Test(arguments: ["rename", "link"]) func `is rotated with an overlap, and no genuine delivery is refused at any moment`(way: String) async throws {
        let servers = try await IngestBroker.shared.servers()
        try await onThread {
            let old = try WebhookSecret.generateText(), new = try WebhookSecret.generateText()
            let mount = try Mount(old)
            func put(_ content: String) throws { way == "rename" ? try mount.replace(with: content) : try mount.link(to: content) }
            let ingest = try RunningIngest(servers, ["DODO_PAYMENTS_WEBHOOK_SECRET": "", "DODO_PAYMENTS_WEBHOOK_SECRET_FILE": mount.path])
            #expect(Self.status(ingest, new) == 401)
            let sender = Sender(ingest, [old])
            try put("\(old)\n\(new)\n")
            #expect(Self.becomes(204, ingest, new))
            #expect(Self.status(ingest, old) == 204, "both are good while they overlap")
            sender.sign(with: [old, new])
            let before = sender.sent
            #expect(comesTrue { sender.sent >= before + 3 })
            sender.sign(with: [new])
            let after = sender.sent
            #expect(comesTrue { sender.sent >= after + 3 })
            try put(new)
            #expect(Self.becomes(401, ingest, old))
            let (sent, refused) = sender.stop()
            #expect(sent > 10 && refused.isEmpty, "\(refused.count) of \(sent) were refused: \(Set(refused))")
            #expect(Self.status(ingest, new) == 204)
            #expect(ingest.log.filter { $0.contains("the webhook secret was replaced") }.count == 2)
            for secret in [old, new] { #expect(!ingest.log.contains { $0.contains(secret.dropFirst(6)) }) }
            ingest.stop()
        }
    }

    @Test func `that is half written, empty or gone leaves the old one in force until a whole one is there`() async throws {
        let servers = try await IngestBroker.shared.servers()
        try await onThread {
            let old = try WebhookSecret.generateText(), new = try WebhookSecret.generateText()
            let mount = try Mount(old)
            let ingest = try RunningIngest(servers, ["DODO_PAYMENTS_WEBHOOK_SECRET": "", "DODO_PAYMENTS_WEBHOOK_SECRET_FILE": mount.path])
            let sender = Sender(ingest, [old])
            /// A moment in which ingest has looked at the file twice; that it keeps the old secret gives no signal to wait for.
            func pass() { usleep(2_600_000) }
            try mount.write(String(new.prefix(20)))
            #expect(comesTrue { ingest.log.contains { $0.contains("no webhook secret") } }, "an operator hears of it")
            try mount.write("")
            pass()
            try FileManager.default.removeItem(atPath: mount.path)
            pass()
            #expect(Self.status(ingest, old) == 204)
            // What is there first is a well-formed secret too; it is written on before it has rested for a second.
            try mount.replace(with: String(new.prefix(6 + 32)))
            usleep(300_000)
            try mount.write(new + "\n" + old)
            #expect(Self.becomes(204, ingest, new))
            let (sent, refused) = sender.stop()
            #expect(sent > 10 && refused.isEmpty, "\(refused.count) of \(sent) were refused")
            ingest.stop()
        }
    }

    @Test func `in the plain hexadecimal form verifies the body alone, when it is asked for`() async throws {
        let servers = try await IngestBroker.shared.servers()
        try await onThread {
            let ingest = try RunningIngest(servers, ["NICOBAR_SIGNATURE_SCHEME": "hex-hmac", "DODO_PAYMENTS_WEBHOOK_SECRET": "first-secret second-secret"])
            let witness = try Witness(servers)
            func hex(_ id: String, _ secret: String, timestamp: Bool = false, _ change: @escaping (String) -> String = { $0 }) -> RawDelivery {
                let delivery = RawDelivery(id)
                let signature = change(RawDelivery.hex(secret, delivery.body))
                return delivery.with {
                    $0.webhookHeaders = { id, time, _ in "webhook-id: \(id)\r\nwebhook-signature: \(signature)\r\n" + (timestamp ? "webhook-timestamp: \(time)\r\n" : "") }
                }
            }
            for (secret, timestamp, change) in [
                ("first-secret", false, { $0 }), ("second-secret", true, { $0 }), ("first-secret", false, { $0.uppercased() }),
            ] as [(String, Bool, (String) -> String)] {
                let delivery = hex(uniqueName("hex"), secret, timestamp: timestamp, change)
                #expect(try ingest.ask(delivery.bytes)?.status == 204)
                let seen = witness.find(delivery.id)
                #expect(seen.first?.body == delivery.body)
                #expect((seen.first?.header("webhook-timestamp") != nil) == timestamp)
            }
            #expect(try ingest.ask(hex(uniqueName("hex"), "third-secret").bytes)?.status == 401)
            #expect(try ingest.ask(hex(uniqueName("hex"), "first-secret", { String($0.dropLast()) }).bytes)?.status == 401)
            #expect(try ingest.ask(hex(uniqueName("hex"), "first-secret", { "v1," + $0 }).bytes)?.status == 401)
            #expect(try ingest.ask(RawDelivery(uniqueName("hex")).bytes)?.status == 401, "the standard form is not taken beside it")
            #expect(try ingest.ask(hex(uniqueName("hex"), "first-secret").with { $0.body += [0x20] }.bytes)?.status == 401)
            let noId = hex(uniqueName("hex"), "first-secret")
            #expect(try ingest.ask(noId.with { $0.webhookHeaders = { _, _, _ in "webhook-signature: \(RawDelivery.hex("first-secret", noId.body))\r\n" } }.bytes)?.status == 401)
            witness.close()
            ingest.stop()
        }
    }
}
