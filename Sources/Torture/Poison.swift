import Simulator

/// A body that is genuine and can never be applied. Each has somebody's address and name in it, which no reason may repeat.
package struct Poison: Sendable, Equatable {
    package let body: [UInt8]
    /// Whose dead letter it must become.
    package let readers: Set<Reader>

    private static let person = #""customer":{"customer_id":"cus_1","email":"canary@example.com","name":"Ada Example"}"#

    /// Each cause in turn: a field of the wrong type, a type that nobody knows, no JSON, a NUL, a value beyond what an index takes, and a licence key that is none.
    package init(_ number: Int) {
        func event(_ type: String, _ data: String) -> String {
            #"{"business_id":"bus_1","type":"\#(type)","timestamp":"2026-11-20T10:00:00Z","data":{\#(data),\#(Self.person)}}"#
        }
        let text: String
        switch number % 6 {
        case 0: (text, readers) = (event("payment.succeeded", #""payment_id":\#(number)"#), [.billing, .fulfilment])
        case 1: (text, readers) = (event("customer.abducted", #""payment_id":"pay_\#(number)""#), [.billing])
        case 2: (text, readers) = ("no json at all from canary@example.com, number \(number)", [.billing])
        case 3: (text, readers) = (event("subscription.active", #""subscription_id":"sub_\u0000\#(number)""#), [.billing, .fulfilment])
        case 4:
            let data = #""payment_id":"pay_\#(number)","subscription_id":"\#(Self.incompressible(number))""#
            (text, readers) = (event("payment.succeeded", data), [.billing, .fulfilment])
        default: (text, readers) = (event("license_key.created", #""id":\#(number),"key":["6HFG8-SF59W-54Q86-B9BXG-G5N0T"],"status":"active""#), [.billing, .licensing])
        }
        body = Array(text.utf8)
    }

    /// Nine thousand characters that no compression brings below the 2704 bytes of an index entry.
    private static func incompressible(_ number: Int) -> String {
        var random = SplitMix64(seed: UInt64(number))
        return (0..<600).map { _ in String(random.next(), radix: 36) }.joined()
    }
}
