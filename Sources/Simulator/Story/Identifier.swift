/// Makes ids in Dodo's shape: prefix, underscore, 21 base62 characters (FACTS 3).
enum Identifier {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// An id with the given prefix (without its underscore) and number of random characters.
    static func make(_ prefix: StaticString, length: Int = 21, _ random: inout SplitMix64) -> String {
        let head = prefix.utf8CodeUnitCount
        return String(unsafeUninitializedCapacity: head + 1 + length) { out in
            for index in 0..<head { out[index] = prefix.utf8Start[index] }
            out[head] = UInt8(ascii: "_")
            var bits: UInt64 = 0
            for index in 0..<length {
                // Ten base62 characters use 59.5 of 64 bits, so a draw lasts for ten.
                if index % 10 == 0 { bits = random.next() }
                out[head + 1 + index] = alphabet[Int(bits % 62)]
                bits /= 62
            }
            return head + 1 + length
        }
    }

    /// A licence key in the shape of a UUID.
    static func licenceKey(_ random: inout SplitMix64) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: 36) { out in
            var bits: UInt64 = 0
            var drawn = 0
            for index in 0..<36 {
                if index == 8 || index == 13 || index == 18 || index == 23 {
                    out[index] = UInt8(ascii: "-")
                    continue
                }
                if drawn % 16 == 0 { bits = random.next() }
                drawn += 1
                out[index] = digits[Int(bits & 15)]
                bits >>= 4
            }
            return 36
        }
    }
}
