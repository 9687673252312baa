import CommandLine
import Operations

let topicsCommand = Command(
    "topics", summary: "Compare the broker's topics with schemas/topics.json, or make them so",
    discussion: """
        All topics have equally many partitions, so that partition p of each belongs to one lane. Raising them all is safe at any time, because no
        state depends on the order of events. Nothing is ever deleted.
        """,
    subcommands: [
        Command(
            "diff", summary: "Say what would change; ends with 1 when something would", json: true, options: [partitionsOption],
            examples: [.init("nicobar topics diff", "changes nothing")],
            action: .asynchronous { asked in
                let plan = try await TopicPlan.read(Reach.contract(), from: Reach.kafka(), partitions: asked.integer("partitions", in: 1...10_000))
                show(plan, asked, done: false)
                return plan.isEmpty ? .success : .failure
            }),
        Command(
            "apply", summary: "Create topics, raise partitions, set settings", json: true, options: [partitionsOption],
            examples: [
                .init("nicobar topics apply", "before the first start, and after every change of schemas/topics.json"),
                .init("nicobar topics apply --partitions 12", "twelve lanes: up to twelve workers share the work"),
            ],
            action: .asynchronous { asked in
                let contract = try Reach.contract(), admin = try Reach.kafka()
                let plan = try await TopicPlan.read(contract, from: admin, partitions: asked.integer("partitions", in: 1...10_000))
                try await plan.apply(contract, to: admin) { if !asked.wantsJSON { Standard.note("\($0)") } }
                show(plan, asked, done: true)
                return plan.complaints.contains { if case .morePartitionsThanPlanned = $0 { true } else { false } } ? .failure : .success
            }),
    ])

private let partitionsOption = CommandOption.value("partitions", "N", "partitions of every topic; the contract's number, or what they all have, unless given")

private func show(_ plan: TopicPlan, _ asked: Invocation, done: Bool) {
    if asked.wantsJSON {
        let value: JSONText = [
            done ? "changed" : "changes": .array(plan.changes.map { .text($0.description) }), "complaints": .array(plan.complaints.map { .text($0.description) }),
        ]
        return Standard.print(value.description)
    }
    if !done { for change in plan.changes { Standard.print("would \(change)") } }
    for complaint in plan.complaints { Standard.print("note: \(complaint)") }
    let count = plan.changes.count
    if done { Standard.print(count == 0 ? "all topics are as they should be" : "\(count) changes made; every partition has a leader") }
    if !done, count == 0 { Standard.print("all topics are as they should be") }
}
