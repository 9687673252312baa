import FoundationEssentials
import Schemas

/// The list of topics as `schemas/topics.json` has it: what producers write, consumers rely on, and the broker must match (DESIGN §7).
package struct TopicContract: Sendable, Equatable {
    /// What one topic promises.
    package struct Topic: Sendable, Equatable {
        /// The full name, mode prefix included.
        package let name: String
        /// How many partitions; the same for all topics, so that partition p of each belongs to one lane.
        package let partitions: Int
        /// How long events stay, in milliseconds; -1 for ever.
        package let retentionMilliseconds: Int64
        /// The largest message that the broker must take, in bytes: its own standard is too small for a body of 1 MiB with its headers.
        package let maxMessageBytes: Int
        /// `delete` or `compact`.
        package let cleanup: String
        /// What the key is, in words.
        package let key: String
        /// The JSON Schema of the values, relative to `schemas/`; nil where anything may come.
        package let schema: String?
    }

    /// Why a topics file cannot be used.
    package enum Fault: Error, Equatable { case unreadable(String), missing(EventType), unequalPartitions }

    /// The mode whose names these are.
    package let mode: Mode
    /// Every topic, in the file's order.
    package let topics: [Topic]
    private let names: [EventType: String]
    /// The topic for what is signed rightly but is no known event.
    package let unrecognised: String

    /// The contract that this build was made with.
    ///
    /// - Throws: `Fault` only when the embedded file is broken, which a test rules out.
    package init(mode: Mode) throws(Fault) { try self.init(mode: mode, json: Schemas.topics) }

    /// - Parameters:
    ///   - mode: which prefix the names get.
    ///   - json: the bytes of a topics file.
    /// - Throws: `Fault` when it is no such file, lacks a type's topic, or partition counts differ.
    package init(mode: Mode, json: [UInt8]) throws(Fault) {
        let file: File
        do { file = try JSONDecoder().decode(File.self, from: Data(json)) } catch { throw .unreadable("\(error)") }
        topics = file.topics.map {
            Topic(
                name: mode.topicName($0.name), partitions: $0.partitions ?? file.defaults.partitions,
                retentionMilliseconds: $0.retentionMs ?? file.defaults.retentionMs, maxMessageBytes: file.defaults.maxMessageBytes, cleanup: $0.cleanup ?? file.defaults.cleanup,
                key: $0.key ?? file.defaults.key, schema: $0.schema)
        }
        let known = Set(topics.map(\.name))
        var names: [EventType: String] = [:]
        for type in EventType.allCases {
            let name = mode.topicName("dodo.\(type.rawValue)")
            guard known.contains(name) else { throw .missing(type) }
            names[type] = name
        }
        guard Set(topics.map(\.partitions)).count == 1 else { throw .unequalPartitions }
        self.mode = mode
        self.names = names
        unrecognised = mode.topicName("dodo.unrecognised")
    }

    /// The topic of an event type.
    package func topicName(for type: EventType) -> String { names[type] ?? unrecognised }

    /// How many partitions every topic has, which is the number of lanes.
    package var partitions: Int { topics.first?.partitions ?? 0 }

    private struct File: Decodable {
        struct Defaults: Decodable { let partitions: Int; let retentionMs: Int64; let maxMessageBytes: Int; let cleanup: String; let key: String }
        struct Entry: Decodable { let name: String; let partitions: Int?; let retentionMs: Int64?; let cleanup: String?; let key: String?; let schema: String? }
        let defaults: Defaults
        let topics: [Entry]
    }
}
