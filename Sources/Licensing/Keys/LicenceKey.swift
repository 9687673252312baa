/// A licence key: what a customer types. `text` is the key itself; everything else prints only its last characters.
package struct LicenceKey: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Longer than any key with any prefix, dashes and blanks included.
    static let maxTextBytes = 128
    static let maxPrefixCharacters = 16
    private static let groupSize = 5

    let symbols: CheckedSymbols

    init(_ symbols: CheckedSymbols) { self.symbols = symbols }

    /// Reads what a person typed: upper or lower case, O for 0, I or L for 1, dashes, blanks and underscores anywhere, with any prefix or none.
    ///
    /// - Returns: nil when it is no key, a mistyped one included.
    package init?(reading text: String) {
        guard text.utf8.count <= Self.maxTextBytes else { return nil }
        var letters: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): letters.append(byte - 32)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): letters.append(byte)
            case UInt8(ascii: "-"), UInt8(ascii: " "), UInt8(ascii: "_"), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): continue
            default: return nil
            }
        }
        // The prefix is for people: any will do.
        guard letters.count <= CheckedSymbols.count + Self.maxPrefixCharacters else { return nil }
        let values = letters.suffix(CheckedSymbols.count).map(Self.value)
        guard !values.contains(nil), let symbols = CheckedSymbols(values: values.compactMap(\.self)) else { return nil }
        self.symbols = symbols
    }

    private static func value(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "O"): 0
        case UInt8(ascii: "I"), UInt8(ascii: "L"): 1
        default: CheckedSymbols.alphabet.firstIndex(of: letter).map { UInt8($0) }
        }
    }

    /// The key as it is handed out: five groups of five, behind the prefix if there is one.
    package func text(prefix: String?) -> String {
        let body = Array(compact.utf8)
        let groups = stride(from: 0, to: body.count, by: Self.groupSize).map { String(decoding: body[$0..<$0 + Self.groupSize], as: UTF8.self) }
        return ((prefix.flatMap { $0.isEmpty ? nil : [$0] } ?? []) + groups).joined(separator: "-")
    }

    /// What is looked up: the symbols without prefix and dashes.
    var compact: String { String(decoding: symbols.values.map { CheckedSymbols.alphabet[Int($0)] }, as: UTF8.self) }

    /// The last five, two of them check symbols.
    package var lastCharacters: String { String(compact.suffix(Self.groupSize)) }

    package var description: String { "(key …\(lastCharacters))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
