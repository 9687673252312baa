/// Why a program does not start: a variable is missing or wrong. One line for the person who set it.
package struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The exit status for a wrong configuration (`EX_CONFIG` of sysexits.h).
    package static let exitStatus: Int32 = 78

    /// The variable's name.
    package let variable: String
    /// What is wrong with it, such as `is not set`; never a secret.
    package let problem: String
    /// What would be right.
    package let expected: String
    /// A value that would do, when one says more than the sentence; it belongs to nobody.
    package let example: String?

    package init(_ variable: String, _ problem: String, expected: String, example: String? = nil) {
        self.variable = variable
        self.problem = problem
        self.expected = expected
        self.example = example
    }

    package var description: String {
        "\(variable) \(problem); expected \(expected)" + (example.map { ", for example \(variable)=\($0)" } ?? "")
    }
}
