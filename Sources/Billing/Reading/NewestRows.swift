import Events

/// Which row of a batch is the newest of each entity.
///
/// Only that row is sent to the database: PostgreSQL would read, sort and throw away the others, and they are most of a long batch.
struct NewestRows {
    private struct Row {
        let version: StateVersion
        /// Where its entity's key stands in `bytes`.
        let key: Range<Int>
        /// Where its event's id stands in `bytes`.
        let webhookId: Range<Int>
        /// The newest row of the same entity.
        var newest: Int
        let hash: Int
    }

    private var rows: [Row] = []
    private var bytes: [UInt8] = []
    /// Newest rows by their key's hash, open addressing; -1 is free. Its size is a power of two, twice the entities at least.
    private var slots = [Int32](repeating: -1, count: 64)
    private var entities = 0
    /// Rows whose entity has got a newer one since.
    private(set) var superseded: [Int] = []

    /// Forgets all rows and keeps the memory.
    mutating func reset() {
        guard !rows.isEmpty else { return }
        rows.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        superseded.removeAll(keepingCapacity: true)
        entities = 0
        for index in slots.indices { slots[index] = -1 }
    }

    /// Adds a row for an event, unless one no older of its entity is there.
    ///
    /// - Parameters:
    ///   - key: the parts of its entity's key; copied.
    ///   - webhookId: the event's id; copied.
    /// - Returns: whether the event has a row, the next in number.
    mutating func add(key parts: some Sequence<CellValue>, _ version: StateVersion, webhookId: UnsafeRawBufferPointer) -> Bool {
        let start = bytes.count
        for part in parts { append(part) }
        let key = start..<bytes.count
        let hash = Self.hash(bytes[key])
        if (entities + 1) * 2 > slots.count { grow() }
        var slot = hash & (slots.count - 1)
        while slots[slot] >= 0 {
            let known = Int(slots[slot])
            if rows[known].hash == hash, bytes[rows[known].key].elementsEqual(bytes[key]) {
                guard rows[known].version < version else {
                    bytes.removeSubrange(key)
                    return false
                }
                superseded.append(known)
                append(version, key, hash, webhookId)
                rows[known].newest = rows.count - 1
                slots[slot] = Int32(rows.count - 1)
                return true
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        entities += 1
        append(version, key, hash, webhookId)
        slots[slot] = Int32(rows.count - 1)
        return true
    }

    /// The id of the event that is newest now of a row's entity.
    func withWinner(of row: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
        var last = row
        while rows[last].newest != last { last = rows[last].newest }
        withId(of: last, body)
    }

    /// The id of a row's event.
    func withId(of row: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[rows[row].webhookId])) }
    }

    private mutating func append(_ version: StateVersion, _ key: Range<Int>, _ hash: Int, _ webhookId: UnsafeRawBufferPointer) {
        let start = bytes.count
        bytes.append(contentsOf: webhookId)
        rows.append(Row(version: version, key: key, webhookId: start..<bytes.count, newest: rows.count, hash: hash))
    }

    /// Appends one part of a key, ended so that no two keys have the same bytes.
    private mutating func append(_ part: CellValue) {
        switch part {
        case .null: bytes.append(0)
        case .bytes(let text):
            bytes.append(contentsOf: text)
            bytes.append(0) // No text of an event holds a NUL.
        case .number(let number): withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
        case .flag(let flag): bytes.append(flag ? 1 : 0)
        }
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for (number, row) in rows.enumerated() where row.newest == number {
            var slot = row.hash & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(number)
        }
    }

    /// FNV-1a, its high half folded in; nobody chooses ids to make it collide, and a collision only costs a comparison.
    private static func hash(_ key: ArraySlice<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: (hash ^ hash >> 32) & 0x7fff_ffff)
    }
}
