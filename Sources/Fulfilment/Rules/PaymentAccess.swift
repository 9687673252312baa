import Events

/// The access that a one-time purchase gives (FACTS 6, last rows). Pure.
enum PaymentAccess {
    static func access(by payment: PaymentFact, paidAt: Timestamp, under product: Catalogue.Product, at now: Timestamp) -> Access {
        if OrderRules.isReversed(payment) { return Access(.revoked, .paymentReversed) }
        if product.onDispute == .suspend {
            if payment.disputes.contains(where: \.isLost) { return Access(.revoked, .disputeLost) }
        }
        if OrderRules.isFullyRefunded(payment) { return Access(.revoked, .refunded) }
        let until = product.validDays.map { paidAt.adding(days: $0) }
        if let until, until <= now { return Access(.revoked, .expired, until: until) }
        if product.onDispute == .suspend, payment.disputes.contains(where: \.isOpen) {
            return Access(.suspended, .disputed, until: until, deadline: until)
        }
        if OrderRules.isPartlyRefunded(payment) {
            switch product.onPartialRefund {
            case .revoke: return Access(.revoked, .partiallyRefunded)
            case .suspend: return Access(.suspended, .partiallyRefunded, until: until, deadline: until)
            case .keep: break
            }
        }
        return Access(.active, .paid, until: until, deadline: until)
    }
}
