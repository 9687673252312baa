import Foundation
import JSONReader
import Testing

/// Random documents, whole and damaged. A failure names the seed and the number that make the same text again.
struct PropertyTests {
    @Test func `every field of a random document is the one that was written`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        let reader = JSONReader(FieldPlan(DocumentWriter.paths))
        for number in 0..<1000 {
            var writer = DocumentWriter(random: SeededGenerator(seed: seed, number: number))
            let document = writer.document()
            let place = "seed \(seed), number \(number)"
            let fields = try reader.fields(document.text)
            for (path, field) in zip(DocumentWriter.paths, fields) {
                let expected = document.value(at: path.split(separator: ".")[...])
                guard field.kind == expected?.kind ?? .missing, field.raw.map({ Array($0.utf8) }) == expected?.text, field.containsNUL == expected?.containsNUL ?? false,
                    field.string.map({ Array($0.utf8) }) == (expected?.kind == .string ? expected.map { Array($0.content.utf8) } : nil)
                else {
                    Issue.record("\(path) differs; \(place): \(String(reflecting: String(decoding: document.text, as: UTF8.self)))")
                    return
                }
            }
            let saysNUL = try document.text.withUnsafeBytes { try reader.read($0) { $0.containsNUL } }
            #expect(saysNUL == document.containsNUL, "\(place)")
        }
    }

    @Test func `a damaged document is one exactly when Foundation says so, with the same values`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        let reader = JSONReader(FieldPlan(DocumentWriter.paths))
        var valid = 0
        for number in 0..<3000 {
            var damage = Damage(random: SeededGenerator(seed: seed, number: number))
            var writer = DocumentWriter(random: SeededGenerator(seed: seed, number: number / 8))
            let text = damage.apply(to: writer.document().text)
            if let difference = difference(of: reader, from: Opinion(text), reading: text, &valid) {
                Issue.record("\(difference); seed \(seed), number \(number): \(String(reflecting: String(decoding: text, as: UTF8.self)))")
                return
            }
        }
        // Else the test would compare refusals only.
        #expect(valid > 150, "seed \(seed)")
    }

    private func difference(of reader: JSONReader, from foundation: Opinion, reading text: [UInt8], _ valid: inout Int) -> String? {
        do {
            let fields = try reader.fields(text)
            guard case .object(let object) = foundation else { return foundation == .unrepresentable ? nil : "only Foundation refuses it" }
            valid += 1
            for (path, field) in zip(DocumentWriter.paths, fields) where !Opinion.agrees(field, with: Opinion.value(at: path, in: object)) {
                return "\(path) differs from Foundation's"
            }
            return nil
        } catch {
            guard case .object = foundation else { return nil }
            return Opinion.isLax(with: text, error) ? nil : "only Foundation accepts it, not so: \(error)"
        }
    }
}

/// What JSONSerialization makes of a text. Known differences: it takes a comma before a closing bracket and a byte order mark, it refuses numbers that no double holds,
/// and on Linux it drops U+FEFF from strings, so no document here has one.
private enum Opinion: Equatable {
    case object(NSDictionary)
    case unrepresentable
    case refused

    init(_ text: [UInt8]) {
        do {
            let value = try JSONSerialization.jsonObject(with: Data(text), options: [.fragmentsAllowed])
            self = (value as? [String: Any]).map { .object(NSDictionary(dictionary: $0)) } ?? .refused
        } catch {
            let reason = (error as NSError).userInfo["NSDebugDescription"] as? String ?? ""
            self = reason.contains("not representable") ? .unrepresentable : .refused
        }
    }

    /// Whether the fault is where Foundation is known to see none.
    static func isLax(with text: [UInt8], _ fault: JSONFault) -> Bool {
        guard fault.kind == .unexpected, let offset = fault.offset, [UInt8(ascii: "}"), UInt8(ascii: "]")].contains(text[offset]) else { return fault.kind == .byteOrderMark }
        return text[..<offset].last { !Array(" \t\r\n".utf8).contains($0) } == UInt8(ascii: ",")
    }

    static func value(at path: String, in object: NSDictionary) -> Any? {
        path.split(separator: ".").reduce(object as Any?) { ($0 as? [String: Any] ?? ($0 as? NSDictionary as? [String: Any]))?[String($1)] }
    }

    static func agrees(_ field: Field, with value: Any?) -> Bool {
        guard let value else { return field.kind == .missing }
        switch field.kind {
        case .missing: return false
        case .null: return value is NSNull
        case .bool: return (value as? NSNumber)?.boolValue == field.bool
        case .string: return (value as? String).map { Array($0.utf8) } == field.string.map { Array($0.utf8) }
        case .number: return (value as? NSNumber).map { isNear($0.doubleValue, field.double ?? .nan) && isNear($0.doubleValue, field.int64.map(Double.init)) } ?? false
        case .object, .array:
            guard let raw = field.raw, let again = try? JSONSerialization.jsonObject(with: Data(raw.utf8)) else { return false }
            return NSArray(object: again).isEqual(to: [value])
        }
    }

    /// Foundation goes by way of Decimal, which costs the last bit of some doubles.
    private static func isNear(_ foundation: Double, _ own: Double?) -> Bool { own.map { abs($0 - foundation) <= abs($0) * 1e-14 } ?? true }
}

/// One to three small accidents.
private struct Damage {
    var random: SeededGenerator

    mutating func apply(to text: [UInt8]) -> [UInt8] {
        var text = text
        for _ in 0..<Int.random(in: 1...3, using: &random) where !text.isEmpty { accident(&text) }
        return text
    }

    private mutating func accident(_ text: inout [UInt8]) {
        let at = Int.random(in: 0..<text.count, using: &random), upTo = min(text.count, at + Int.random(in: 1...4, using: &random))
        switch Int.random(in: 0..<12, using: &random) {
        case 0: text[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: text[at] = UInt8.random(in: 0...255, using: &random)
        case 2: text.removeSubrange(at...)
        case 3: text.removeSubrange(at..<upTo)
        case 4: text.insert(contentsOf: text[at..<upTo], at: at)
        case 5: text.swapAt(at, Int.random(in: 0..<text.count, using: &random))
        case 6: text[at] = UInt8(ascii: "a")
        case 7: text.insert(UInt8(ascii: " "), at: at)
        default:
            let tokens = [
                "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00", "\\ud83d", "0", "1", "9", "-", ".", "e", "E+", "null", "true", "\"a\":1,", ",\"b\":{}", "é", "/*", "NaN",
            ]
            text.insert(contentsOf: tokens.randomElement(using: &random)!.utf8, at: at)
        }
    }
}
