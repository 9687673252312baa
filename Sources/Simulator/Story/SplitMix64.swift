/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, and the same on every machine, so a seed names one story for ever.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    /// An independent generator for one part of a seeded whole, so that part n is the same however many parts are made.
    package init(seed: UInt64, part: UInt64) {
        var mixer = SplitMix64(seed: seed)
        var inner = SplitMix64(seed: mixer.next() ^ (part &* 0xD1B5_4A32_D192_ED03))
        state = inner.next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// True with the given probability (0 to 1).
    mutating func chance(_ probability: Double) -> Bool {
        Double(next() >> 11) * 0x1p-53 < probability
    }

    /// A whole number within bounds, by multiplication (the bias is below 2^-32 for the small ranges used here).
    mutating func within(_ bounds: ClosedRange<Int64>) -> Int64 {
        let span = UInt64(bounds.upperBound - bounds.lowerBound) + 1
        return bounds.lowerBound + Int64(next().multipliedFullWidth(by: span).high)
    }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[Int(within(0...Int64(choices.count - 1)))] }
}
