import Foundation
import Simulator
import Testing
import Torture

/// What the search for secrets finds.
@Suite struct CanaryTests {
    private static let deliveries = DeliveryPlan(seed: 3).deliveries(of: Story.customers(40, seed: 3))
    private static let canaries = Canaries(secrets: [("the webhook secret", "c2VjcmV0")], deliveries: deliveries)

    private static func member(_ name: String) throws -> String {
        let body = try #require(deliveries.map { String(decoding: $0.body, as: UTF8.self) }.first { $0.contains("\"\(name)\":\"") })
        return String(body.components(separatedBy: "\"\(name)\":\"")[1].prefix { $0 != "\"" })
    }

    @Test func `a secret, a person or a key is found wherever it stands, and is not repeated`() throws {
        let key = try #require(Self.deliveries.first { $0.typeName == "license_key.created" }.map { String(decoding: $0.body, as: UTF8.self) })
            .components(separatedBy: "\"key\":\"")[1].prefix(36)
        for secret in [
            "c2VjcmV0", try Self.member("email"), try Self.member("card_holder_name"), "+15555551234", String(key), "DESK-6HFG8-SF59W-54Q86-B9BXG-G5N0T",
            "6HFG8SF59W54Q86B9BXGG5N0T", "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJsaWMifQ.c2ln",
        ] {
            let faults = Self.canaries.faults(in: #"{"level":"info","message":"it is \#(secret), he said"}"#, at: "a log")
            #expect(faults.count == 1 && !faults.joined().contains(secret), "\(secret): \(faults)")
        }
    }

    @Test func `what a program may say is no secret`() {
        let text = #"{"level":"info","message":"stopped","webhook.id":"msg_2b7Kq","customer":"cus_UzX8","hash":"d041d8cd98f00b204e9800998ecf8427e","time":"2026-11-20T10:00:00Z"}"#
        #expect(Self.canaries.faults(in: text, at: "a log") == [])
    }
}
