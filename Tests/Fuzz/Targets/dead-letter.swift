// The headers and the identity of a record from a topic to which anybody may have written. First byte: which headers are missing; then lines.
import Events
import Foundation
import RdKafka
@testable import Worker

private final class Headers: RecordOwner {
    let list: [(String, [UInt8])]
    init(_ list: [(String, [UInt8])]) { self.list = list }
    func forEachHeader(ofRecord index: Int, _ body: (_ name: String, _ value: UnsafeRawBufferPointer?) -> Void) {
        for (name, value) in list { value.withUnsafeBytes { body(name, value.isEmpty ? nil : $0) } }
    }
}

nonisolated(unsafe) private let rows = LetterRows()

@_cdecl("LLVMFuzzerTestOneInput") public func fuzzDeadLetter(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard count > 1 else { return 0 }
    let input = UnsafeRawBufferPointer(start: start, count: count)
    let missing = input[0]
    let parts = input[1...].split(separator: 10, maxSplits: 5, omittingEmptySubsequences: false).map { UnsafeRawBufferPointer(rebasing: $0) }
    func part(_ index: Int) -> UnsafeRawBufferPointer? { index < parts.count && missing & UInt8(1 << index) == 0 ? parts[index] : nil }
    let owner = Headers(parts.map { (String(decoding: $0, as: UTF8.self), Array($0)) })
    let record = Record(
        owner: owner, index: 0, topic: "dodo.payment.succeeded", partition: 3, offset: 7, timestampMilliseconds: missing & 128 == 0 ? 1_700_000_000_000 : -1,
        key: part(0), body: input, webhookId: part(1), typeName: part(2), eventTime: part(3), webhookTimestamp: part(4), unrecognisedReason: part(5))
    let identity = EventIdentity(record)
    if let id = identity.webhookId {
        precondition(!id.isEmpty && id.count <= EventIdentity.maxIdBytes && id.allSatisfy { $0 > 32 && $0 < 127 }, "an id that no index takes")
    }
    // PostgreSQL counts microseconds since 2000, so it takes less than an Int64 of them since 1970, before as after.
    for time in [identity.attemptTime, identity.eventTime].compactMap(\.self) {
        precondition(time.microseconds < 9_223_371_331_200_000_000 && time.microseconds > -210_866_803_200_000_000, "a time that PostgreSQL does not take")
    }
    let type = EventIdentity.typeText(record)
    precondition(!type.utf8.contains(0) && type.utf8.count <= 200, "a type that PostgreSQL does not take")
    rows.reset()
    rows.append(record, identity, RecordFault(reason: "fuzz", detail: "fuzz"))
    precondition(rows.count == 1 && rows.parameters("billing").count == 14)
    return 0
}
