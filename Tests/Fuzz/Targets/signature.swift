// The signature header against a reader of its own: id, timestamp and list are the first three lines, the rest is the body.
import Foundation
import StandardWebhooks

private let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
// A fuzz target has no caller to throw to: what cannot be built ends the run, which is what should happen.
private let secrets = try! WebhookSecret.list(parsing: text)
private let now: Int64 = 1_700_000_000

@_cdecl("LLVMFuzzerTestOneInput") public func fuzzSignature(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    var parts: [UnsafeRawBufferPointer] = [], from = 0
    while parts.count < 3 {
        guard let end = input[from...].firstIndex(of: 10) else { return 0 }
        parts.append(UnsafeRawBufferPointer(rebasing: input[from..<end]))
        from = end + 1
    }
    let body = UnsafeRawBufferPointer(rebasing: input[from...])
    let verdict = Verifier(secrets: secrets).verify(id: parts[0], timestamp: parts[1], signature: parts[2], body: body, now: now)
    let again = Verifier(secrets: secrets).verify(id: parts[0], timestamp: parts[1], signature: parts[2], body: body, now: now)
    precondition(verdict == again, "the same delivery is judged twice differently")
    // The slow and obvious way: sign it ourselves and look for the text among the words of the list.
    let id = String(decoding: parts[0], as: UTF8.self), stamp = String(decoding: parts[1], as: UTF8.self)
    if Array(id.utf8) == Array(parts[0]), let seconds = Int64(stamp), stamp.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), stamp == String(seconds), !id.isEmpty {
        let right = Array(Signer(secrets: secrets).sign(id: id, timestamp: seconds, body: Array(body)).utf8)
        let isThere = parts[2].split(separator: 32).contains { $0.elementsEqual(right) }
        precondition(verdict.isValid == (isThere && abs(seconds - now) <= 300), "the verifier and the obvious way disagree")
    }
    if case .valid = HexHMACVerifierFixture.verifier.verify(signature: parts[2], body: body) { precondition(parts[2].count == 64) }
    _ = try? WebhookSecret.list(parsing: String(decoding: parts[2], as: UTF8.self))
    return 0
}

private enum HexHMACVerifierFixture { static let verifier = try! HexHMACVerifier(secrets: ["one", "another"]) }
