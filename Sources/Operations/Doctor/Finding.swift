/// What the doctor found out about one part of a deployment.
package struct Finding: Sendable, Equatable {
    package enum Verdict: String, Sendable { case good = "ok", warning, failed }

    /// What was looked at, such as `topics`.
    package let check: String
    package let verdict: Verdict
    /// One sentence: what is so, and where it is not good, what to do.
    package let saying: String

    package init(_ check: String, _ verdict: Verdict, _ saying: String) {
        self.check = check
        self.verdict = verdict
        self.saying = saying
    }
}
