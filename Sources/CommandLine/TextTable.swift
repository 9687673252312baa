/// Rows in aligned columns, for people; numbers (as their text looks) stand at the right.
package struct TextTable: Sendable, CustomStringConvertible {
    private let header: [String]
    private var rows: [[String]] = []

    package init(_ header: String...) { self.header = header }

    /// Adds a row; it must have as many cells as the header.
    package mutating func add(_ cells: String...) {
        precondition(cells.count == header.count, "a row has one cell a column")
        rows.append(cells)
    }

    package var description: String {
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        let numeric = header.indices.map { column in !rows.isEmpty && rows.allSatisfy { Self.isNumber($0[column]) } }
        return ([header] + rows).map { cells in
            var line = ""
            for column in cells.indices {
                let padding = String(repeating: " ", count: widths[column] - cells[column].count)
                line += (column > 0 ? "  " : "") + (numeric[column] ? padding + cells[column] : cells[column] + padding)
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    private static func isNumber(_ text: String) -> Bool {
        text == "-" || (text.contains { $0.isNumber } && text.allSatisfy { $0.isNumber || ".,-+% ".contains($0) })
    }
}
