import Events
package import LibPQ
package import Worker

/// What a batch of events brings to licensing. Two round trips: lock and read, then write what was decided. Used by one thread at a time.
package final class LicensingBatch: EventBatch {
    private let keys: KeyDerivation
    private let reader = EntitlementReader()
    private let dodoKeys: DodoKeyRows
    private let webhookIds = ColumnBuilder(.text), entitlementIds = ColumnBuilder(.text), revisions = ColumnBuilder(.int8)
    /// Of each entitlement the newest revision, and the most lines of any.
    private var newest: [String: (entitlement: Entitlement, linesEver: Int)] = [:]
    private let writing: LicenceWriting
    /// What an event says that only a newer program understands; nil for nothing.
    private var obstacle: String?

    package private(set) var lastIsIgnored = false

    init(_ keys: KeyDerivation, _ mode: Mode) {
        self.keys = keys
        dodoKeys = DodoKeyRows(keys)
        writing = LicenceWriting(keys, mode)
    }

    package func reset() {
        for column in [webhookIds, entitlementIds, revisions] { column.reset() }
        newest.removeAll(keepingCapacity: true)
        obstacle = nil
        dodoKeys.reset()
        writing.reset()
    }

    package func add(_ event: IncomingEvent) throws(RecordFault) {
        lastIsIgnored = false
        guard let name = event.typeName else { throw RecordFault(reason: "missing-header", detail: "the message has no header ce_type") }
        if let type = EventType(name), DodoKeyReader.reads(type) {
            lastIsIgnored = try !dodoKeys.add(event, type)
            return
        }
        guard LicensingHandler.entitlementTopics.contains(where: { $0.utf8.elementsEqual(name) }) else {
            throw RecordFault(reason: "unrecognised-event", detail: "this program does not know the event type; a newer one may")
        }
        let entitlement: Entitlement
        do throws(RecordFault) { entitlement = try reader.read(event.body) } catch {
            // A newer fulfilment-worker wrote it, and a newer license-worker will take it: it waits, instead of becoming a dead letter.
            guard error.reason == EntitlementReader.newerWord else { throw error }
            obstacle = error.detail
            return
        }
        webhookIds.append(bytes: event.webhookId)
        entitlementIds.append(entitlement.entitlementId)
        revisions.append(entitlement.revision)
        guard let known = newest[entitlement.entitlementId] else {
            newest[entitlement.entitlementId] = (entitlement, entitlement.lines)
            return
        }
        newest[entitlement.entitlementId] = (
            entitlement.revision > known.entitlement.revision ? entitlement : known.entitlement, max(known.linesEver, entitlement.lines)
        )
    }

    package func steps() -> [PipelineStep] {
        if let obstacle {
            let words = "\(obstacle); a newer fulfilment-worker wrote it, and nothing of this lane is applied until license-worker is upgraded"
            return [PipelineStep(sql: "select set_config('nicobar.obstacle', $1, true)", [.text(words)]), LicensingStatement.refuse.step([])]
        }
        guard decides || dodoKeys.count > 0 else { return [] }
        var steps = [LicensingStatement.checkMasterSecret.step([.bytes(keys.fingerprint), .bool(true)])]
        if decides {
            let ids = Parameter.array(entitlementIds)
            steps += [
                LicensingStatement.claimEntitlements.step([ids]), LicensingStatement.lockEntitlements.step([ids]),
                LicensingStatement.entitlementLicences.step([ids]),
                LicensingStatement.staleEntitlementEvents.step([.array(webhookIds), ids, .array(revisions)]),
            ]
        }
        if let dodo = dodoKeys.step() { steps.append(dodo) }
        return steps
    }

    package var decides: Bool { !newest.isEmpty }

    package func conclusions(from results: ArraySlice<ResultSet>) -> [PipelineStep] {
        writing.reset()
        let first = results.startIndex
        let stored = EntitlementRows.read(results[first + 2])
        let licences = LicenceRows.read(results[first + 3])
        // In the order of ids, in which the rows are locked.
        for known in stored {
            guard let incoming = newest[known.entitlementId] else { continue }
            let current = known.entitlement.flatMap { $0.revision >= incoming.entitlement.revision ? $0 : nil } ?? incoming.entitlement
            let linesEver = max(known.linesEver, incoming.linesEver)
            if current.revision != known.entitlement?.revision || linesEver != known.linesEver { writing.write(current, linesEver: linesEver) }
            for change in LicenceDecision.changes(of: current, linesEver: linesEver, stored: licences[known.entitlementId] ?? []) {
                writing.write(change, of: current, at: current.changedAt)
            }
        }
        return writing.steps()
    }
}
