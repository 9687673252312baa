import CommandLine
import Synchronization
import Testing

/// What a command was given, as one line a test can compare.
private final class Heard: Sendable {
    let line = Mutex("")
}

private func shop(_ heard: Heard) -> Program {
    let sell = Command(
        "sell", summary: "Sell something", json: true,
        options: [.flag("wrap", short: "w", "wrap it"), .flag("quick", short: "q", "hurry"),
                  .value("count", short: "n", "N", "how many", standard: "1"),
                  .value("colour", "NAME", "which colour", choices: ["red", "green"]),
                  .value("note", "TEXT", "a note", repeats: true)],
        operands: [Operand("THING", "what to sell"), Operand("MORE", "other things", required: false, repeats: true)],
        examples: [.init("shop sell --count 2 tea", "two packets of tea")],
        action: .blocking { asked in
            let count = try asked.integer("count", in: 1...9) ?? 0
            heard.line.withLock {
                $0 = "\(asked.operand("THING") ?? "") +\(asked.operands("MORE")) x\(count) wrap=\(asked.flag("wrap")) quick=\(asked.flag("quick"))"
                    + " colour=\(asked.text("colour") ?? "-") notes=\(asked.texts("note")) json=\(asked.wantsJSON) verbose=\(asked.flag("verbose"))"
            }
            return .success
        })
    let fail = Command("fail", summary: "Fail", action: .asynchronous { _ in throw CommandFailure("the till is empty", status: .unavailable) })
    return Program(Command("shop", summary: "A shop", options: [.flag("verbose", "say more")], subcommands: [sell, fail]), version: "1.2")
}

@Suite struct `a program's arguments` {
    @Test(arguments: [
        (["sell", "tea"], "tea +[] x1 wrap=false quick=false colour=- notes=[] json=false verbose=false"),
        (["sell", "-wqn3", "tea"], "tea +[] x3 wrap=true quick=true colour=- notes=[] json=false verbose=false"),
        (["sell", "tea", "--count=4", "--wr"], "tea +[] x4 wrap=true quick=false colour=- notes=[] json=false verbose=false"),
        (["--verbose", "sell", "tea", "--json"], "tea +[] x1 wrap=false quick=false colour=- notes=[] json=true verbose=true"),
        (["sell", "--verbose", "--", "--tea", "-x"], "--tea +[\"-x\"] x1 wrap=false quick=false colour=- notes=[] json=false verbose=true"),
        (["sell", "tea", "--note", "a", "--note=b=c", "--colour", "red"],
         "tea +[] x1 wrap=false quick=false colour=red notes=[\"a\", \"b=c\"] json=false verbose=false"),
    ])
    func `are read as GNU programs read them`(arguments: [String], expected: String) async {
        let heard = Heard()
        let result = await shop(heard).run(arguments)
        #expect(result.status == .success, "\(result.complaint)")
        #expect(heard.line.withLock { $0 } == expected)
    }

    @Test(arguments: [
        (["sel"], "did you mean 'sell'?"), (["sell", "--cuont", "2", "tea"], "did you mean '--count'?"),
        (["sell"], "THING is needed"), (["sell", "--count"], "needs a value"), (["sell", "--count", "x", "tea"], "from 1 to 9, not 'x'"),
        (["sell", "--count", "12", "tea"], "from 1 to 9"), (["sell", "--colour", "gren", "tea"], "did you mean 'green'?"),
        (["sell", "--wrap=yes", "tea"], "takes no value"), (["sell", "-z", "tea"], "unknown option -z"), (["fail", "now"], "one argument too many"),
    ])
    func `that make no sense are answered with one useful line`(arguments: [String], part: String) async {
        let result = await shop(Heard()).run(arguments)
        #expect(result.status == .usage)
        #expect(result.complaint.contains(part), "\(result.complaint)")
        #expect(result.output.isEmpty)
    }

    @Test func `ask for help in the usual ways`() async {
        let program = shop(Heard())
        for arguments in [["sell", "--help"], ["help", "sell"], ["sell", "-h", "nonsense"]] {
            let help = await program.run(arguments)
            #expect(help.status == .success)
            for part in ["Usage: shop sell [options] THING [MORE...]", "-n, --count N", "how many [1]", "--verbose", "shop sell --count 2 tea"] {
                #expect(help.output.contains(part), "\(help.output)")
            }
        }
        let root = await program.run([])
        #expect(root.output.contains("Sell something"))
        let version = await program.run(["--version"])
        #expect(version.output == "shop 1.2\n")
    }

    @Test func `reach a command that fails in words`() async {
        let result = await shop(Heard()).run(["fail"])
        #expect(result.status == .unavailable)
        #expect(result.complaint == "shop: the till is empty\n")
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `get a completion script that knows the tree`(shell: String) async {
        let script = await shop(Heard()).run(["completion", shell])
        for word in ["sell", "fail", "count", "red green"] { #expect(script.output.contains(word), "\(script.output)") }
    }
}

@Suite struct `what a program prints` {
    @Test func `as JSON is compact, ordered and escaped`() {
        let value: JSONText = ["url": "http://a/b", "n": 3, "list": [true, .null, .number(0.5)], "text": "a\"\\\n\u{1}é"]
        #expect(value.description == #"{"url":"http://a/b","n":3,"list":[true,null,0.5],"text":"a\"\\\n\u0001é"}"#)
    }

    @Test func `as a table is aligned, numbers to the right`() {
        var table = TextTable("topic", "events")
        table.add("a", "5")
        table.add("longer", "1,200")
        #expect(table.description == "topic   events\na            5\nlonger   1,200")
    }
}
