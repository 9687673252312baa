import Schemas

/// One step of the schema: the SQL that takes it, and the SQL that takes it back.
package struct Migration: Sendable, Equatable {
    package let version: Int
    package let name: String
    package let up: String
    package let down: String

    package init(version: Int, name: String, up: String, down: String) {
        self.version = version
        self.name = name
        self.up = up
        self.down = down
    }

    /// All that this program carries, in order.
    package static let all: [Migration] = Schemas.migrations.map { Migration(version: $0.version, name: $0.name, up: $0.up, down: $0.down) }

    /// As files and messages name it: `0002_billing`.
    package var title: String { Self.title(version, name) }

    static func title(_ version: Int, _ name: String) -> String {
        let digits = String(version)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_" + name
    }
}
