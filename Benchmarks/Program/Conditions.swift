import Foundation
import Surroundings

/// What figures depend on, kept with them.
enum Conditions {
    /// Each condition by its name: the machine, and the versions of what the programs stand on.
    ///
    /// Versions of libraries are those that pkg-config knows, which is what the programs were linked with on this machine.
    static func all(broker: Broker?) async -> [String: String] {
        var all = [
            "processor": processor, "cores": String(ProcessInfo.processInfo.activeProcessorCount),
            "memory": "\(ProcessInfo.processInfo.physicalMemory >> 30) GiB", "system": ProcessInfo.processInfo.operatingSystemVersionString,
            "load before": load,
        ]
        for (name, package) in [("librdkafka", "rdkafka"), ("libmicrohttpd", "libmicrohttpd"), ("libpq", "libpq"), ("simdjson", "simdjson"), ("OpenSSL", "libcrypto")] {
            all[name] = await said(["pkg-config", "--modversion", package])
        }
        all["Swift"] = await said(["swift", "--version"])
        guard let broker else { return all }
        all["broker"] = broker.isReal ? "Kafka" : "mock cluster"
        if case .kafka = broker { all["Kafka"] = kafkaVersion ?? "unknown" }
        return all
    }

    private static var processor: String {
        let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        return info.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
            ?? "unknown"
    }

    /// The load average of the minute before: on a machine that is not quiet the figures are not worth keeping.
    private static var load: String {
        (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)).flatMap { $0.split(separator: " ").first.map(String.init) } ?? "unknown"
    }

    /// From the name of the distribution's archive, such as `kafka_2.13-4.3.1.jar`.
    private static var kafkaVersion: String? {
        guard let home = ProcessInfo.processInfo.environment["KAFKA_HOME"] else { return nil }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(home)/libs")) ?? []
        return names.compactMap { $0.firstMatch(of: /^kafka_[\d.]+-([\d.]+)\.jar$/).map { String($0.1) } }.first
    }

    /// The first line that a program prints, or that it is unknown.
    private static func said(_ command: [String]) async -> String {
        guard let scratch = try? Scratch("version") else { return "unknown" }
        defer { scratch.remove() }
        guard let child = try? ChildProcess("version", program: "/usr/bin/env", arguments: command, folder: scratch.path), await child.wait() == 0 else {
            return "unknown"
        }
        return child.output.split(separator: "\n").first.map(String.init) ?? "unknown"
    }
}
