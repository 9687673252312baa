import Foundation

/// A throw-away folder: everything a private server writes lives in it, and it goes with the process that made it.
package struct Scratch: Sendable {
    /// The folder's path; readable by an unprivileged server process.
    package let path: String

    /// Makes a folder under the system's temporary folder and hands it to the reaper.
    ///
    /// - Parameter name: a word that tells the folder's purpose.
    /// - Throws: `SurroundingsError.cannotPrepare` when the folder cannot be made.
    package init(_ name: String) throws(SurroundingsError) {
        var template = Array("\(NSTemporaryDirectory())/nicobar-\(name)-XXXXXX".replacing("//", with: "/").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw .cannotPrepare("a throw-away folder for \(name)", reason: String(cString: strerror(errno)))
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // PostgreSQL refuses to run as root, so its own user has to pass through this folder.
        chmod(path, 0o755)
        Reaper.shared.watch(folder: path)
    }

    /// Deletes the folder with all that is in it.
    package func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
