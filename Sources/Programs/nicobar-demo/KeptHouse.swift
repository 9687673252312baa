import Foundation
import Surroundings

/// Where `make up` leaves word of what runs, for `make down` and for people; the folder is the project's own and ignored by git.
struct KeptHouse {
    static let folder = ".nicobar"
    private static let pidFile = "\(folder)/up.pid"
    private static let noteFile = "\(folder)/up.txt"
    /// What the keeper printed, for the case that it did not come up.
    static let log = "\(folder)/up.log"
    /// Shell lines that set the environment of what runs.
    static let environment = "\(folder)/environment"

    /// The process id of the keeper that runs now; nil when none does.
    static var keeper: Int32? {
        guard let text = try? String(contentsOfFile: pidFile, encoding: .utf8), let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)),
            kill(pid, 0) == 0,
            let name = try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8), "nicobar-demo\n".hasPrefix(name.prefix(12))
        else { return nil }
        return pid
    }

    /// What the keeper says about the house once all of it is ready; nil before that.
    static var note: String? { try? String(contentsOfFile: noteFile, encoding: .utf8) }

    /// Called by the keeper at its start: from now on it is the one.
    static func claim() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try? FileManager.default.removeItem(atPath: noteFile)
        try "\(getpid())\n".write(toFile: pidFile, atomically: true, encoding: .utf8)
    }

    /// Called by the keeper when all is ready.
    static func announce(_ house: House) throws {
        let lines = house.stack.environment.merging(["NICOBAR_LISTEN": "127.0.0.1:\(house.ingest.port)"]) { $1 }
            .sorted { $0.key < $1.key }.map { "export \($0.key)='\($0.value)'" }
        try (lines.joined(separator: "\n") + "\n").write(toFile: environment, atomically: true, encoding: .utf8)
        // The secret is in it: for this user only.
        chmod(environment, 0o600)
        let note = """
            ingest          http://127.0.0.1:\(house.ingest.port)/webhooks/dodo   (also /healthz /readyz /metrics)
            billing-worker  http://127.0.0.1:\(house.worker.port)/metrics         (also /healthz /readyz)
            other workers   fulfilment-worker http://127.0.0.1:\(house.fulfilment.port)/metrics, license-worker http://127.0.0.1:\(house.licences.port)/metrics
            broker          \(house.ground.broker.bootstrapServers), \(house.ground.broker.description)
            PostgreSQL      \(house.stack.database)
            logs            \(house.stack.folder)

              source \(environment)                      what the programs were told: broker, database, secret
              .build/release/dodo-simulator send --to http://127.0.0.1:\(house.ingest.port)/webhooks/dodo --events 1000
              .build/release/nicobar lag
              .build/release/nicobar doctor
              .build/release/nicobar catalog show
              psql "$DATABASE_URL" -c 'select status, count(*) from billing.payments group by 1'
              psql "$DATABASE_URL" -c 'select * from fulfilment.orders order by paid_at desc limit 5'
            """
        try note.write(toFile: noteFile, atomically: true, encoding: .utf8)
    }

    /// Called by the keeper at its end.
    static func forget() {
        for file in [pidFile, noteFile, environment] { try? FileManager.default.removeItem(atPath: file) }
    }
}
