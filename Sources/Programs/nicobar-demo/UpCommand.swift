import CommandLine
import Dispatch
import Foundation

/// `nicobar-demo up`: starts a keeper in the background and comes back when all is ready.
let upCommand = Command(
    "up", summary: "Start the same surroundings and keep them running",
    action: .asynchronous { _ in
        if KeptHouse.keeper != nil, let note = KeptHouse.note {
            Standard.print("It is up already; `make down` ends it.\n\n\(note)")
            return .success
        }
        try FileManager.default.createDirectory(atPath: KeptHouse.folder, withIntermediateDirectories: true)
        let keeper = Process()
        // A session of its own: the keeper outlives this terminal.
        keeper.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
        keeper.arguments = [Bundle.main.executablePath ?? "nicobar-demo", "keep"]
        guard FileManager.default.createFile(atPath: KeptHouse.log, contents: nil), let log = FileHandle(forWritingAtPath: KeptHouse.log) else {
            throw CommandFailure("\(KeptHouse.log) cannot be written; run this in a folder that you may write to", status: .failure)
        }
        keeper.standardInput = FileHandle.nullDevice
        keeper.standardOutput = log
        keeper.standardError = log
        try keeper.run()
        Standard.print("Starting PostgreSQL, a broker and Nicobar …")
        let clock = ContinuousClock(), end = clock.now + .seconds(120)
        while keeper.isRunning, KeptHouse.note == nil, clock.now < end { try await clock.sleep(for: .milliseconds(100)) }
        guard let note = KeptHouse.note, keeper.isRunning else {
            if keeper.isRunning { keeper.terminate() }
            let said = (try? String(contentsOfFile: KeptHouse.log, encoding: .utf8)) ?? ""
            throw CommandFailure("it did not come up; it said:\n\(said)", status: .failure)
        }
        Standard.print("Up. `make down` ends it and leaves nothing behind.\n\n\(note)")
        return .success
    })

/// `nicobar-demo down`: ends what `up` started.
let downCommand = Command(
    "down", summary: "Stop what `up` started and delete what it wrote",
    action: .asynchronous { _ in
        guard let keeper = KeptHouse.keeper else {
            KeptHouse.forget()
            Standard.print("Nothing is up.")
            return .success
        }
        kill(keeper, SIGTERM)
        let clock = ContinuousClock(), end = clock.now + .seconds(60)
        while KeptHouse.keeper != nil, clock.now < end { try await clock.sleep(for: .milliseconds(50)) }
        guard KeptHouse.keeper == nil else { throw CommandFailure("the keeper (process \(keeper)) does not end; see \(KeptHouse.log)", status: .failure) }
        Standard.print("Down.")
        return .success
    })

/// `nicobar-demo keep`: what `up` runs in the background; in a terminal it is the same in the foreground.
let keepCommand = Command(
    "keep", summary: "Start the surroundings in the foreground and keep them until SIGTERM or Ctrl-C",
    action: .asynchronous { _ in
        if let other = KeptHouse.keeper { throw CommandFailure("it is up already (process \(other)); `make down` ends it", status: .failure) }
        try KeptHouse.claim()
        let asked = StopSignal()
        let house: House
        do { house = try await House.start(ports: (ingest: 8080, worker: 9090), Narrator()) } catch {
            KeptHouse.forget()
            throw error
        }
        try KeptHouse.announce(house)
        if let note = KeptHouse.note { Standard.print("\n" + note) }
        await asked.wait()
        let unclean = await house.end()
        KeptHouse.forget()
        for name in unclean { Standard.note("\(name) did not end in good order") }
        return unclean.isEmpty ? .success : .failure
    })

/// SIGTERM or SIGINT, as something to wait for.
private final class StopSignal {
    private let stream: AsyncStream<Void>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        self.stream = stream
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.finish() }
            source.activate()
            return source
        }
    }

    func wait() async { for await _ in stream {} }
}
