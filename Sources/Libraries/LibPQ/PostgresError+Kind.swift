extension PostgresError {
    /// Whose fault it is, which decides what to do (DESIGN §8).
    package enum Kind: Sendable, Equatable {
        /// The connection is gone or cannot be had: reconnect, then try the same again.
        case connection
        /// The world is in the way (a lock, a serialisation failure, a full disk): roll back, wait, try the same again.
        case transient
        /// The data cannot be stored as it is: another try ends the same way, other records may pass.
        case record
        /// The statement is wrong, or the schema is not the one it was written for: nothing but a change of program helps.
        case programming
    }

    /// The kind, told from SQLSTATE alone (PostgreSQL manual, appendix A).
    package var kind: Kind {
        guard let sqlstate else { return .connection }
        switch sqlstate {
        case "25P03", "57P05": return .connection // the server ended an idle session
        case "57014": return .transient // cancelled, by us or by a timeout
        case "25006": return .transient // read-only: a standby, about to be promoted or replaced
        case "55P03", "55006": return .transient // lock not available, object in use
        default: break
        }
        switch sqlstate.prefix(2) {
        case "08", "57": return .connection
        case "40", "53", "58", "XX": return .transient
        case "25": return sqlstate.hasPrefix("25P") ? .transient : .programming
        // 54 is a limit that a record's size or nesting ran into, 44 a view's check option.
        case "22", "23", "44", "54": return .record
        default: return .programming
        }
    }

    /// True when the same work may succeed later without anyone changing anything.
    package var isWorld: Bool { kind == .connection || kind == .transient }
}
