/// A point in time: microseconds since 1970-01-01 00:00 UTC, which is what PostgreSQL keeps.
package struct Timestamp: Sendable, Hashable, Comparable {
    package let microseconds: Int64

    /// - Parameter microseconds: since 1970 UTC; negative before it.
    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// - Parameter seconds: since 1970 UTC, saturating at the ends of what fits.
    package init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        microseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// - Parameter milliseconds: since 1970 UTC, as Kafka counts.
    package init(milliseconds: Int64) {
        let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
        microseconds = overflow ? (milliseconds < 0 ? .min : .max) : product
    }

    /// Reads RFC 3339 with `Z` or an offset and 0 to 9 digits of fraction (FACTS §1); finer than a microsecond is cut off.
    ///
    /// Allocates nothing. The year is four digits; a leap second counts as the first second of the next minute.
    ///
    /// - Parameter text: the bytes of the text.
    /// - Returns: nil when it is no such time.
    package init?(rfc3339 text: UnsafeRawBufferPointer) {
        guard text.count >= 20 else { return nil }
        func digits(_ start: Int, _ count: Int) -> Int? {
            var value = 0
            for index in start..<start + count {
                let digit = Int(text[index]) - 48
                guard digit >= 0, digit <= 9 else { return nil }
                value = value * 10 + digit
            }
            return value
        }
        guard text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
            text[10] | 0x20 == UInt8(ascii: "t") || text[10] == UInt8(ascii: " "),
            let year = digits(0, 4), let month = digits(5, 2), let day = digits(8, 2),
            let hour = digits(11, 2), let minute = digits(14, 2), let second = digits(17, 2),
            (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, of: year), hour <= 23, minute <= 59, second <= 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if text[index] == UInt8(ascii: ".") {
            var scale: Int64 = 100_000
            let first = index + 1
            index = first
            while index < text.count, text[index] >= 48, text[index] <= 57 {
                fraction += Int64(text[index] - 48) * scale
                scale /= 10
                index += 1
            }
            guard index > first, index - first <= 9 else { return nil }
        }
        guard index < text.count else { return nil }
        var offsetMinutes = 0
        switch text[index] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            guard index + 1 == text.count else { return nil }
        case let sign where sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"):
            guard index + 6 == text.count, text[index + 3] == UInt8(ascii: ":"),
                let hours = digits(index + 1, 2), let minutes = digits(index + 4, 2), hours <= 23, minutes <= 59
            else { return nil }
            offsetMinutes = (hours * 60 + minutes) * (sign == UInt8(ascii: "+") ? 1 : -1)
        default: return nil
        }
        let days = Self.daysSince1970(year: year, month: month, day: day)
        let seconds = Int64(days) * 86400 + Int64(hour * 3600 + minute * 60 + second - offsetMinutes * 60)
        microseconds = seconds * 1_000_000 + fraction
    }

    /// Reads RFC 3339 from a String.
    package init?(rfc3339 text: String) {
        let parsed = Array(text.utf8).withUnsafeBytes { Timestamp(rfc3339: $0) }
        guard let parsed else { return nil }
        self = parsed
    }

    package static func < (one: Timestamp, other: Timestamp) -> Bool { one.microseconds < other.microseconds }

    /// Days from 1970-01-01 in the proleptic Gregorian calendar, by counting from March so that the leap day comes last.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC with six digits of fraction and `Z`.
    package var description: String {
        func padded(_ value: Int64, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let day: Int64 = 86_400_000_000
        let days = microseconds >= 0 ? microseconds / day : -((day - 1 - microseconds) / day)
        let inDay = microseconds - days * day
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let date = dayOfYear - (153 * month + 2) / 5 + 1
        let civilMonth = month < 10 ? month + 3 : month - 9
        let year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
        let seconds = inDay / 1_000_000
        return "\(padded(year, 4))-\(padded(civilMonth, 2))-\(padded(date, 2))T\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):"
            + "\(padded(seconds % 60, 2)).\(padded(inDay % 1_000_000, 6))Z"
    }
}
