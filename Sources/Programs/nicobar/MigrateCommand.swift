import CommandLine
import Operations

let migrateCommand = Command(
    "migrate", summary: "Bring the database's schema to a version, or say where it stands",
    discussion: """
        Every migration is one transaction; an advisory lock lets one nicobar migrate work at a time. A migration that was applied is never changed:
        its checksum is kept in nicobar.migrations and compared.
        """,
    subcommands: [
        Command(
            "up", summary: "Apply the migrations that are missing", json: true,
            options: [
                .value("to", "VERSION", "the last migration to apply; all unless given"),
                .value("wait", "SECONDS", "how long to wait for another nicobar migrate", standard: "60"),
            ],
            examples: [.init("nicobar migrate up", "before a new version of a worker starts")],
            action: .blocking { asked in
                let runner = MigrationRunner(try Reach.database()) { if !asked.wantsJSON { Standard.note("\($0) \($1.title)") } }
                let done = try runner.up(to: asked.integer("to", in: 0...100_000), patience: asked.integer("wait", in: 1...86400) ?? 60)
                Standard.print(asked.wantsJSON ? json(done) : done.isEmpty ? "nothing to apply" : "applied \(titles(done))")
                return .success
            }),
        Command(
            "down", summary: "Take migrations back; their tables and what is in them are deleted", json: true,
            options: [
                .value("to", "VERSION", "the last migration that stays; 0 takes all back", required: true),
                .value("wait", "SECONDS", "how long to wait for another nicobar migrate", standard: "60"),
            ],
            examples: [.init("nicobar migrate down --to 1", "takes back everything after 0001")],
            action: .blocking { asked in
                let runner = MigrationRunner(try Reach.database()) { if !asked.wantsJSON { Standard.note("\($0) \($1.title)") } }
                let done = try runner.down(to: asked.integer("to", in: 0...100_000) ?? 0, patience: asked.integer("wait", in: 1...86400) ?? 60)
                Standard.print(asked.wantsJSON ? json(done) : done.isEmpty ? "nothing to take back" : "took back \(titles(done))")
                return .success
            }),
        Command(
            "status", summary: "Say which migrations are applied; ends with 1 when some are missing or unknown", json: true,
            examples: [.init("nicobar migrate status", "what is applied, and when")],
            action: .blocking { asked in
                let runner = MigrationRunner(try Reach.database())
                let applied = try runner.applied(), plan = try runner.plan()
                if asked.wantsJSON {
                    let rows: [JSONText] = applied.map { ["version": .integer(Int64($0.version)), "name": .text($0.name), "applied_at": .text($0.appliedAt)] }
                    let value: JSONText = [
                        "applied": .array(rows), "pending": .array(plan.pending.map { .text($0.title) }), "unknown": .array(plan.unknown.map { .text($0) }),
                    ]
                    Standard.print(value.description)
                } else {
                    var table = TextTable("migration", "state", "applied at")
                    for row in applied {
                        let known = Migration.all.contains { $0.version == row.version }
                        table.add(Migration(version: row.version, name: row.name, up: "", down: "").title, known ? "applied" : "unknown to this program", row.appliedAt)
                    }
                    for migration in plan.pending { table.add(migration.title, "missing", "") }
                    Standard.print(table.description)
                }
                return plan.pending.isEmpty && plan.unknown.isEmpty ? .success : .failure
            }),
    ])

private func titles(_ migrations: [Migration]) -> String { migrations.map(\.title).joined(separator: ", ") }

private func json(_ migrations: [Migration]) -> String {
    let value: JSONText = ["migrations": .array(migrations.map { .text($0.title) })]
    return value.description
}
