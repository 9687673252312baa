/// What the simulated merchant sells. The ids are constants, so a catalogue file of the receiver can name them.
package enum Catalogue {
    package static let businessId = "bus_71xA8XlzfcQjfSgIUSxiG"

    /// A product with its price in minor units of USD, before tax.
    package struct Product: Sendable, Equatable {
        package let id: String
        package let name: String
        package let price: Int64
    }

    /// Sold once: a licence key comes with it.
    package static let desktopLicence = Product(id: "pdt_l96zXHcsKji6kWEGjXpim", name: "Desktop licence", price: 4900)
    /// Sold once: files to download.
    package static let iconBundle = Product(id: "pdt_3oQZkTn5cVY2b8WmUe1Ra", name: "Icon bundle", price: 1900)
    /// Monthly plans, small to large.
    package static let plans = [
        Product(id: "pdt_v9IvzX53Mwynv4qzLIGv2", name: "Solo", price: 900),
        Product(id: "pdt_Wd7sPq0LkXr4Ej2HuNf9B", name: "Team", price: 2900),
        Product(id: "pdt_c5TgY8aVbM1iOz6RxKw3J", name: "Company", price: 9900),
    ]

    static let creditEntitlementId = "cent_RHhf6wXKRjH0m5wZESdsq"
    static let licenceEntitlementId = "ent_rNgyFW6g9Y4ssIjwavKXg"
    static let filesEntitlementId = "ent_5OzQjjqW2rGksIe8w4sir"
    static let featureEntitlementId = "ent_26QN9IKPUjUK543CtCm15"
    static let discordEntitlementId = "ent_LH6kfcruF5WSZmX69OgyR"
}
