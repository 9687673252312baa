// A body and its header as the billing worker reads them. First line: the type in the header; the rest is the body.
@testable import Billing
import Events
import Foundation
import Worker

nonisolated(unsafe) private let batch = BillingHandler().makeBatch()
private let hash = [UInt8](repeating: 1, count: 32)
private let id = Array("msg_1".utf8)

@_cdecl("LLVMFuzzerTestOneInput") public func fuzzEvent(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard let end = input.firstIndex(of: 10) else { return 0 }
    batch.reset()
    var isGood = false
    id.withUnsafeBytes { id in
        hash.withUnsafeBytes { hash in
            let event = IncomingEvent(
                webhookId: id, typeName: UnsafeRawBufferPointer(rebasing: input[..<end]), body: UnsafeRawBufferPointer(rebasing: input[(end + 1)...]),
                eventTime: Timestamp(seconds: 1), attemptTime: Timestamp(seconds: 2), bodyHash: hash)
            do throws(RecordFault) {
                try batch.add(event)
                isGood = true
            } catch {
                precondition(!error.reason.isEmpty && error.reason.utf8.allSatisfy { $0 > 32 && $0 < 127 }, "a reason that is no word")
            }
        }
    }
    precondition(isGood || batch.steps().isEmpty, "a fault left something behind")
    precondition(!isGood || !batch.steps().isEmpty, "a good event left nothing behind")
    return 0
}
