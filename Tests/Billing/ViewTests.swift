import Billing
import LibPQ
import TestKit
import Testing

@Suite("the views of billing") struct ViewTests {
    @Test func `add money up by currency, and take neither set-up charges nor failed payments for revenue`() async throws {
        let conninfo = try await TestDatabase.fresh()
        @Sendable func event(_ id: String, _ type: String, _ data: String) -> WrittenEvent {
            WrittenEvent(id, type: type, body: Array(#"{"type":"\#(type)","timestamp":"2026-11-01T10:00:00Z","data":\#(data)}"#.utf8))
        }
        try await onThread {
            let ledger = try Ledger(conninfo)
            let day = #""created_at":"2026-11-01T23:59:59Z""#
            try ledger.apply([
                event("1", "payment.succeeded", #"{"payment_id":"1","status":"succeeded","currency":"USD","total_amount":1000,"tax":80,\#(day)}"#),
                event("2", "payment.succeeded", #"{"payment_id":"2","status":"succeeded","currency":"EUR","total_amount":500,\#(day)}"#),
                event("3", "payment.failed", #"{"payment_id":"3","status":"failed","currency":"USD","total_amount":9999,\#(day)}"#),
                event("4", "payment.succeeded", #"{"payment_id":"4","status":"succeeded","currency":"USD","total_amount":0,"is_update_payment_method":true,\#(day)}"#),
                event("5", "refund.succeeded", #"{"refund_id":"5","status":"succeeded","currency":"USD","amount":300,\#(day)}"#),
                event("6", "refund.failed", #"{"refund_id":"6","status":"failed","currency":"USD","amount":400,\#(day)}"#),
                event("7", "subscription.active", #"{"subscription_id":"7","status":"active","currency":"USD","recurring_pre_tax_amount":1200,"payment_frequency_count":1,"payment_frequency_interval":"Year","customer":{"customer_id":"c7","email":"x@example.com"}}"#),
                event("8", "subscription.active", #"{"subscription_id":"8","status":"active","currency":"USD","recurring_pre_tax_amount":900,"payment_frequency_count":3,"payment_frequency_interval":"Month"}"#),
                event("9", "subscription.on_hold", #"{"subscription_id":"9","status":"on_hold","currency":"USD","recurring_pre_tax_amount":900,"payment_frequency_count":1,"payment_frequency_interval":"Month","customer":{"customer_id":"c9","email":"y@example.com"}}"#),
            ])
            #expect(try ledger.value("select string_agg(concat_ws(' ', day, currency, paid_minor_units, refunded_minor_units, net_minor_units, tax_minor_units), ', ' order by currency) from billing.revenue_by_day")
                == "2026-11-01 EUR 500 0 500 0, 2026-11-01 USD 1000 300 700 80")
            #expect(try ledger.value("select string_agg(concat_ws(' ', currency, subscriptions, monthly_minor_units), ', ') from billing.monthly_recurring_revenue") == "USD 2 400")
            #expect(try ledger.value("select string_agg(subscription_id, ' ' order by subscription_id) from billing.active_subscriptions") == "7 8")
            #expect(try ledger.value("select string_agg(concat_ws(' ', subscription_id, status, email), ', ') from billing.at_risk_customers") == "9 on_hold y@example.com")
            #expect(try ledger.value("select data->>'currency' from billing.payment_documents where payment_id = '1'") == "USD")
            #expect(try ledger.value("select data->>'status' from billing.subscription_documents where subscription_id = '9'") == "on_hold")
        }
    }
}
