import Glibc

/// How our programs end, by the numbers of sysexits.h where it has one.
package enum ProcessEnd {
    package static let success: Int32 = 0
    /// Something that must not happen did; a restart may help.
    package static let software: Int32 = 70
    /// A setting, the schema or the topics are not what the program needs; only a person can help.
    package static let configuration: Int32 = 78
    /// Ended by a second signal.
    package static let interrupted: Int32 = 130

    /// Ends the process with one line on standard error.
    package static func now(_ status: Int32, _ program: String, _ line: String) -> Never {
        var text = "\(program): \(line)\n"
        text.withUTF8 { bytes in _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
        exit(status)
    }
}
