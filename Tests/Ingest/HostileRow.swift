/// One way to deliver badly, and what must become of it.
struct HostileRow {
    /// What the sender hears.
    enum Answer: Equatable {
        /// This status and nothing in Kafka.
        case refused(Int)
        /// One of these, or the end of the connection without a word, and nothing in Kafka.
        case cut([Int])
        /// 204, and the body in the topic of its type, byte for byte.
        case taken
        /// 204, and the body in the unrecognised topic with this reason.
        case parked(String)
    }

    let name: String
    let answer: Answer
    /// The body that must be in Kafka.
    let body: [UInt8]
    let bytes: [UInt8]
    /// Whether the sender stops sending afterwards.
    let finishes: Bool

    init(_ name: String, _ answer: Answer, _ delivery: RawDelivery, bytes: [UInt8]? = nil, finishes: Bool = false) {
        self.name = name
        self.answer = answer
        body = delivery.body
        id = delivery.id
        self.bytes = bytes ?? delivery.bytes
        self.finishes = finishes
    }
    let id: String
}

/// Makes rows with ids that nobody else uses.
struct HostileRows {
    let word: String
    private(set) var rows: [HostileRow] = []

    init(word: String) {
        self.word = word
        addHeaders()
        addSignatures()
        addBodies()
        addFraming()
        addRequests()
    }

    mutating func add(_ name: String, _ answer: HostileRow.Answer, finishes: Bool = false, _ change: (inout RawDelivery) -> Void) {
        rows.append(HostileRow(name, answer, RawDelivery("\(word)-\(rows.count)").with(change), finishes: finishes))
    }

    /// A row whose bytes are made from the good delivery's.
    mutating func addBytes(_ name: String, _ answer: HostileRow.Answer, finishes: Bool = false, _ bytes: (RawDelivery) -> [UInt8]) {
        let delivery = RawDelivery("\(word)-\(rows.count)")
        rows.append(HostileRow(name, answer, delivery, bytes: bytes(delivery), finishes: finishes))
    }

    mutating func addBody(_ name: String, _ answer: HostileRow.Answer, _ body: [UInt8]) { add(name, answer) { $0.body = body } }
    mutating func addBody(_ name: String, _ answer: HostileRow.Answer, _ body: String) { addBody(name, answer, Array(body.utf8)) }
}
