/// The ticket of one request that is waiting for its answer.
///
/// It stays harmless for ever: once the answer was given or the client has gone, it fits no other request.
package struct HTTPExchange: Hashable, Sendable {
    /// Fits into anything that carries a pointer, such as a Kafka message's opaque. Never 0.
    package let id: UInt

    package init(id: UInt) { self.id = id }

    /// The place of the connection is in the low bits, the number of the request above.
    static let placeBits: UInt = 20

    init(place: Int, generation: UInt) { id = generation << Self.placeBits | UInt(place) }

    var place: Int { Int(id & (1 << Self.placeBits - 1)) }
    var generation: UInt { id >> Self.placeBits }
}
