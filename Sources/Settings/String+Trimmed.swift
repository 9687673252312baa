extension String {
    /// Without white space and line ends at its beginning and end: a file made by `echo` ends with one.
    package var trimmed: String {
        let head = drop { $0.isWhitespace }
        return String(head[..<(head.lastIndex { !$0.isWhitespace }.map { head.index(after: $0) } ?? head.startIndex)])
    }
}
