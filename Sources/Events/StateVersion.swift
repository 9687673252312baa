/// Which of two states of one entity is the newer: compared part by part, in this order (DESIGN §8, decision 0001).
package struct StateVersion: Sendable, Hashable, Comparable {
    /// When the event happened: right whether a late retry carries the newest state or the state of its moment (FACTS 2.4).
    package var eventTime: Timestamp
    /// When this attempt was made: separates two bodies of one event.
    package var attemptTime: Timestamp
    /// The rank of the status: separates events that were born together.
    package var rank: Int16
    /// The first eight bytes of the body's SHA-256, big-endian: orders what nothing else orders, the same way everywhere.
    package var tieBreak: Int64

    package init(eventTime: Timestamp, attemptTime: Timestamp, rank: Int16, tieBreak: Int64) {
        self.eventTime = eventTime
        self.attemptTime = attemptTime
        self.rank = rank
        self.tieBreak = tieBreak
    }

    /// - Parameter bodyHash: the SHA-256 of the body, 32 bytes; only the first eight count.
    package init(eventTime: Timestamp, attemptTime: Timestamp, rank: Int16, bodyHash: UnsafeRawBufferPointer) {
        var first: UInt64 = 0
        for byte in bodyHash.prefix(8) { first = first << 8 | UInt64(byte) }
        self.init(eventTime: eventTime, attemptTime: attemptTime, rank: rank, tieBreak: Int64(bitPattern: first))
    }

    package static func < (one: StateVersion, other: StateVersion) -> Bool {
        (one.eventTime, one.attemptTime, one.rank, one.tieBreak) < (other.eventTime, other.attemptTime, other.rank, other.tieBreak)
    }
}
