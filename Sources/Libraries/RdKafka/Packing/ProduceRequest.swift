/// A ProduceRequest for one partition, as librdkafka sends it: versions 3 to 7, before the protocol's flexible ones (Kafka protocol guide, "Produce API").
///
/// A view that lives as long as the bytes it was read from. The records in it are not looked at; the broker checks their checksums.
@safe struct ProduceRequest {
    private static let apiKey: Int16 = 0
    private static let versions: ClosedRange<Int16> = 3...7
    /// Where the client's name begins: behind length, API key, version and correlation id.
    private static let settingsStart = 12

    /// The whole frame, with its length.
    let frame: UnsafeRawBufferPointer
    let version: Int16
    let correlation: Int32
    /// Where the array of topics begins, with its count of four bytes.
    let topicsStart: Int
    /// The topic's name in the frame.
    let topic: Range<Int>
    let partition: Int32

    /// Nil when the frame is another request, of another version, one without an answer, or for more than one partition.
    init?(_ frame: UnsafeRawBufferPointer) {
        guard frame.count >= Self.settingsStart, unsafe frame.int16(at: 4) == Self.apiKey,
            unsafe Self.versions.contains(frame.int16(at: 6))
        else { return nil }
        var cursor = Self.settingsStart
        // client_id, transactional_id, acks, timeout_ms, the number of topics
        guard unsafe Self.skipText(frame, &cursor), unsafe Self.skipText(frame, &cursor),
            cursor + 10 <= frame.count, unsafe frame.int16(at: cursor) != 0,
            unsafe frame.int32(at: cursor + 6) == 1
        else { return nil }
        topicsStart = cursor + 6
        cursor = topicsStart + 4
        let name = cursor + 2
        // name, the number of partitions, index, the length of the records
        guard unsafe Self.skipText(frame, &cursor), cursor > name, cursor + 12 <= frame.count,
            unsafe frame.int32(at: cursor) == 1
        else { return nil }
        topic = name..<cursor
        partition = unsafe frame.int32(at: cursor + 4)
        let records = unsafe Int(frame.int32(at: cursor + 8))
        guard records >= 0, cursor + 12 + records == frame.count else { return nil }
        unsafe self.frame = unsafe frame
        version = unsafe frame.int16(at: 6)
        correlation = unsafe frame.int32(at: 8)
    }

    /// Client, transaction, acks and time-out: what all requests of one pack have in common.
    var settings: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: frame[Self.settingsStart..<topicsStart])
    }
    /// What a pack that begins with this request begins with; its length and its number of topics are still to be set.
    var head: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: frame[..<(topicsStart + 4)])
    }
    /// The one topic with its one partition.
    var entry: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: frame[(topicsStart + 4)...])
    }
    var place: UInt64 {
        unsafe Self.place(of: UnsafeRawBufferPointer(rebasing: frame[topic]), partition)
    }

    /// Whether a pack that begins with these bytes can take this request, as far as what they have in common goes.
    func belongs(to version: Int16, _ topicsStart: Int, _ pack: UnsafeRawBufferPointer) -> Bool {
        unsafe self.version == version && self.topicsStart == topicsStart
            && settings.elementsEqual(pack[Self.settingsStart..<topicsStart])
    }

    /// A topic's partition in 64 bits (FNV-1a). Two that happen to share them are never packed together.
    static func place(of topic: UnsafeRawBufferPointer, _ partition: Int32) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for unsafe byte in unsafe topic { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return (hash ^ UInt64(UInt32(bitPattern: partition))) &* 0x100_0000_01B3
    }

    /// Steps over a nullable text, whose length of two bytes is -1 for null.
    private static func skipText(_ frame: UnsafeRawBufferPointer, _ cursor: inout Int) -> Bool {
        guard cursor + 2 <= frame.count else { return false }
        let length = unsafe Int(frame.int16(at: cursor))
        cursor += 2 + max(0, length)
        return length >= -1 && cursor <= frame.count
    }
}
