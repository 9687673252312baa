/// The rows of one shard that is ours: read, in flight, or acknowledged and still to be deleted. Part of `RelayMachine`.
///
/// Of each key one row is in flight at a time. That is what keeps a key in order whatever the producer does with a message that failed.
struct HeldShard {
    /// The rows of one key in the order of their positions.
    private struct Line {
        var rows: [OutboxRow] = []
        var isInFlight = false
        var backoff = Backoff(first: 0.1, most: 30)
        /// Not to be sent before, after a failure.
        var notBefore = -Double.infinity
    }

    /// It is given back as soon as nothing of it is in flight.
    var isLeaving = false
    /// Whether the table may hold rows that were not read.
    var wantsReading = true
    /// Whether the table is known to hold rows that were not read.
    var isFull = true
    /// Rows in the broker's hands.
    private(set) var inFlight = 0
    /// Rows that the broker has and the table too.
    private(set) var acknowledged: [Int64] = []
    /// All positions that are here in whatever state, so that none is read twice.
    private(set) var known: Set<Int64> = []
    private var lines: [String: Line] = [:]
    /// Keys with a row that may be sent now.
    private var sendable: [String] = []
    private var head = 0
    /// Keys whose first row failed, to be sent again later.
    private var heldBack: Set<String> = []

    /// Takes rows in; those that are here already change nothing.
    ///
    /// - Parameter rows: in the order of their positions.
    mutating func add(_ rows: [OutboxRow]) {
        for row in rows where known.insert(row.position).inserted {
            var line = lines.removeValue(forKey: row.key) ?? Line()
            line.rows.append(row)
            if line.rows.count == 1 && !line.isInFlight { sendable.append(row.key) }
            lines[row.key] = line
        }
    }

    /// The next row to send; it counts as in flight from now on.
    mutating func takeNext(now: Double) -> OutboxRow? {
        wake(now: now)
        guard head < sendable.count else { return nil }
        let key = sendable[head]
        head += 1
        if head == sendable.count {
            sendable.removeAll(keepingCapacity: true)
            head = 0
        }
        lines[key]?.isInFlight = true
        inFlight += 1
        return lines[key]?.rows.first
    }

    /// The broker has the row that is in flight for a key.
    mutating func acknowledge(_ key: String) {
        guard var line = lines.removeValue(forKey: key), line.isInFlight else { return }
        inFlight -= 1
        acknowledged.append(line.rows.removeFirst().position)
        line.isInFlight = false
        line.backoff.reset()
        guard !line.rows.isEmpty else { return }
        lines[key] = line
        sendable.append(key)
    }

    /// The row in flight for a key failed: it and all behind it wait.
    mutating func fail(_ key: String, now: Double, _ random: inout some RandomNumberGenerator) {
        guard var line = lines.removeValue(forKey: key), line.isInFlight else { return }
        inFlight -= 1
        line.isInFlight = false
        line.notBefore = now + line.backoff.next(&random)
        lines[key] = line
        heldBack.insert(key)
    }

    /// Lets keys go on whose time has come.
    private mutating func wake(now: Double) {
        guard !heldBack.isEmpty else { return }
        for key in heldBack.filter({ lines[$0].map { $0.notBefore <= now } ?? true }).sorted() {
            heldBack.remove(key)
            if lines[key] != nil { sendable.append(key) }
        }
    }

    /// When the first held back key may go on.
    var nextWake: Double { heldBack.isEmpty ? .infinity : heldBack.reduce(.infinity) { min($0, lines[$1]?.notBefore ?? .infinity) } }

    /// Whether to read now: while there is room, and more only where keys are held back, so that they do not keep the others from being read.
    func wantsRows(page: Int, held: Int, isHintDue: Bool) -> Bool {
        guard wantsReading, !isLeaving, isFull || isHintDue else { return false }
        return known.count - acknowledged.count < (heldBack.isEmpty ? page / 2 : held)
    }

    /// The rows that were acknowledged are deleted.
    mutating func forget(_ positions: [Int64]) {
        known.subtract(positions)
        let gone = Set(positions)
        acknowledged.removeAll { gone.contains($0) }
    }
}
