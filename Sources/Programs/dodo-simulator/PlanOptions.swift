import CommandLine
import Glibc
import Simulator

/// The options by which `send` and `render` choose the same deliveries.
let planOptions: [CommandOption] = [
    .value("seed", short: "s", "S", "which story; the same seed tells the same one", standard: "1"),
    .value("duplicates", "P", "share of events delivered more than once, such as 0.1 or 10%", standard: "0"),
    .value("reorder", "P", "share of deliveries that come late", standard: "0"),
    .value("semantics", "WHICH", "state shown by a body: that of the event, or the newest at the attempt", standard: "snapshot",
           choices: BodySemantics.allCases.map(\.rawValue)),
]

func plan(from asked: Invocation) throws(UsageFault) -> DeliveryPlan {
    guard let seed = asked.text("seed").flatMap({ UInt64($0) }) else { throw UsageFault("--seed takes a whole number from 0 to \(UInt64.max)") }
    return DeliveryPlan(seed: seed, duplicates: try asked.number("duplicates", in: 0...1) ?? 0, reorder: try asked.number("reorder", in: 0...1) ?? 0,
                        semantics: asked.text("semantics").flatMap { BodySemantics(rawValue: $0) } ?? .snapshot)
}

/// The secret in text form, from the environment or a file named there (FACTS 13.3 gives both of Dodo's names).
func signingSecret() throws(CommandFailure) -> String {
    for name in ["DODO_PAYMENTS_WEBHOOK_SECRET", "DODO_PAYMENTS_WEBHOOK_KEY"] {
        if let value = getenv(name) { return String(cString: value) }
        guard let path = getenv(name + "_FILE") else { continue }
        guard let file = fopen(path, "r") else {
            throw CommandFailure("\(name)_FILE names a file that cannot be read: \(String(cString: strerror(errno)))", status: .configuration)
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
    throw CommandFailure("DODO_PAYMENTS_WEBHOOK_SECRET is not set: deliveries cannot be signed (for example whsec_ and 32 bytes in base64)",
                         status: .configuration)
}
