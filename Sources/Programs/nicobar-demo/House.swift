import Events
import Foundation
import Surroundings

/// Everything between a delivery and a row, running on this machine.
struct House: Sendable {
    let ground: Ground
    let ingest: RunningProgram
    /// billing-worker.
    let worker: RunningProgram
    let fulfilment: RunningProgram
    let licences: RunningProgram

    var stack: Stack { ground.stack }

    /// Prepares the ground and starts the programs on it.
    ///
    /// - Parameters:
    ///   - ports: where ingest and billing-worker's health are to listen; any free ones when nil.
    ///   - narrator: told of each thing that stands.
    /// - Throws: `SurroundingsError` when something does not start, with the end of its log.
    static func start(ports: (ingest: Int, worker: Int)? = nil, _ narrator: Narrator) async throws -> House {
        let contract = try TopicContract(mode: .live)
        let ground = try await Ground.prepare(
            programs: Bundle.main.bundlePath, topics: contract.topics.map(\.name), partitions: contract.partitions,
            settings: ["shared_buffers=128MB", "log_min_messages=warning"], stands: narrator.stands)
        try await prepareSelling(ground, narrator)
        async let startingWorker = ground.stack.startWorker(port: ports?.worker)
        async let startingFulfilment = ground.stack.startWorker("fulfilment-worker")
        async let startingLicences = ground.stack.startWorker("license-worker")
        let ingest = try await ground.stack.startIngest(port: ports?.ingest)
        narrator.stands("ingest", "http://127.0.0.1:\(ingest.port)/webhooks/dodo")
        let worker = try await startingWorker
        narrator.stands("billing-worker", "health and metrics on http://127.0.0.1:\(worker.port)/metrics")
        let fulfilment = try await startingFulfilment, licences = try await startingLicences
        narrator.stands("fulfilment-worker", "http://127.0.0.1:\(fulfilment.port)/metrics")
        narrator.stands("license-worker", "http://127.0.0.1:\(licences.port)/metrics")
        return House(ground: ground, ingest: ingest, worker: worker, fulfilment: fulfilment, licences: licences)
    }

    /// The catalogue of what the simulated merchant sells, found from where `make` runs.
    static let catalogue = "deploy/local/catalogue.json"

    /// What fulfilment and licences need before they are of use: a catalogue, and a key to sign tokens with.
    private static func prepareSelling(_ ground: Ground, _ narrator: Narrator) async throws {
        for (name, arguments) in [("nicobar catalog apply", ["catalog", "apply", catalogue]), ("nicobar license rotate-key", ["license", "rotate-key"])] {
            let (status, output) = try await ground.stack.run(arguments)
            guard status == 0 else { throw SurroundingsError.notReady(name, log: output) }
            narrator.stands(name, output.split(separator: "\n").first.map(String.init) ?? "")
        }
    }

    /// Ends every process in the order in which data flows, and deletes what they wrote.
    ///
    /// - Returns: the names of the programs that did not end with status 0.
    func end() async -> [String] {
        var unclean: [String] = []
        if await ingest.process.stop() != 0 { unclean.append("ingest") }
        for (name, program) in [("billing-worker", worker), ("fulfilment-worker", fulfilment), ("license-worker", licences)] {
            if await program.process.stop() != 0 { unclean.append(name) }
        }
        await ground.remove()
        return unclean
    }
}
