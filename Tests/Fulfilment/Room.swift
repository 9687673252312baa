import Events
import Fulfilment

// Short words for the tests of this room.

/// So many days after 2026-03-01.
func day(_ number: Double) -> Timestamp { Timestamp(microseconds: 1_772_323_200_000_000 + Int64(number * 86_400_000_000)) }

let solo = "pdt_solo", team = "pdt_team", desktop = "pdt_desktop"

/// A catalogue of two plans and something sold once.
func testCatalogue(
    version: Int64 = 1, partialRefund: Catalogue.OnPartialRefund = .keep, subscriptionRefund: Catalogue.OnSubscriptionRefund = .keep,
    dispute: Catalogue.OnDispute = .suspend, validDays: Int64? = nil
) -> Catalogue {
    func product(_ id: String, _ features: [String]) -> Catalogue.Product {
        Catalogue.Product(
            productId: id, features: features, graceHours: 48, onHoldDays: 30, validDays: validDays, onPartialRefund: partialRefund,
            onSubscriptionRefund: subscriptionRefund, onDispute: dispute)
    }
    return Catalogue(version: version, products: [product(solo, ["basic"]), product(team, ["basic", "pro"]), product(desktop, ["desktop"])])
}
