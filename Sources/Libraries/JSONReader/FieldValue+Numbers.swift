/// Numbers keep the text that the document has, however large; here they become Swift's where that is exact or as near as can be.
extension FieldValue {
    /// A number that is a whole one and fits, however it is written: `15`, `15.0`, `1.5e1` and `150e-1` are 15. Nil for any other number (`1.5`, `1e19`) and for
    /// anything but a number; nothing is ever rounded.
    package var int64: Int64? {
        guard kind == .number, let raw = unsafe raw else { return nil }
        return unsafe wholeNumber(raw)
    }

    /// The nearest double; nil when the number is too large for one, and for anything but a number. Numbers too small for one are 0.
    package var double: Double? {
        guard kind == .number, let raw = unsafe raw else { return nil }
        // Unlike strtod this never heeds the locale. The grammar of JSON is within what it takes.
        let value = unsafe Double(String(decoding: raw, as: UTF8.self))
        return value.flatMap { $0.isFinite ? $0 : nil }
    }
}

/// The exact value of a number in JSON's grammar when it is whole and an Int64 holds it.
private func wholeNumber(_ raw: UnsafeRawBufferPointer) -> Int64? {
    let isNegative = unsafe raw[0] == UInt8(ascii: "-")
    var at = isNegative ? 1 : 0
    var digits = Digits()
    at = unsafe digits.take(raw, from: at)
    if at < raw.count, unsafe raw[at] == UInt8(ascii: ".") {
        let start = at + 1
        at = unsafe digits.take(raw, from: start)
        digits.exponent -= at - start
    }
    if at < raw.count { digits.exponent += unsafe exponent(raw, from: at + 1) }
    guard let magnitude = digits.magnitude() else { return nil }
    if isNegative { return magnitude <= Int64.min.magnitude ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil }
    return Int64(exactly: magnitude)
}

/// Digits of a number, as `significant` × 10^`exponent`; zeros at the end are only counted until another digit follows, so `1000…0e-400` needs no more room than 1.
private struct Digits {
    var exponent = 0
    private var significant: UInt64 = 0
    private var zeros = 0
    private var overflows = false

    /// Answers where the digits end.
    mutating func take(_ raw: UnsafeRawBufferPointer, from start: Int) -> Int {
        var at = start
        while at < raw.count, case let digit = unsafe raw[at] &- UInt8(ascii: "0"), digit <= 9 {
            at += 1
            if digit == 0 { zeros += 1 } else { append(digit) }
        }
        return at
    }

    private mutating func append(_ digit: UInt8) {
        // No zeros need be kept before the first digit that is not one.
        if significant != 0 { scale(by: zeros + 1) }
        zeros = 0
        let (sum, overflow) = significant.addingReportingOverflow(UInt64(digit))
        significant = sum
        overflows = overflows || overflow
    }

    private mutating func scale(by power: Int) {
        for _ in 0..<min(power, 20) {
            let (product, overflow) = significant.multipliedReportingOverflow(by: 10)
            significant = product
            overflows = overflows || overflow
        }
    }

    /// Nil when it is not whole or too large. More significant digits than a UInt64 holds cannot be whole and fit.
    consuming func magnitude() -> UInt64? {
        if significant == 0 && !overflows { return 0 }
        let power = exponent + zeros
        guard power >= 0, !overflows else { return nil }
        scale(by: power)
        return overflows ? nil : significant
    }
}

/// The number behind the `e`; beyond a limit that no text's digits can make up for, the limit.
private func exponent(_ raw: UnsafeRawBufferPointer, from start: Int) -> Int {
    let limit = 1 << 40
    var at = start, value = 0
    let isNegative = unsafe raw[at] == UInt8(ascii: "-")
    if unsafe isNegative || raw[at] == UInt8(ascii: "+") { at += 1 }
    while at < raw.count {
        value = unsafe min(limit, value * 10 + Int(raw[at] - UInt8(ascii: "0")))
        at += 1
    }
    return isNegative ? -value : value
}
