/// What an event of the loop's epoll is about, in the 64 bits that epoll carries.
enum Tag {
    case wake
    case daemon
    /// The serial number says which of the connections that had this place one after the other.
    case connection(place: Int, serial: UInt32)
    /// A descriptor that lingers.
    case lingering(Int32)

    var bits: UInt64 {
        switch self {
        case .wake: 0
        case .daemon: 1 << 56
        case .connection(let place, let serial): 2 << 56 | UInt64(serial) << 20 | UInt64(place)
        case .lingering(let descriptor): 3 << 56 | UInt64(UInt32(bitPattern: descriptor))
        }
    }

    init(bits: UInt64) {
        switch bits >> 56 {
        case 0: self = .wake
        case 1: self = .daemon
        case 2: self = .connection(place: Int(bits & 0xF_FFFF), serial: UInt32(truncatingIfNeeded: bits >> 20))
        default: self = .lingering(Int32(truncatingIfNeeded: bits))
        }
    }
}
