import CommandLine
import Events
import Foundation
import Simulator
import Surroundings

/// What a sale becomes: an order, access, a licence key and its proof; and how they are taken back.
extension Tale {
    /// Buy, order, entitlement, key, verified offline; refund, revoked.
    mutating func purchase(_ sign: @escaping Sign) async throws {
        narrator.heading("Somebody buys a licence, and is refunded later")
        let story = Story.customer(living: [.licenceRefunded], seed: seed &+ 11, start: Self.daysAgo(5))
        guard let paid = story.events.first(where: { $0.type == .paymentSucceeded }) else { return claim("the simulator sells licences", false) }
        let payment = story.entity(of: paid).id
        let begun = ContinuousClock.now
        _ = post(Delivery(first: paid, of: story, .snapshot), sign: sign)
        let licence = "select licence_id from licensing.licences where entitlement_id like $1 || '/%' and state = 'active'"
        let issued = try await database.becomes("1", "select count(*)::text from (\(licence)) found", [payment])
        claim("payment.succeeded → order → entitlement → licence key, \(Self.milliseconds(begun)) ms after the webhook was sent", issued)
        let order = try await database.rows("select state, total_amount::text, currency from fulfilment.orders where payment_id = $1", [payment]).first ?? []
        let access = try await database.rows("select state, features::text from fulfilment.entitlements where source_id = $1", [payment]).first ?? []
        let id = try await database.value(licence, [payment]) ?? ""
        narrator.say("order \(payment): \(order.joined(separator: " ")); access \(access.joined(separator: " "))")
        let key = try await house.stack.run(["license", "show", id, "--json"]).output.firstMatch(of: /"key":"([^"]+)"/).map { String($0.1) } ?? ""
        narrator.say("the key, derived and nowhere stored: \(key)")
        let proof = try await Proof(house.stack, licence: id)
        claim("a token proves it offline, with nothing but the published keys", try await proof.verifies())

        for refund in story.events where refund.type.payload == .refund { _ = post(Delivery(first: refund, of: story, .snapshot), sign: sign) }
        let revoked = try await database.becomes("revoked", "select state from licensing.licences where licence_id = $1", [id])
        let state = try await database.value("select state from fulfilment.orders where payment_id = $1", [payment])
        claim("refunded in two steps: the order is \(state ?? "-"), access and licence are revoked", revoked && state == "refunded")
        try await proof.publishRevocations()
        claim("the token is on the signed revocation list: it verifies no more", try await !proof.verifies())
    }

    /// A free trial becomes a paid month and ends.
    mutating func trial(_ sign: @escaping Sign) async throws {
        narrator.heading("Somebody tries a plan for free, pays for a month, and leaves")
        let story = Story.customer(living: [.triedThenCancelled], seed: seed &+ 12, start: Self.daysAgo(0))
        guard let subscription = story.entities.first(where: { $0.kind == .subscription })?.id else { return claim("the simulator knows trials", false) }
        let access = "select state from fulfilment.entitlements where source_id = $1"
        let until = "select to_char(valid_until at time zone 'UTC', 'YYYY-MM-DD') from fulfilment.entitlements where source_id = $1"
        let begun = story.events.prefix { $0.type != .subscriptionRenewed && !($0.type == .paymentSucceeded && $0.occurredAt > Self.daysAgo(-7)) }
        for event in begun { _ = post(Delivery(first: event, of: story, .snapshot), sign: sign) }
        let granted = try await database.becomes("active", access, [subscription])
        claim("the trial begins: access until \(try await database.value(until, [subscription]) ?? "-"), days of grace included, and nothing was charged", granted)
        let first = try await database.value(until, [subscription]) ?? ""
        let ending = story.events.dropFirst(begun.count)
        for event in ending where event.type != .subscriptionCancelled && event.type.payload != .entitlementGrant {
            _ = post(Delivery(first: event, of: story, .snapshot), sign: sign)
        }
        let extended = try await database.becomes("t", "select (to_char(valid_until at time zone 'UTC', 'YYYY-MM-DD') > $2)::text::char(1) from fulfilment.entitlements where source_id = $1", [subscription, first])
        claim("the month is paid: access until \(try await database.value(until, [subscription]) ?? "-"), also after the customer has said that they will leave", extended)
        for event in ending where event.type == .subscriptionCancelled { _ = post(Delivery(first: event, of: story, .snapshot), sign: sign) }
        let ended = try await database.becomes("revoked", access, [subscription])
        claim("the period is over: access is revoked", ended)
    }

    private static func daysAgo(_ days: Double) -> Int64 { Int64((Date().timeIntervalSince1970 - days * 86_400) * 1_000_000) }

    private static func milliseconds(_ since: ContinuousClock.Instant) -> Int {
        let spent = (ContinuousClock.now - since).components
        return Int(spent.seconds) * 1000 + Int(spent.attoseconds / 1_000_000_000_000_000)
    }
}

/// A token and what it is verified with, as a customer's machine has them: files, and neither database nor secret.
private struct Proof {
    private let stack: Stack
    private let folder: Scratch
    private let token: String

    init(_ stack: Stack, licence: String) async throws {
        self.stack = stack
        folder = try Scratch("proof")
        token = try await stack.run(["license", "token", licence]).output.trimmingCharacters(in: .whitespacesAndNewlines)
        try await Self.publish(stack, ["license", "jwks"], "\(folder.path)/jwks.json")
        try await publishRevocations()
    }

    func publishRevocations() async throws { try await Self.publish(stack, ["license", "revocations"], "\(folder.path)/revocations.jws") }

    /// Verifies with the files alone.
    func verifies() async throws -> Bool {
        let arguments = ["license", "verify", "--jwks", "\(folder.path)/jwks.json", "--revocations", "\(folder.path)/revocations.jws", token]
        return try await stack.run(arguments, extra: ["DATABASE_URL": "", "NICOBAR_LICENSE_MASTER_SECRET": ""]).status == 0
    }

    private static func publish(_ stack: Stack, _ arguments: [String], _ path: String) async throws {
        let (status, output) = try await stack.run(arguments)
        guard status == 0 else { throw CommandFailure("nicobar \(arguments.joined(separator: " ")) failed: \(output)", status: .failure) }
        try output.write(toFile: path, atomically: true, encoding: .utf8)
    }
}
