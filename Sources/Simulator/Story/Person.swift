/// A customer: who they are, where they live, and how they pay. All of it invented; the domains are reserved for examples (RFC 2606).
struct Person {
    let id: String
    let country: String
    /// The customer and billing objects of a body, rendered once: they are in most of the bodies of a life.
    let customerJSON: [UInt8]
    let billingJSON: [UInt8]
    let cardHolder: String
    let lastFour: String

    private static let names = ["Ada Example", "Grace Sample", "Zoë Muster", "José Prueba", "Anne-Marie d'Exemple", "Linus \"Pine\" Mockett", "李 样本", "Olu Demo\\Test"]
    private static let places = [
        ("US", "Springfield", "Illinois", "100 Sample Street", "62701"), ("DE", "Musterstadt", "Hessen", "Beispielweg 7", "60311"),
        ("IN", "Bengaluru", "Karnataka", "4/2 Example Road", "560001"), ("GB", "Sampleford", "Kent", "12 Test Lane", "CT1 1AA"),
    ]

    init(_ random: inout SplitMix64) {
        id = Identifier.make("cus", &random)
        let name = random.pick(Self.names)
        let place = random.pick(Self.places)
        country = place.0
        cardHolder = name
        lastFour = random.pick(["4242", "4444", "0341", "1450"])

        var customer = JSONWriter(capacity: 256)
        customer.openObject()
        customer.member("customer_id", id)
        customer.member("email", "customer.\(random.within(1...999_999_999))@example.com")
        customer.member("name", name)
        customer.member("metadata", raw: "{}")
        customer.member("phone_number", random.chance(0.5) ? "+1555555\(random.within(1000...9999))" : nil)
        customer.closeObject()
        customerJSON = customer.bytes

        // Only the country is sure to be given; the rest is null where unknown, never absent (FACTS 13.2).
        let known = random.chance(0.7)
        var billing = JSONWriter(capacity: 128)
        billing.openObject()
        billing.member("country", place.0)
        billing.member("city", known ? place.1 : nil)
        billing.member("state", known ? place.2 : nil)
        billing.member("street", known ? place.3 : nil)
        billing.member("zipcode", known ? place.4 : nil)
        billing.closeObject()
        billingJSON = billing.bytes
    }
}
