import Simulator
import Worker

/// One seeded life of a few workers: events come, workers join, stop, freeze and are killed between any two steps, connections break, commits overtake each other.
/// At the end the weather is good, and everything must come out right.
struct LaneSchedule {
    /// What may go wrong in the order of steps.
    enum Trouble: CaseIterable { case kill, freeze, expel, stop, steal, deliver }

    private var dice: SplitMix64
    private var kafka = ModelKafka()
    private var database: ModelDatabase
    private var workers: [ModelWorker] = []
    private var names = 0
    private var events = 0
    /// The newest attempt of each event, its body, and whether it is poison.
    private var newest: [Int: (attempt: Int, body: Int, isPoison: Bool)] = [:]
    private let flaw: ModelWorker.Flaw?

    init(_ dice: SplitMix64, flaw: ModelWorker.Flaw? = nil, database: ModelDatabase.Flaw? = nil) {
        self.dice = dice
        self.flaw = flaw
        self.database = ModelDatabase(flaw: database)
    }

    /// Runs it to its end.
    mutating func run() throws(Violation) {
        for _ in 0..<(1 + dice.below(3)) { start() }
        for _ in 0..<(3 + dice.below(4)) { produce() }
        let steps = 60 + dice.below(100)
        for _ in 0..<steps {
            if dice.percent(12) { produce() }
            if dice.percent(6) { try trouble(Trouble.allCases[dice.below(Trouble.allCases.count)]) }
            try step(faults: true)
        }
        try finish()
    }

    /// The same schedule of events and steps without chance in it, in which only one step goes wrong.
    ///
    /// - Returns: whether there was such a step.
    mutating func run(failing number: Int, with trouble: Trouble) throws(Violation) -> Bool {
        for _ in 0..<2 { start() }
        for _ in 0..<12 { produce() }
        var count = 0
        while !(isSettled && kafka.isCommitted), count < 2000 {
            count += 1
            if count == number { try self.trouble(trouble) }
            try step(faults: false)
            if count > number, isSettled { break }
        }
        try finish()
        if number > count, !kafka.isCommitted { throw Violation("nothing went wrong, and still not all is committed") }
        return number <= count
    }

    // MARK: what happens

    private mutating func start() {
        names += 1
        workers.append(ModelWorker(names, flaw: flaw))
    }

    /// A new event, or one again: the same attempt at another place, or a newer attempt with another body.
    private mutating func produce() {
        let place = ModelKafka.partitions[dice.below(ModelKafka.partitions.count)]
        let again = dice.below(max(1, events) * 3)
        if let known = newest[again] {
            let attempt = dice.percent(50) ? known : (known.attempt + 1, known.body + 1, known.isPoison)
            newest[again] = attempt
            kafka.append(id: again, attempt: attempt.0, body: attempt.1, isPoison: known.isPoison, to: place)
        } else {
            let isPoison = dice.percent(15)
            newest[events] = (1, 1, isPoison)
            kafka.append(id: events, attempt: 1, body: 1, isPoison: isPoison, to: place)
            events += 1
        }
    }

    private mutating func step(faults: Bool) throws(Violation) {
        guard let worker = workers.randomElement(using: &dice), !worker.isFrozen else { return }
        switch dice.below(10) {
        case 0...1 where !worker.isStopping: try worker.poll(&kafka, &database, &dice, faults: faults)
        case 2: worker.settle()
        case 3: try worker.deliverCommit(to: &kafka, &dice, faults: faults)
        default: try worker.stepApplier(&dice, &kafka, &database, faults: faults)
        }
        if worker.isStopping, !worker.isBusy || faults && dice.percent(3) {
            try worker.end(&kafka)
            workers.removeAll { $0 === worker }
            if workers.isEmpty { start() }
        }
    }

    private mutating func trouble(_ trouble: Trouble) throws(Violation) {
        guard let worker = workers.randomElement(using: &dice) else { return }
        switch trouble {
        case .kill:
            // Its commits may still be on their way; the group finds out later.
            if dice.percent(50) { try worker.deliverCommit(to: &kafka, &dice, faults: true) }
            workers.removeAll { $0 === worker }
            if dice.percent(70) { kafka.leave(worker.name) }
            gone.append(worker.name)
            start()
        case .freeze: worker.isFrozen.toggle()
        case .expel: kafka.leave(worker.name)
        case .stop: worker.stop()
        case .steal: _ = database.take(ModelKafka.lanes[dice.below(ModelKafka.lanes.count)])
        case .deliver: try worker.deliverCommit(to: &kafka, &dice, faults: true)
        }
    }

    /// Workers that were killed and that the group may still believe in.
    private var gone: [Int] = []

    /// What came of it, in one line; the same for the same seed.
    var fingerprint: String {
        let effects = database.effects.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.sorted { $0.key < $1.key })" }
        return "\(names) \(kafka.generation) \(dice) \(effects)"
    }

    // MARK: how it ends

    private var isSettled: Bool { kafka.isApplied && !workers.contains { $0.isBusy || !$0.commits.isEmpty } }

    /// Good weather until all is done; then the promises.
    private mutating func finish() throws(Violation) {
        for name in gone { kafka.leave(name) }
        for worker in workers { worker.isFrozen = false }
        var left = 20_000
        while !isSettled {
            left -= 1
            guard left > 0 else { throw Violation("it never comes to an end: something is lost or stuck") }
            try step(faults: false)
        }
        for (id, last) in newest {
            let effects = database.effects[id] ?? [:]
            if last.isPoison {
                guard effects.isEmpty, database.deadLetters.contains(id) else { throw Violation("event \(id) is poison, but is no dead letter") }
                continue
            }
            guard !database.deadLetters.contains(id) else { throw Violation("event \(id) is good, but was parked") }
            for (body, times) in effects where times != 1 { throw Violation("event \(id) with body \(body) took effect \(times) times") }
            guard effects[last.body] == 1, database.body(of: id) == last.body else { throw Violation("event \(id) did not end in its newest body") }
        }
    }
}
