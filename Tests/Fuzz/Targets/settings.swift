// What an operator may write into the environment: never a crash, and never a value outside of its bounds.
import Foundation
import RdKafka
import Settings

@_cdecl("LLVMFuzzerTestOneInput") public func fuzzSettings(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let text = String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    let environment = Settings::Environment(["A": text, "NICOBAR_LISTEN": text, "PORT": text])
    let bounds = Duration.milliseconds(100)...Duration.seconds(60)
    if let value = try? environment.duration("A", in: bounds, default: .seconds(1)) { precondition(bounds.contains(value)) }
    if let value = try? environment.integer("A", in: 1...64, default: 2) { precondition((1...64).contains(value)) }
    if let address = try? environment.listenAddress("A") {
        // What it says of itself is read back as itself.
        precondition(ListenAddress(address.description) == address, "an address that is not read back: \(address)")
    }
    _ = try? environment.mainListenAddress(default: ListenAddress(host: "127.0.0.1", port: 1))
    do { _ = try environment.duration("A", in: bounds, default: .seconds(1)) } catch {
        precondition(!"\(error)".contains("\n"), "an error of more than one line")
    }
    let lines = text.split(separator: "\n")
    var variables: [String: String] = [:]
    for line in lines {
        let parts = line.split(separator: "=", maxSplits: 1)
        if parts.count == 2 { variables["KAFKA_" + parts[0]] = String(parts[1]) }
    }
    let properties = KafkaProperties.fromEnvironment(variables)
    // What librdkafka does not know it refuses; nothing here may crash it.
    if count < 200, !variables.keys.contains(where: dangerous) { _ = try? Producer(properties) }
    return 0
}

/// Properties that load plug-ins, read files or open connections: not for a fuzzer.
private func dangerous(_ name: String) -> Bool {
    let name = name.lowercased()
    return ["plugin", "location", "ssl", "sasl", "debug", "bootstrap", "metadata", "interceptor", "oauth", "kerberos", "cmd"].contains { name.contains($0) }
}
