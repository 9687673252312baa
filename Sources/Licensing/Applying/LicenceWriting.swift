import Events
import LibPQ
import Worker

/// Collects what was decided, as columns for the rows and for the outbox. The worker and the operator's commands write through it. Belongs to one thread.
final class LicenceWriting {
    private let keys: KeyDerivation
    private let mode: Mode
    private let entitlements = EntitlementRows()
    private let licences = LicenceRows()
    private let outbox = OutboxRows()

    init(_ keys: KeyDerivation, _ mode: Mode) {
        self.keys = keys
        self.mode = mode
    }

    func reset() {
        entitlements.reset()
        licences.reset()
        outbox.reset()
    }

    func write(_ entitlement: Entitlement, linesEver: Int) { entitlements.append(entitlement, linesEver: linesEver) }

    /// Writes a licence and tells of it.
    ///
    /// - Parameter time: when the change happened.
    func write(_ change: LicenceDecision.Change, of entitlement: Entitlement, at time: Timestamp) {
        let licence = change.licence
        let key = keys.key(entitlement: licence.entitlementId, line: licence.line, generation: licence.generation)
        licences.append(licence, key, keys.hash(key), withdraws: change.withdrawsTokens, changedAt: time)
        let type = "nicobar.license.\(change.kind.rawValue)"
        LicenceEvent.body(licence, of: entitlement, at: time).withUnsafeBytes {
            outbox.append(
                id: "\(licence.licenceId)@\(licence.revision)", topic: mode.topicName(type), key: entitlement.sourceId, type: type, occurredAt: time, body: $0)
        }
    }

    /// What to run behind the locks; lent until the next `reset`.
    func steps() -> [PipelineStep] { [entitlements.step(), licences.step(), outbox.step("licensing")].compactMap(\.self) }
}
