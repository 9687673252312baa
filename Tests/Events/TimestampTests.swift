import Events
import Testing

@Suite("a timestamp")
struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-02-28T23:59:59.999999Z", 1_772_323_199_999_999),
        ("2024-02-29T12:00:00Z", 1_709_208_000_000_000),
        ("2024-02-29T12:00:00.5+05:30", 1_709_188_200_500_000),
        ("2024-02-29T12:00:00.123456789-01:00", 1_709_211_600_123_456),
        ("1969-12-31T23:59:59Z", -1_000_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
    ] as [(String, Int64)])
    func `is read from RFC 3339 with any offset and up to nine digits of fraction`(text: String, microseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2024", "2024-02-30T12:00:00Z", "2023-02-29T12:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00",
        "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.1234567890Z", "2024-01-01T00:00:00Zx", "2024-01-01T00:00:00+0530", "2024-01-01X00:00:00Z",
        "20x4-01-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z",
    ])
    func `is nothing when the text is no such time`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `comes back the same from its own text`() {
        let seed = UInt64.random(in: 0 ... .max)
        var state = seed
        for _ in 0..<2000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let point = Timestamp(microseconds: Int64(state % 8_000_000_000_000_000) - 2_000_000_000_000_000)
            #expect(Timestamp(rfc3339: point.description) == point, "seed \(seed): \(point)")
        }
    }

    @Test func `saturates instead of overflowing`() {
        #expect(Timestamp(seconds: .max).microseconds == .max)
        #expect(Timestamp(milliseconds: .min).microseconds == .min)
    }
}
