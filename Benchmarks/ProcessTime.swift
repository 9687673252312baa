import Foundation

/// How much processor time a process has used, as Linux counts it.
struct ProcessTime {
    let user: Double
    let system: Double
    var seconds: Double { user + system }

    /// - Parameters:
    ///   - pid: whose time.
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
