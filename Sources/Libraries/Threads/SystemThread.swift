import Glibc

/// Threads of the operating system, for work that blocks: Swift's own, few as they are, must not be kept waiting.
///
/// Foundation has such threads too; with them comes all of Foundation and ICU into every process (decision 0010).
package enum SystemThread {
    private final class Start: Sendable {
        let name: String, body: @Sendable () -> Void
        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Runs the body on a new thread, which ends with it. Nobody has to wait for the thread.
    ///
    /// - Parameter name: what `top -H` and profilers show; Linux keeps 15 bytes of it (proc(5), `comm`).
    package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let start = unsafe Unmanaged.passRetained(Start(name, body))
        var thread = pthread_t()
        let error = unsafe pthread_create(&thread, nil, run, start.toOpaque())
        // Without its threads a program is of no use; whoever started it starts it again, perhaps when there is room.
        guard error == 0 else { fatalError("the system gives no thread: \(unsafe String(cString: strerror(error)))") }
        pthread_detach(thread)
    }

    private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { given in
        guard let given = unsafe given else { return nil }
        let start = unsafe Unmanaged<Start>.fromOpaque(given).takeRetainedValue()
        setName(start.name)
        start.body()
        return nil
    }

    /// By the file, for glibc's function is not there for programs that keep to POSIX. A thread without a name works as well.
    private static func setName(_ name: String) {
        let file = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        var name = name
        name.withUTF8 { text in _ = unsafe write(file, text.baseAddress, text.count) }
        close(file)
    }
}
