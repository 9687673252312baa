import Events
import JSONReader
import Worker

/// Reads the short lists inside a payment: its cart, its subscriptions, its service periods. Belongs to one thread.
///
/// The same lists are read twice: from an event, and from the column that keeps them byte for byte.
final class ListReader {
    private let reader = JSONReader(FieldPlan(["item", "item.product_id", "item.quantity", "item.subscription_id", "item.starts_at", "item.ends_at"]))
    private var wrapped: [UInt8] = []

    /// More than any checkout takes (FACTS 7: 20 lines).
    private static let maxItems = 1000

    func cart(_ json: UnsafeRawBufferPointer?) throws(RecordFault) -> [PaymentFact.CartLine] {
        var lines: [PaymentFact.CartLine] = []
        try forEachItem(of: json, Field.productCart) { (item) throws(RecordFault) in
            guard let product = item[1].string, !product.isEmpty, product.utf8.count <= EntityKey.maxBytes else {
                throw FieldValues.wrong(.productCart, "a list of products with their ids")
            }
            let quantity = item[2].isMissing || item[2].isNull ? 1 : item[2].int64
            guard let quantity, quantityBounds.contains(quantity) else {
                throw RecordFault(reason: "quantity-out-of-range", detail: "a quantity in data.product_cart is not from 0 to \(quantityBounds.upperBound)")
            }
            lines.append(PaymentFact.CartLine(productId: product, quantity: quantity))
        }
        return lines
    }

    func ids(_ json: UnsafeRawBufferPointer?) throws(RecordFault) -> [String] {
        var ids: [String] = []
        try forEachItem(of: json, Field.subscriptionIds) { (item) throws(RecordFault) in
            guard let id = item[0].string, !id.isEmpty, id.utf8.count <= EntityKey.maxBytes else { throw FieldValues.wrong(.subscriptionIds, "a list of ids") }
            if !ids.contains(id) { ids.append(id) }
        }
        return ids
    }

    func servicePeriods(_ json: UnsafeRawBufferPointer?) throws(RecordFault) -> [PaymentFact.ServicePeriod] {
        var periods: [PaymentFact.ServicePeriod] = []
        try forEachItem(of: json, Field.servicePeriods) { (item) throws(RecordFault) in
            guard let id = item[3].string, !id.isEmpty, let start = item[4].text.flatMap({ Timestamp(rfc3339: $0) }) else {
                throw FieldValues.wrong(.servicePeriods, "a list of periods with subscription_id and starts_at")
            }
            periods.append(PaymentFact.ServicePeriod(subscriptionId: id, startsAt: start, endsAt: item[5].text.flatMap { Timestamp(rfc3339: $0) }))
        }
        return periods
    }

    /// Lends the items of a JSON array one by one, each wrapped into an object, as the reader wants it.
    private func forEachItem(
        of json: UnsafeRawBufferPointer?, _ field: Field, _ take: (borrowing FieldValues) throws(RecordFault) -> Void
    ) throws(RecordFault) {
        guard let json else { return }
        var count = 0
        for item in Self.items(of: json) {
            count += 1
            guard count <= Self.maxItems else { throw FieldValues.wrong(field, "a list of at most \(Self.maxItems) items") }
            wrapped.removeAll(keepingCapacity: true)
            wrapped.append(contentsOf: Array("{\"item\":".utf8))
            wrapped.append(contentsOf: json[item])
            wrapped.append(UInt8(ascii: "}"))
            let found: Result<Void, RecordFault> = wrapped.withUnsafeBytes { bytes in
                do throws(JSONFault) {
                    return try reader.read(bytes) { fields in Result { () throws(RecordFault) in try take(fields) } }
                } catch { return .failure(FieldValues.wrong(field, "a readable list")) }
            }
            try found.get()
        }
    }

    /// Where the items of an array are that has been found to be valid JSON.
    private static func items(of json: UnsafeRawBufferPointer) -> [Range<Int>] {
        var items: [Range<Int>] = []
        var depth = 0, start = 0, inText = false, escaped = false, isEmpty = true
        for (index, byte) in json.enumerated() {
            if inText {
                if escaped { escaped = false } else if byte == UInt8(ascii: "\\") { escaped = true } else if byte == UInt8(ascii: "\"") { inText = false }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                inText = true
                isEmpty = false
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if depth == 1 { start = index + 1 } else { isEmpty = false }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                if depth == 0, !isEmpty { items.append(start..<index) }
            case UInt8(ascii: ",") where depth == 1:
                items.append(start..<index)
                start = index + 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): break
            default: isEmpty = false
            }
        }
        return items
    }
}
