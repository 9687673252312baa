import Foundation
package import Simulator

/// Says what is wrong in the end with orders, entitlements, licences and what was told of them; it shares no code with the workers.
package struct SalesOracle: Sendable {
    /// How much there was of each.
    package struct Count: Sendable, Equatable {
        package var orders = 0, entitlements = 0, licences = 0, told = 0, repeated = 0
    }

    private let database: String
    private let licenseSecret: String
    private let facts: FinalFacts
    private let terms: SalesTerms

    /// - Parameters:
    ///   - database: where fulfilment's and licensing's tables are.
    ///   - licenseSecret: the master secret, as the programs are told it.
    ///   - deliveries: all that arrived.
    ///   - terms: the catalogue in force at last.
    /// - Throws: Foundation's `DecodingError` when the simulator has written what cannot be read.
    package init(database: String, licenseSecret: String, deliveries: [Delivery], terms: SalesTerms) throws {
        self.database = database
        self.licenseSecret = licenseSecret
        self.terms = terms
        facts = try FinalFacts(deliveries)
    }

    /// Compares the tables with the model, and what was told with the tables.
    ///
    /// - Parameters:
    ///   - told: all that stands on the topics.
    ///   - patience: a deadline may have passed a moment ago and be swept in the next; how long a fault must last to be one.
    /// - Returns: one sentence for each kind of fault; empty when all is as it must be.
    package func faults(_ told: ToldEvents, patience: Duration = .seconds(15)) async throws -> (faults: [String], count: Count) {
        let clock = ContinuousClock(), end = clock.now + patience
        var found = try await compare()
        while !found.faults.isEmpty, clock.now < end {
            try await clock.sleep(for: .seconds(1))
            found = try await compare()
        }
        var count = found.count
        count.told = told.count
        count.repeated = told.repeated
        return (found.faults + (try await changes(told)) + told.faults, count)
    }

    // MARK: the tables

    private static let orders = """
        select o.payment_id, o.state || ' ' || coalesce(total_amount::text, '?') || ' -' || refunded_amount || ' ' || coalesce(customer_id, '?') || ' ['
                 || coalesce((select string_agg(product_id || '×' || quantity, ' ' order by line) from fulfilment.order_lines l where l.payment_id = o.payment_id), '') || ']'
          from fulfilment.orders o
        """
    private static let until = "case when state = 'active' then coalesce((extract(epoch from valid_until) * 1000000)::bigint::text, 'for good') else '-' end"
    private static let features = """
        '[' || coalesce((select string_agg('"' || name || '"', ', ' order by place) from json_array_elements_text(features) with ordinality as feature (name, place)), '') || ']'
        """
    private static let entitlements = """
        select entitlement_id, state || ' ' || source_kind || ' ' || source_id || ' ' || product_id || '×' || quantity || ' ' || coalesce(customer_id, '?') || ' '
                 || \(features) || ' until ' || \(until) from fulfilment.entitlements
        """
    private static let licences = """
        select licence_id, entitlement_id, line, generation, encode(lookup_hash, 'hex'), last_characters, state,
               state || ' ' || coalesce(customer_id, '?') || ' seats ' || seats || ' activations ' || coalesce(activations_allowed::text, 'any') || ' '
                 || coalesce(key_prefix, '?') || ' ' || \(features) || ' until ' || \(until)
          from licensing.licences
        """

    private func compare() async throws -> (faults: [String], count: Count) {
        let oracle = Oracle(database: database)
        let now = Int64(try await oracle.rows("select (extract(epoch from clock_timestamp()) * 1000000)::bigint").first?.first ?? "") ?? 0
        let model = SalesModel(facts: facts, terms: terms, now: now)
        var faults: [String] = []
        let orders = try await oracle.rows(Self.orders), entitlements = try await oracle.rows(Self.entitlements), licences = try await oracle.rows(Self.licences)
        Self.compare(&faults, "orders", model.orders(), orders.map { ($0[0], $0[1]) })
        let expected = model.entitlements()
        Self.compare(&faults, "entitlements", expected.mapValues(model.line), entitlements.map { ($0[0], $0[1]) })
        compare(&faults, licences, expected, model)
        return (faults, Count(orders: orders.count, entitlements: entitlements.count, licences: licences.count))
    }

    /// Licences: each line that the entitlement has now says what it must; a line beyond, of a time when there were more, is revoked; every key is the derived one.
    private func compare(_ faults: inout [String], _ found: [[String]], _ expected: [String: SalesModel.Expected], _ model: SalesModel) {
        var current: [(String, String)] = []
        for row in found {
            if let entitlement = expected[row[1]], Int(row[2]) ?? 0 <= model.lines(entitlement) { current.append((row[0], row[7])) } else if row[6] != "revoked" {
                faults.append("licence \(row[0]) is \(row[6]) although nobody has bought it")
            }
        }
        var wanted: [String: String] = [:]
        for (id, entitlement) in expected { for line in 1..<(1 + model.lines(entitlement)) { wanted["\(id)/\(line)"] = model.licence(entitlement) } }
        Self.compare(&faults, "licences", wanted, current)
        guard let witness = KeyWitness(masterSecret: licenseSecret) else { return faults.append("the licence secret is not in base64") }
        let strange = found.filter { row in
            let symbols = witness.symbols(entitlement: row[1], line: Int(row[2]) ?? 0, generation: Int(row[3]) ?? 0)
            return row[4] != witness.lookupHash(of: symbols) || row[5] != symbols.suffix(5)
        }
        Oracle.note(&faults, Set(strange.map { $0[0] }), "licences with another key than the one that is derived for them")
    }

    private static func compare(_ faults: inout [String], _ what: String, _ expected: [String: String], _ found: [(String, String)]) {
        let rows = Dictionary(found) { first, _ in first }
        if rows.count != found.count { faults.append("\(found.count - rows.count) \(what) stand twice") }
        Oracle.note(&faults, Set(expected.keys).subtracting(rows.keys), "missing \(what)")
        Oracle.note(&faults, Set(rows.keys).subtracting(expected.keys), "\(what) that nobody has paid for")
        let wrong = expected.filter { rows[$0.key] != nil && rows[$0.key] != $0.value }
        guard let first = wrong.keys.min() else { return }
        faults.append("\(wrong.count) \(what) are not what the facts say: \(first) is '\(rows[first] ?? "")' and must be '\(expected[first] ?? "")'")
    }

    // MARK: what was told

    /// Every change of a row, as the flight recorder saw it, was told once, and nothing else was.
    private func changes(_ told: ToldEvents) async throws -> [String] {
        let oracle = Oracle(database: database)
        var faults: [String] = []
        let rows = try await oracle.rows("select kind, id, revision, state from torture.changes order by kind, id, revision")
        var last: [String: (revision: Int64, state: String)] = [:], happened: [String: String] = [:]
        for row in rows {
            let entity = "\(row[0]) \(row[1])", revision = Int64(row[2]) ?? 0
            if revision != (last[entity]?.revision ?? 0) + 1 {
                faults.append("\(entity) changed from revision \(last[entity]?.revision ?? 0) to \(revision)")
            }
            last[entity] = (revision, row[3])
            // An order of which nobody knows yet what it is for is told of to nobody.
            if row[3] != "received" { happened["\(row[1])@\(revision)"] = row[3] }
        }
        if faults.count > 3 { faults = Array(faults.prefix(3)) + ["… and \(faults.count - 3) more revisions that do not follow one another"] }
        let ids = Set(told.bodies.keys)
        Oracle.note(&faults, Set(happened.keys).subtracting(ids), "changes that were never told")
        Oracle.note(&faults, ids.subtracting(happened.keys), "told although they never happened")
        Oracle.note(&faults, Set(happened.filter { told.bodies[$0.key].map(\.state) ?? $0.value != $0.value }.keys), "told with another state than they had")
        // The rows as they stand now are at their last revision.
        let standing = try await oracle.rows("""
            select 'order', payment_id, revision, state from fulfilment.orders union all
            select 'entitlement', entitlement_id, revision, state from fulfilment.entitlements union all
            select 'licence', licence_id, revision, state from licensing.licences
            """)
        let stray = standing.filter { row in last["\(row[0]) \(row[1])"].map { "\($0.revision) \($0.state)" } != "\(row[2]) \(row[3])" }
        Oracle.note(&faults, Set(stray.map { $0[1] }), "rows that changed without a new revision")
        return faults + (try await letters(told))
    }

    /// Every dead letter was announced, and nothing else.
    private func letters(_ told: ToldEvents) async throws -> [String] {
        var faults: [String] = []
        let parked = Set(try await Oracle(database: database).rows("select 'dead-letter/' || worker || '/' || webhook_id from worker.dead_letters").map { $0[0] })
        let announced = Set(told.events.filter { $0.value.topic.contains("dead-letter") }.keys.map { String($0.prefix { $0 != "@" }) })
        Oracle.note(&faults, parked.subtracting(announced), "dead letters that were never announced")
        Oracle.note(&faults, announced.subtracting(parked), "announced as dead letters although they are none")
        return faults
    }
}
