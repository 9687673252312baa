/// The 25 symbols of a licence key: 23 that say which (115 bits) and two that say whether the 23 were copied rightly.
///
/// A symbol is one of Crockford's 32, which leave out I, L, O and U. The two last ones make the word a Reed-Solomon code over GF(32), a stronger check than
/// Crockford's own (mod 37), and within the alphabet: any two wrong or exchanged symbols are always noticed, anything else but once in 1,024.
struct CheckedSymbols: Sendable, Equatable {
    static let count = 25
    static let dataCount = 23
    static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// Each 0 to 31.
    let values: [UInt8]

    /// - Parameter bytes: at least 15; the first 115 bits count.
    init(data bytes: [UInt8]) {
        var data: [UInt8] = []
        for symbol in 0..<Self.dataCount {
            var value: UInt8 = 0
            for bit in symbol * 5..<symbol * 5 + 5 { value = value << 1 | (bytes[bit / 8] >> UInt8(7 - bit % 8)) & 1 }
            data.append(value)
        }
        // The two that make both sums zero: x + y = s and α²³x + α²⁴y = t.
        let (s, t) = Self.sums(data)
        let y = Field.divide(t ^ Field.multiply(Field.powers[23], s), Field.powers[23] ^ Field.powers[24])
        values = data + [s ^ y, y]
    }

    /// - Returns: nil unless there are 25 and the check is right.
    init?(values: [UInt8]) {
        guard values.count == Self.count, values.allSatisfy({ $0 < 32 }), Self.sums(values) == (0, 0) else { return nil }
        self.values = values
    }

    /// The plain sum and the sum weighted by powers of α, one for each place; both are zero for a right word.
    private static func sums(_ values: [UInt8]) -> (UInt8, UInt8) {
        var plain: UInt8 = 0, weighted: UInt8 = 0
        for (place, value) in values.enumerated() {
            plain ^= value
            weighted ^= Field.multiply(Field.powers[place], value)
        }
        return (plain, weighted)
    }

    /// GF(32) as polynomials modulo x⁵ + x² + 1, with α = x of order 31.
    private enum Field {
        static func multiply(_ left: UInt8, _ right: UInt8) -> UInt8 {
            var product: UInt8 = 0, left = left
            for bit in 0..<5 {
                if right >> UInt8(bit) & 1 == 1 { product ^= left }
                left = left << 1
                if left & 32 != 0 { left ^= 0b100101 }
            }
            return product
        }

        static let powers: [UInt8] = {
            var powers: [UInt8] = [1]
            while powers.count < 31 { powers.append(multiply(powers[powers.count - 1], 2)) }
            return powers
        }()

        /// By the inverse, which is the 30th power, as the 31st is 1.
        static func divide(_ left: UInt8, _ right: UInt8) -> UInt8 {
            var result = left
            for _ in 0..<30 { result = multiply(result, right) }
            return result
        }
    }
}
