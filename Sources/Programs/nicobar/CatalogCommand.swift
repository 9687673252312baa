import CommandLine
import Foundation
import Fulfilment

let catalogCommand = Command(
    "catalog", summary: "Look after the catalogue: what each product grants",
    discussion: """
        The catalogue is a JSON file (schemas/catalog.schema.json) that says for each product which features it grants, whether licence keys are issued, and what
        refunds, disputes and holds do. Every version that was in force is kept. Applying one makes the workers conclude again whatever it changes.
        """,
    subcommands: [
        Command(
            "check", summary: "Say whether a file can be used; ends with 1 and the place of the first fault when not", json: true,
            operands: [Operand("FILE", "the catalogue file")],
            examples: [.init("nicobar catalog check catalogue.json", "needs no database; for a pull request")],
            action: .blocking { asked in
                let catalogue = try CatalogueFile.read(try contents(asked))
                if asked.wantsJSON {
                    let value: JSONText = ["products": .integer(Int64(catalogue.products.count)), "default": .bool(catalogue.standard != nil)]
                    Standard.print(value.description)
                } else {
                    Standard.print("\(catalogue.products.count) products; \(unlistedWords(catalogue))")
                }
                return .success
            }),
        Command(
            "apply", summary: "Put a file in force", json: true,
            options: [.value("by", "NAME", "who does it, for the record; the login name unless given")],
            operands: [Operand("FILE", "the catalogue file")],
            examples: [.init("nicobar catalog apply catalogue.json", "the file that is in force already changes nothing")],
            action: .blocking { asked in
                let bytes = try contents(asked)
                _ = try CatalogueFile.read(bytes)
                let by = asked.text("by") ?? ProcessInfo.processInfo.environment["USER"] ?? "nicobar"
                let change = try CatalogueStore(try Reach.database()).apply(bytes, by: by)
                if asked.wantsJSON {
                    let value: JSONText = [
                        "version": .integer(change.version), "new": .bool(change.isNew), "products": .array(change.products.map { .text($0) }),
                        "unlisted": .bool(change.unlisted), "subjects": .integer(change.subjects),
                    ]
                    Standard.print(value.description)
                } else if change.isNew {
                    Standard.print("version \(change.version) is in force; \(change.products.count) products differ\(change.unlisted ? ", and those that are not listed" : "")")
                    Standard.print("\(change.subjects) payments and subscriptions are concluded again by fulfilment-worker")
                } else {
                    Standard.print("version \(change.version) is in force already; nothing changed")
                }
                return .success
            }),
        Command(
            "show", summary: "Say what is in force, and which products were bought that are not listed", json: true,
            options: [.flag("file", "print the file itself, as it was applied")],
            examples: [.init("nicobar catalog show", "one line a product"), .init("nicobar catalog show --file > catalogue.json", "the file back")],
            action: .blocking { asked in
                let store = CatalogueStore(try Reach.database())
                let current = try store.current(), unlisted = try store.unlisted()
                if asked.flag("file") {
                    guard let current else { throw CommandFailure("no catalogue was ever applied; run: nicobar catalog apply FILE") }
                    Standard.print(current.document)
                } else if asked.wantsJSON {
                    Standard.print(json(current, unlisted).description)
                } else {
                    show(current, unlisted)
                }
                return .success
            }),
    ])

private func contents(_ asked: Invocation) throws -> [UInt8] {
    let path = asked.operand("FILE") ?? ""
    guard let data = FileManager.default.contents(atPath: path) else { throw CommandFailure("\(path) cannot be read", status: .unavailable) }
    return Array(data)
}

private func unlistedWords(_ catalogue: Catalogue) -> String {
    guard let standard = catalogue.standard else { return "others grant nothing" }
    return "others grant \(standard.features.isEmpty ? "no feature" : standard.features.joined(separator: ", "))"
}

private func json(_ current: CatalogueStore.Version?, _ unlisted: [CatalogueStore.Unlisted]) -> JSONText {
    let products: [JSONText] = (current?.catalogue.products.values.sorted { $0.productId < $1.productId } ?? []).map {
        ["product_id": .text($0.productId), "name": .optional($0.name), "features": .array($0.features.map { .text($0) }),
         "licences": $0.licencePolicy.map { .text($0.keysPer.rawValue) } ?? .null]
    }
    let others: [JSONText] = unlisted.map { ["product_id": .text($0.productId), "orders": .integer($0.orders), "subscriptions": .integer($0.subscriptions)] }
    return [
        "version": .integer(current?.version ?? 0), "applied_at": .optional(current?.appliedAt), "applied_by": .optional(current?.appliedBy),
        "products": .array(products), "unlisted": .array(others),
    ]
}

private func show(_ current: CatalogueStore.Version?, _ unlisted: [CatalogueStore.Unlisted]) {
    if let current {
        Standard.print("version \(current.version), applied \(current.appliedAt) by \(current.appliedBy); \(unlistedWords(current.catalogue))")
        var table = TextTable("product", "name", "features", "keys", "grace h")
        for product in current.catalogue.products.values.sorted(by: { $0.productId < $1.productId }) {
            table.add(product.productId, product.name ?? "", product.features.joined(separator: " "), product.licencePolicy?.keysPer.rawValue ?? "none", String(product.graceHours))
        }
        Standard.print(table.description)
    } else {
        Standard.print("no catalogue was ever applied: every order is kept, nothing is granted")
    }
    guard !unlisted.isEmpty else { return }
    var table = TextTable("bought, not listed", "orders", "subscriptions")
    for product in unlisted { table.add(product.productId, String(product.orders), String(product.subscriptions)) }
    Standard.print(table.description)
}
