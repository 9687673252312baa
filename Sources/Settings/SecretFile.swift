import FoundationEssentials
import Glibc
import Synchronization

/// A secret in a file that may be replaced while we run, as mounted secrets are.
///
/// Safe from any thread.
package final class SecretFile: Sendable {
    package let variable: String
    package let path: String
    /// What it held when it was first read.
    package let initial: Secret

    private struct State {
        /// The content that is in force.
        var identity: Identity
        /// A newer one, seen once.
        var settling: Identity?
        var secret: Secret
        var nextLook: ContinuousClock.Instant
    }
    private let state: Mutex<State>
    private static let interval: Duration = .seconds(1)

    /// What tells one content of the file from another without reading it; a mounted secret is replaced by switching a symbolic link.
    private struct Identity: Equatable {
        let device: dev_t, inode: ino_t, size: off_t, modified: [UInt8]

        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = status.st_dev
            inode = status.st_ino
            size = status.st_size
            // Compared as it is: which module its fields belong to differs between debug and release builds.
            modified = withUnsafeBytes(of: status.st_mtim) { Array($0) }
        }
    }

    /// Reads the file for the first time; white space around the secret does not count.
    ///
    /// - Parameter variable: the variable that named the file, for errors.
    /// - Throws: `SettingsError` when it cannot be read or is empty.
    package init(variable: String, path: String) throws(SettingsError) {
        self.variable = variable
        self.path = path
        guard let identity = Identity(path: path), let secret = Self.read(path) else {
            throw SettingsError(variable, "names \(quoted(path)), which cannot be read or is empty", expected: "the path of a file that holds the secret")
        }
        initial = secret
        state = Mutex(State(identity: identity, secret: secret, nextLook: .now + Self.interval))
    }

    /// The new secret when the file has changed; looks at most once a second and keeps silent about a file that is gone or empty, since the last good secret is
    /// better than none.
    ///
    /// A change counts once two looks have seen the same: half a secret can be a well-formed one, and whoever writes in place is done within a second.
    ///
    /// - Parameter now: the time by the caller's clock.
    package func change(now: ContinuousClock.Instant = .now) -> Secret? {
        state.withLock { state in
            guard now >= state.nextLook else { return nil }
            state.nextLook = now + Self.interval
            guard let identity = Identity(path: path), identity != state.identity else {
                state.settling = nil
                return nil
            }
            // Looked at again after reading, so that what was read is what had rested.
            guard identity == state.settling, let secret = Self.read(path), Identity(path: path) == identity else {
                state.settling = identity
                return nil
            }
            state.identity = identity
            guard secret != state.secret else { return nil }
            state.secret = secret
            return secret
        }
    }

    private static func read(_ path: String) -> Secret? {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 65536, let text = String(data: data, encoding: .utf8) else { return nil }
        let trimmed = text.trimmed
        return trimmed.isEmpty ? nil : Secret(trimmed)
    }
}
