import Events
@testable import Operations
import RdKafka
import Testing

@Suite("the doctor's look at message sizes") struct MessageSizeTests {
    private static func finding(_ size: (String) -> Int?) throws -> Finding {
        let contract = try TopicContract(mode: .live)
        let settings = contract.topics.reduce(into: [:]) { settings, topic in
            settings[topic.name] = size(topic.name).map { ["max.message.bytes": TopicSetting(value: String($0), isDefault: false)] }
        }
        return MessageSizes.finding(contract, settings: settings)
    }

    @Test func `takes what the contract asks, and more`() throws {
        for size in [2_097_152, 10_000_000] {
            let finding = try Self.finding { _ in size }
            #expect(finding.verdict == .good, "\(finding.saying)")
        }
    }

    @Test func `names the topic that takes least, and what to do`() throws {
        let finding = try Self.finding { ["dodo.payment.failed": 1_048_588, "dodo.payout.failed": 2_097_151][$0] ?? 2_097_152 }
        #expect(finding.verdict == .failed)
        #expect(finding.saying.hasPrefix("max.message.bytes of dodo.payment.failed is 1048588, and of 1 more too small; expected 2097152 or more"), "\(finding.saying)")
        #expect(finding.saying.hasSuffix("run: nicobar topics apply"))
    }

    @Test func `says when the broker tells nothing`() throws {
        let finding = try Self.finding { _ in nil }
        #expect(finding.verdict == .warning, "\(finding.saying)")
    }
}
