package import Foundation

/// The figures of one run and all that they depend on: the file that `--json` writes and `compare` reads.
package struct BenchRun: Sendable, Equatable, Codable {
    /// Why a file is no such run.
    package struct Fault: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// The version of the file's form.
    package static let currentFormat = 1
    package let format: Int
    /// When the run began, RFC 3339.
    package let taken: String
    /// Processor, cores, memory, versions: each by its name.
    package let conditions: [String: String]
    package private(set) var figures: [Figure] = []

    package init(taken: String, conditions: [String: String]) {
        format = Self.currentFormat
        self.taken = taken
        self.conditions = conditions
    }

    /// Notes the value of one more round of a figure. A value that is no number (a division by nothing) is left out.
    package mutating func note(_ name: String, _ value: Double, _ unit: String, _ role: Figure.Role, _ better: Figure.Better) {
        guard value.isFinite else { return }
        if let index = figures.firstIndex(where: { $0.name == name }) {
            figures[index].append(value)
        } else {
            figures.append(Figure(name, unit, role, better, rounds: [value]))
        }
    }

    package func figure(_ name: String) -> Figure? { figures.first { $0.name == name } }

    /// What must be equal before absolute figures of two runs may be held against each other.
    package var machine: [String] { ["processor", "cores", "broker"].map { conditions[$0] ?? "unknown" } }

    /// The file's bytes, in an order that version control can compare.
    package func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }

    /// - Throws: `Fault` when the bytes are no run, or one of a form that this program does not know.
    package init(decoding data: Data) throws(Fault) {
        do { self = try JSONDecoder().decode(BenchRun.self, from: data) } catch {
            throw Fault(description: "it holds no benchmark run, such as nicobar-bench writes with --json")
        }
        guard format == Self.currentFormat else { throw Fault(description: "its form is \(format), this program reads form \(Self.currentFormat)") }
    }
}
