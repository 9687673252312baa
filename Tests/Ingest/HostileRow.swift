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
    let id: String
    /// Whether the sender stops sending afterwards.
    let finishes: Bool
    /// Makes it at the moment of sending, since a timestamp does not keep.
    let make: () -> (body: [UInt8], bytes: [UInt8])
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

    mutating func add(_ name: String, _ answer: HostileRow.Answer, finishes: Bool = false, _ change: @escaping (inout RawDelivery) -> Void) {
        let delivery = "\(word)-\(rows.count)"
        let id = RawDelivery(delivery).with(change).id
        rows.append(HostileRow(name: name, answer: answer, id: id, finishes: finishes) {
            let made = RawDelivery(delivery).with(change)
            return (made.body, made.bytes)
        })
    }

    /// A row whose bytes are made from the good delivery's.
    mutating func addBytes(_ name: String, _ answer: HostileRow.Answer, finishes: Bool = false, _ bytes: @escaping (RawDelivery) -> [UInt8]) {
        let id = "\(word)-\(rows.count)"
        rows.append(HostileRow(name: name, answer: answer, id: id, finishes: finishes) {
            let made = RawDelivery(id)
            return (made.body, bytes(made))
        })
    }

    mutating func addBody(_ name: String, _ answer: HostileRow.Answer, _ body: [UInt8]) { add(name, answer) { $0.body = body } }
    mutating func addBody(_ name: String, _ answer: HostileRow.Answer, _ body: String) { addBody(name, answer, Array(body.utf8)) }
}
