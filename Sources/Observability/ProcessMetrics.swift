import FoundationEssentials
import Glibc

extension Metrics {
    /// Registers what every process should tell: its start, CPU time, memory, descriptors, by the names that Prometheus's own clients use.
    package func observeProcess() {
        let cpu = gauge("process_cpu_seconds_total", "User and system CPU time spent in seconds.")
        let memory = gauge("process_resident_memory_bytes", "Resident memory size in bytes.")
        let descriptors = gauge("process_open_fds", "Number of open file descriptors.")
        gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.").set(Date().timeIntervalSince1970.rounded())
        beforeRendering {
            var usage = rusage()
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
            cpu.set(seconds(usage.ru_utime) + seconds(usage.ru_stime))
            if let pages = Self.file("/proc/self/statm").split(separator: " ").dropFirst().first.flatMap({ Double($0) }) {
                memory.set(pages * Double(sysconf(Int32(_SC_PAGESIZE))))
            }
            descriptors.set((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0)
        }
    }

    private static func file(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}
