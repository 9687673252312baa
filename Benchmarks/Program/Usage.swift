import LibPQ
import Surroundings

/// What every process has used by one moment; two of them give what an interval cost.
struct Usage {
    private(set) var seconds = Stopwatch.seconds
    private(set) var programs = 0.0
    /// All of PostgreSQL: backends, writers, vacuum.
    private(set) var postgres = 0.0
    /// Only the backends that serve the programs, by their application name.
    private(set) var backends = 0.0
    private(set) var broker = 0.0
    /// This process: the load generator, or the bare limit.
    private(set) var own = ProcessTime.ownSeconds

    /// - Parameters:
    ///   - programs: whose processor time is added up.
    ///   - backends: process ids of PostgreSQL's backends that are counted by themselves.
    init(_ ground: Ground, programs: [Int32], backends: [Int32] = []) {
        self.programs = programs.reduce(0) { $0 + ProcessTime(of: $1).seconds }
        postgres = ground.postgres.pid.map { ProcessTime(of: $0, children: true).seconds } ?? .nan
        self.backends = backends.reduce(0) { $0 + ProcessTime(of: $1).seconds }
        broker = ground.broker.pid.map { ProcessTime(of: $0).seconds } ?? .nan
    }

    private init() {}

    static func - (later: Usage, earlier: Usage) -> Usage {
        var difference = Usage()
        difference.seconds = later.seconds - earlier.seconds
        difference.programs = later.programs - earlier.programs
        difference.postgres = later.postgres - earlier.postgres
        difference.backends = later.backends - earlier.backends
        difference.broker = later.broker - earlier.broker
        difference.own = later.own - earlier.own
        return difference
    }

    /// Process ids of the backends of an application, as PostgreSQL knows them.
    @available(*, noasync, message: "blocks its thread")
    static func backends(of applications: String, _ connection: Connection) throws -> [Int32] {
        let result = try connection.query("select pid from pg_stat_activity where application_name like $1::text", [.text(applications)])
        return (0..<result.rowCount).compactMap { result.int64($0, 0).map { Int32($0) } }
    }
}
