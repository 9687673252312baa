import Events
import Foundation
import Surroundings

/// Everything between a delivery and a row, running on this machine.
struct House: Sendable {
    let ground: Ground
    let ingest: RunningProgram
    let worker: RunningProgram

    var stack: Stack { ground.stack }

    /// Prepares the ground and starts the programs on it.
    ///
    /// - Parameters:
    ///   - ports: where ingest and the worker's health are to listen; any free ones when nil.
    ///   - narrator: told of each thing that stands.
    /// - Throws: `SurroundingsError` when something does not start, with the end of its log.
    static func start(ports: (ingest: Int, worker: Int)? = nil, _ narrator: Narrator) async throws -> House {
        let contract = try TopicContract(mode: .live)
        let ground = try await Ground.prepare(
            programs: Bundle.main.bundlePath, topics: contract.topics.map(\.name), partitions: contract.partitions,
            settings: ["shared_buffers=128MB", "log_min_messages=warning"], stands: narrator.stands)
        async let startingWorker = ground.stack.startWorker(port: ports?.worker)
        let ingest = try await ground.stack.startIngest(port: ports?.ingest)
        narrator.stands("ingest", "http://127.0.0.1:\(ingest.port)/webhooks/dodo")
        let worker = try await startingWorker
        narrator.stands("billing-worker", "health and metrics on http://127.0.0.1:\(worker.port)/metrics")
        return House(ground: ground, ingest: ingest, worker: worker)
    }

    /// Ends every process in the order in which data flows, and deletes what they wrote.
    ///
    /// - Returns: the names of the programs that did not end with status 0.
    func end() async -> [String] {
        var unclean: [String] = []
        if await ingest.process.stop() != 0 { unclean.append("ingest") }
        if await worker.process.stop() != 0 { unclean.append("billing-worker") }
        await ground.remove()
        return unclean
    }
}
