import CommandLine
import Simulator

/// `nicobar-demo run`: the whole story in under a minute, then nothing is left of it.
let runCommand = Command(
    "run", summary: "Tell the whole story, check it, and clean up",
    discussion: "Ends with status 0 when every claim of the story held, else with 1.",
    options: [
        .value("events", short: "n", "N", "how many events the simulated customers cause", standard: "20000"),
        .value("seed", "S", "another seed, other customers", standard: "2026"),
    ],
    action: .asynchronous { asked in
        let events = try asked.integer("events", in: 100...1_000_000) ?? 20_000
        let seed = UInt64(try asked.integer("seed", in: 0...Int.max) ?? 2026)
        let narrator = Narrator()
        narrator.heading("Starting, all of it in throw-away folders on this machine")
        let house = try await House.start(narrator)
        var tale = Tale(house: house, narrator: narrator, seed: seed)
        try await tale.tell(events: events)
        let unclean = await house.end()
        narrator.heading("The end")
        tale.claim("every program ended in good order on SIGTERM", unclean.isEmpty)
        narrator.say("")
        narrator.say(
            """
            What to try next
              make up                      the same, kept running: send to it, look into it, stop parts of it
              make test                    the proof, with your own Kafka if KAFKA_HOME is set
              .build/release/nicobar --help     migrate, topics, lag, doctor
              docs/architecture.md         the rooms and who knows whom
            """)
        return tale.failures == 0 ? .success : .failure
    })
