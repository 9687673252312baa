/// A moment of the story: microseconds since 1970, UTC. The arithmetic is the proleptic Gregorian calendar's, without leap seconds.
struct StoryTime: Comparable, Sendable {
    var microseconds: Int64

    static func < (left: StoryTime, right: StoryTime) -> Bool { left.microseconds < right.microseconds }

    static func + (time: StoryTime, seconds: Double) -> StoryTime {
        StoryTime(microseconds: time.microseconds + Int64(seconds * 1_000_000))
    }

    /// The same without the part below a millisecond: events born together share a timestamp to the millisecond (FACTS 2.4).
    var wholeMilliseconds: StoryTime { StoryTime(microseconds: microseconds / 1000 * 1000) }

    /// The same time of day on the same day of a later month; days after the 28th become the 28th.
    func adding(months: Int64) -> StoryTime {
        let day = microseconds / 86_400_000_000, rest = microseconds % 86_400_000_000
        let date = Self.civil(day)
        let month = date.year * 12 + date.month - 1 + months
        return StoryTime(microseconds: Self.days(year: month / 12, month: month % 12 + 1, day: min(date.day, 28)) * 86_400_000_000 + rest)
    }

    /// Days since 1970 to a date, for dates after 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let z = days + 719_468
        let era = z / 146_097, dayOfEra = z % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = y / 400, yearOfEra = y % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
