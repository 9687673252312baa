import LibCrypto
import Foundation

/// Derives licence keys a second time, from the words of docs/decisions/0005 and with code of its own: a key that was made in any other way does not fit its row.
struct KeyWitness {
    private let keys: HMACSHA256Key
    private let lookup: HMACSHA256Key
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    /// - Parameter masterSecret: in base64, as the programs are told it.
    init?(masterSecret: String) {
        guard let bytes = Data(base64Encoded: masterSecret) else { return nil }
        let master = Self.key(Array(bytes))
        keys = Self.key(Self.mac(master, Array("nicobar/licence-keys/1".utf8)))
        lookup = Self.key(Self.mac(master, Array("nicobar/licence-lookup/1".utf8)))
    }

    /// The 25 symbols of a licence's key, without prefix and dashes.
    func symbols(entitlement: String, line: Int, generation: Int = 1) -> String {
        var message: [UInt8] = []
        for number in [UInt64(line), UInt64(generation)] { for shift in stride(from: 56, through: 0, by: -8) { message.append(UInt8(truncatingIfNeeded: number >> UInt64(shift))) } }
        let bits = Self.mac(keys, message + Array(entitlement.utf8)).flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
        let data = (0..<23).map { symbol in bits[symbol * 5..<symbol * 5 + 5].reduce(0) { $0 << 1 | Int($1) } }
        // The two check symbols are the ones, of all there are, that make both sums zero.
        for check in 0..<1024 {
            let word = data + [check >> 5, check & 31]
            if word.reduce(0, ^) == 0, word.enumerated().reduce(0, { $0 ^ Self.times(Self.powers[$1.offset], $1.element) }) == 0 {
                return String(word.map { Self.alphabet[$0] })
            }
        }
        return ""
    }

    /// The hash that a key is looked up by, in hexadecimal.
    func lookupHash(of symbols: String) -> String { Self.mac(lookup, Array("n".utf8) + Array(symbols.utf8)).map { String(format: "%02x", $0) }.joined() }

    private static func key(_ bytes: [UInt8]) -> HMACSHA256Key { bytes.withUnsafeBytes { HMACSHA256Key($0) } }
    private static func mac(_ key: HMACSHA256Key, _ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { key.mac($0) }.array }

    /// In GF(32) modulo x⁵ + x² + 1: the carry-less product, reduced from the top.
    private static func times(_ left: Int, _ right: Int) -> Int {
        var product = (0..<5).reduce(0) { $0 ^ (right >> $1 & 1 == 1 ? left << $1 : 0) }
        for bit in stride(from: 8, through: 5, by: -1) where product >> bit & 1 == 1 { product ^= 0b100101 << (bit - 5) }
        return product
    }

    private static let powers: [Int] = (0..<25).reduce(into: []) { powers, _ in powers.append(powers.last.map { times($0, 2) } ?? 1) }
}
