import Foundation

/// How much processor time a process has used, as Linux counts it: in ticks of 10 ms, so take intervals of seconds.
struct ProcessTime {
    let user: Double
    let system: Double
    var seconds: Double { user + system }

    /// - Parameters:
    ///   - pid: whose time; of a process that has gone it is 0.
    ///   - children: whether the time of its present children and of those that it waited for is added.
    init(of pid: Int32, children: Bool = false) {
        let tick = Double(sysconf(Int32(_SC_CLK_TCK)))
        let own = Self.fields(pid)
        // Fields 14 to 17 of proc(5): utime, stime, cutime, cstime; counted here behind the closing parenthesis of the name.
        var user = Self.number(own, 11), system = Self.number(own, 12)
        if children {
            user += Self.number(own, 13)
            system += Self.number(own, 14)
            for child in Self.children(of: pid) {
                let fields = Self.fields(child)
                user += Self.number(fields, 11)
                system += Self.number(fields, 12)
            }
        }
        self.user = user / tick
        self.system = system / tick
    }

    /// Seconds of this process, to the microsecond.
    static var ownSeconds: Double {
        var usage = rusage()
        getrusage(Int32(truncatingIfNeeded: RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    /// Seconds that a process with one thread has run, to the microsecond while it sleeps (`/proc/<pid>/schedstat`).
    static func ranSeconds(_ pid: Int32) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/schedstat", encoding: .utf8)) ?? ""
        return text.split(separator: " ").first.flatMap { Double($0) }.map { $0 / 1e9 } ?? .nan
    }

    private static func fields(_ pid: Int32) -> [Substring] {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(separator: " ")
    }

    private static func number(_ fields: [Substring], _ index: Int) -> Double { fields.indices.contains(index) ? Double(fields[index]) ?? 0 : 0 }

    private static func children(of pid: Int32) -> [Int32] {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { Int32($0) }
    }
}

/// The resident memory of a process in MiB: now, and at its highest (`VmRSS` and `VmHWM` of proc(5)).
struct ResidentMemory {
    let now: Double
    let peak: Double

    init(of pid: Int32) {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        func mebibytes(_ name: String) -> Double {
            let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
            return line.flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first }.flatMap { Double($0) }.map { $0 / 1024 } ?? .nan
        }
        now = mebibytes("VmRSS")
        peak = mebibytes("VmHWM")
    }
}
