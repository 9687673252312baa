import Foundation
import TestKit
import Testing

/// Clients that take their time, take too many connections, or ask for many things at once.
@Suite("clients of ingest", .timeLimit(.minutes(2))) struct SlowClientTests {
    @Test(arguments: ["head", "body"]) func `that send a byte at a time are cut at the deadline, and others are served meanwhile`(part: String) async throws {
        let servers = try await IngestBroker.shared.servers()
        try await onThread {
            let ingest = try RunningIngest(servers, ["NICOBAR_REQUEST_TIMEOUT": "700ms"])
            let delivery = RawDelivery(uniqueName("slow"))
            let slow = try ingest.client()
            slow.send(Array(delivery.bytes.prefix(part == "head" ? 1 : delivery.head.utf8.count)))
            let started = ContinuousClock.now
            var rest = Array(delivery.bytes.dropFirst(part == "head" ? 1 : delivery.head.utf8.count))[...]
            var servedMeanwhile = 0
            // A byte every 20 ms would take much longer than the deadline.
            while let byte = rest.popFirst(), ContinuousClock.now - started < .milliseconds(600), slow.send([byte]) {
                usleep(20_000)
                if rest.count % 8 == 0, try ingest.ask(RawDelivery(uniqueName("meanwhile")).bytes)?.status == 204 { servedMeanwhile += 1 }
            }
            #expect(!rest.isEmpty, "it was not slow enough")
            #expect(servedMeanwhile > 0)
            let answer = slow.answer()
            let spent = ContinuousClock.now - started
            #expect(answer?.status == 408)
            #expect(slow.ends(anyhow: true))
            #expect(spent >= .milliseconds(600) && spent < .seconds(5), "cut after \(spent)")
            #expect(ingest.metric("nicobar_http_timed_out_total") == 1)
            ingest.stop()
        }
    }

    @Test func `that say nothing are let go when their time is over`() async throws {
        let servers = try await IngestBroker.shared.servers()
        try await onThread {
            let ingest = try RunningIngest(servers, ["NICOBAR_IDLE_TIMEOUT": "1s"])
            let silent = try ingest.client(), served = try ingest.client()
            served.send(RawDelivery(uniqueName("idle")).bytes)
            #expect(served.answer()?.status == 204)
            let started = ContinuousClock.now
            #expect(silent.ends() && served.ends())
            let spent = ContinuousClock.now - started
            #expect(spent > .milliseconds(500) && spent < .seconds(6), "let go after \(spent)")
            ingest.stop()
        }
    }

    @Test func `beyond the limit of connections hear 503 at once, and there is room again when one goes`() async throws {
        let servers = try await IngestBroker.shared.servers()
        try await onThread {
            let ingest = try RunningIngest(servers, ["NICOBAR_MAX_CONNECTIONS": "4"])
            var holders: [RawClient] = []
            for _ in 0..<4 {
                let holder = try ingest.client()
                holder.send(RawDelivery(uniqueName("holder")).bytes)
                #expect(holder.answer()?.status == 204)
                holders.append(holder)
            }
            let fifth = try ingest.client()
            let answer = fifth.answer()
            #expect(answer?.status == 503)
            #expect(answer?.header("retry-after") != nil)
            fifth.close()
            // Those who are in are served as before.
            holders[0].send(RawDelivery(uniqueName("holder")).bytes)
            #expect(holders[0].answer()?.status == 204)
            #expect((ingest.metric(#"nicobar_http_refused_total{cause="limit"}"#) ?? 0) >= 1)
            holders.removeLast().close()
            #expect(comesTrue { (try? ingest.ask(RawDelivery(uniqueName("room")).bytes))?.status == 204 })
            ingest.stop()
        }
    }

    @Test func `that send many deliveries in one go are answered in order`() async throws {
        let servers = try await IngestBroker.shared.servers()
        try await onThread {
            let ingest = try RunningIngest(servers)
            let word = uniqueName("pipeline")
            var bytes: [UInt8] = [], expected: [Int] = []
            for index in 0..<60 {
                let delivery = RawDelivery("\(word)-\(index)")
                switch index % 4 {
                case 1:
                    bytes += delivery.with { $0.signature = { _ in "v1,AAAA" } }.bytes
                    expected.append(401)
                case 3:
                    bytes += delivery.with { $0.extra = "webhook-id: x\r\n" }.bytes
                    expected.append(400)
                default:
                    bytes += delivery.bytes
                    expected.append(204)
                }
            }
            let client = try ingest.client()
            client.send(bytes)
            #expect(expected.indices.map { _ in client.answer()?.status ?? 0 } == expected)
            let witness = try Witness(servers)
            for index in expected.indices where expected[index] == 204 { #expect(witness.find("\(word)-\(index)").count == 1) }
            for index in expected.indices where expected[index] != 204 { #expect(witness.found("\(word)-\(index)").isEmpty) }
            witness.close()
            ingest.stop()
        }
    }
}
