import Foundation
import RdKafka
import Worker

/// A record as a test writes it down; `record` gives it memory of its own.
struct WrittenRecord {
    var topic = "dodo.payment.succeeded"
    var partition: Int32 = 0
    var offset: Int64
    var id: String?
    var type: String? = "payment.succeeded"
    var body = "good"
    var attemptSeconds: Int64 = 1_767_225_600
    var eventTime: String? = "2026-01-01T00:00:00Z"
    var key: String? = "pay_1"
    var timestampMilliseconds: Int64 = 1_767_225_600_000

    init(_ offset: Int64, id: String? = nil, body: String = "good") {
        self.offset = offset
        self.id = id ?? "wh_\(offset)"
        self.body = body
    }

    /// The same, changed.
    func with(_ change: (inout WrittenRecord) -> Void) -> WrittenRecord {
        var copy = self
        change(&copy)
        return copy
    }

    var record: Record {
        let owner = WrittenOwner(headers: [("ce_id", id), ("ce_type", type), ("ce_time", eventTime), ("webhook-timestamp", String(attemptSeconds))])
        return Record(
            owner: owner, index: 0, topic: topic, partition: partition, offset: offset, timestampMilliseconds: timestampMilliseconds,
            key: key.map { owner.keep($0) }, body: owner.keep(body), webhookId: id.map { owner.keep($0) }, typeName: type.map { owner.keep($0) },
            eventTime: eventTime.map { owner.keep($0) }, webhookTimestamp: owner.keep(String(attemptSeconds)), unrecognisedReason: nil)
    }
}

/// Owns the bytes of one written record. Unchecked Sendable: nothing changes once the record is made.
private final class WrittenOwner: RecordOwner, @unchecked Sendable {
    private let headers: [(String, String?)]
    private var kept: [UnsafeMutableRawBufferPointer] = []

    init(headers: [(String, String?)]) { self.headers = headers }

    deinit { for memory in kept { memory.deallocate() } }

    func keep(_ text: String) -> UnsafeRawBufferPointer {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, text.utf8.count), alignment: 1)
        memory.copyBytes(from: text.utf8)
        kept.append(memory)
        return UnsafeRawBufferPointer(rebasing: memory[..<text.utf8.count])
    }

    func forEachHeader(ofRecord index: Int, _ body: (_ name: String, _ value: UnsafeRawBufferPointer?) -> Void) {
        for (name, value) in headers {
            guard let value else { continue }
            Array(value.utf8).withUnsafeBytes { body(name, $0) }
        }
    }
}
