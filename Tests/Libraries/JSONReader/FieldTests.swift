import JSONReader
import Testing

/// Which value a path leads to.
struct PathTests {
    @Test func `values are in the order of the paths, whatever the order of the document`() throws {
        let text = #"{"z":1,"data":{"id":"p_1","customer":{"id":"c_1"},"more":[1]},"type":"t"}"#
        let fields = try read(text, "type", "data.customer.id", "data.id", "none", "data.none", "z")
        #expect(fields.map(\.string) == ["t", "c_1", "p_1", nil, nil, nil])
        #expect(fields.map(\.kind) == [.string, .string, .string, .missing, .missing, .number])
    }

    @Test(arguments: [
        #"{"a":1}"#, #"{"a":null}"#, #"{"a":"b"}"#, #"{"a":[{"b":1}]}"#, #"{"a":{}}"#, #"{"a":{"c":{"b":1}}}"#, #"{"b":1}"#, #"{"x":{"a":{"b":1}}}"#,
        #"{"a.b":1}"#, "{}",
    ]) func `a path through anything but objects is missing`(text: String) throws {
        #expect(try read(text, "a.b")[0].kind == .missing)
    }

    @Test func `a path may lead through another, and may be asked for twice`() throws {
        let fields = try read(#"{"a":{"b":{"c":3}}}"#, "a.b.c", "a", "a.b", "a.b.c")
        #expect(fields.map(\.raw) == ["3", #"{"b":{"c":3}}"#, #"{"c":3}"#, "3"])
    }

    @Test func `names match however they are escaped, and byte for byte`() throws {
        #expect(try read(#"{"d\u0061ta":{"\u0069d":"x"}}"#, "data.id")[0].string == "x")
        #expect(try read(#"{"\u00e9":1}"#, "é")[0].int64 == 1)
        #expect(try read(#"{"\ud83d\ude00":1}"#, "😀")[0].int64 == 1)
        #expect(try read(#"{"\"\\\/":1}"#, #""\/"#)[0].int64 == 1)
        // é in two scalars is another name, although the strings are equal in Swift.
        let fields = try read("{\"e\u{301}\":1,\"\u{E9}\":2}", "\u{E9}", "e\u{301}")
        #expect(fields.map(\.int64) == [2, 1])
        #expect(try read(#"{"A":1,"aa":2,"":3,"a ":4}"#, "a")[0].kind == .missing)
    }

    @Test func `of equal names the last counts, with all that is in it`() throws {
        #expect(try read(#"{"a":1,"a":"x"}"#, "a")[0].string == "x")
        #expect(try read(#"{"a":"x","\u0061":null}"#, "a")[0].kind == .null)
        let fields = try read(#"{"a":{"b":1,"c":{"d":2}},"a":{"b":3}}"#, "a.b", "a.c", "a.c.d", "a")
        #expect(fields.map(\.raw) == ["3", nil, nil, #"{"b":3}"#])
        #expect(try read(#"{"a":{"b":1},"a":[{"b":2}]}"#, "a.b")[0].kind == .missing)
        #expect(try read(#"{"a":[1],"a":{"b":2}}"#, "a.b")[0].int64 == 2)
        #expect(try read(#"{"a":{"b":{"c":1},"b":5},"a":{"b":{"d":1}}}"#, "a.b.c", "a.b.d").map(\.int64) == [nil, 1])
    }

    @Test func `nothing of one document is left in the next`() throws {
        let reader = JSONReader(FieldPlan(["a.b", "c"]))
        #expect(try reader.fields(#"{"a":{"b":"\u0000"},"c":"x"}"#).map(\.string) == ["\0", "x"])
        #expect(try reader.fields("{}").map(\.kind) == [.missing, .missing])
        #expect(reader.fault(#"{"a":{"b":1},"c":2"#)?.kind == .unterminated)
        #expect(try reader.fields(#"{"c":3}"#).map(\.int64) == [nil, 3])
    }

    @Test func `one plan serves many readers, and a plan may be empty`() throws {
        let plan = FieldPlan(["a"])
        let first = JSONReader(plan), second = JSONReader(plan)
        #expect(try first.fields(#"{"a":1}"#)[0].int64 == 1)
        #expect(try second.fields(#"{"a":2}"#)[0].int64 == 2)
        #expect(try JSONReader(FieldPlan([])).fields(#"{"a":1}"#).isEmpty)
        #expect(JSONReader(FieldPlan([])).fault("{a}")?.kind == .unexpected)
    }

    @Test func `a plan may have many names with much in common`() throws {
        let names = (0..<500).map { "field_\($0)_id" }
        let text = "{\"x\":{" + names.reversed().map { "\"\($0)\":\"\($0)\"" }.joined(separator: ",") + "}}"
        #expect(try JSONReader(FieldPlan(names.map { "x." + $0 })).fields(text).map(\.string) == names)
    }

    @Test func `a path with an empty name is our bug`() async {
        await #expect(processExitsWith: .failure) { _ = FieldPlan(["a", ""]) }
        await #expect(processExitsWith: .failure) { _ = FieldPlan(["a..b"]) }
    }
}

/// What a value gives.
struct ValueTests {
    @Test func `each kind gives what it is and nothing else`() throws {
        let fields = try read(#"{"n":null,"t":true,"f":false,"i":12,"s":"x","o":{ "k" : [ ] },"l":[1, {"k":2}]}"#, "n", "t", "f", "i", "s", "o", "l", "m")
        #expect(fields.map(\.kind) == [.null, .bool, .bool, .number, .string, .object, .array, .missing])
        #expect(fields.map(\.raw) == ["null", "true", "false", "12", #""x""#, #"{ "k" : [ ] }"#, #"[1, {"k":2}]"#, nil])
        #expect(fields.map(\.isNull) == [true, false, false, false, false, false, false, false])
        #expect(fields.map(\.bool) == [nil, true, false, nil, nil, nil, nil, nil])
        #expect(fields.map(\.string) == [nil, nil, nil, nil, "x", nil, nil, nil])
        #expect(fields.map(\.int64) == [nil, nil, nil, 12, nil, nil, nil, nil])
        #expect(fields.map(\.double) == [nil, nil, nil, 12, nil, nil, nil, nil])
    }

    @Test(arguments: [
        (#""""#, ""), (#""a""#, "a"), (#"" a ""#, " a "), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00E9\u20ac\uD83D\uDE00""#, "Aé€😀"),
        (#""é€😀""#, "é€😀"),
        (#""x\u0000y""#, "x\0y"), (#""\uFFFF\ufeff""#, "\u{FFFF}\u{FEFF}"), (#""\ud800\udc00\udbff\udfff""#, "\u{10000}\u{10FFFF}"),
        (#""\\u0041""#, #"\u0041"#), (#""\\\\""#, #"\\"#),
        (#""{\"a\":[1,2]}""#, #"{"a":[1,2]}"#),
    ]) func `a string is unescaped, its raw text is not`(raw: String, content: String) throws {
        let fields = try read("{\"before\":\"\\n\",\"a\" : \(raw) ,\"b\":{\"c\":\(raw)}}", "a", "b.c", "before")
        #expect(fields[0].string == content)
        #expect(fields[0].raw == raw)
        #expect(fields[1].string == content)
        #expect(fields[2].string == "\n")
    }

    @Test func `an escaped NUL is told of the document and of the values that hold it`() throws {
        func flags(_ text: String) throws -> (Bool, [Bool]) {
            let text = Array(text.utf8)
            let reader = JSONReader(FieldPlan(["a", "b", "b.c", "d"]))
            return try text.withUnsafeBytes { bytes in
                try reader.read(bytes) { fields in (fields.containsNUL, (0..<fields.count).map { fields[$0].containsNUL }) }
            }
        }
        #expect(try flags(#"{"a":"\u0000","b":{"c":"x"},"d":[]}"#) == (true, [true, false, false, false]))
        #expect(try flags(#"{"a":"x","b":{"c":"x\u0000y"},"d":["z"]}"#) == (true, [false, true, true, false]))
        #expect(try flags(#"{"a":"x","b":{"x":["\u0000"]},"d":[{"\u0000":1}]}"#) == (true, [false, true, false, true]))
        #expect(try flags(#"{"unread\u0000":1,"a":"\\u0000","d":"\u0001"}"#) == (true, [false, false, false, false]))
        #expect(try flags(#"{"unread":"\u0000"}"#) == (true, [false, false, false, false]))
        #expect(try flags(#"{"a":"\\u0000","b":{"c":"\u00001"},"b":{"c":"1"}}"#) == (true, [false, false, false, false]))
        #expect(try flags(#"{"a":"\\u0000"}"#) == (false, [false, false, false, false]))
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("7", 7), ("-5", -5), ("1.0", 1), ("15", 15), ("1.5e1", 15), ("150e-1", 15), ("1.50E+1", 15), ("0.0015e4", 15), ("100e-2", 1),
        ("1e3", 1000), ("0e999999999999999999999", 0),
        ("0.000e-5", 0), ("-0.0", 0), ("9223372036854775807", .max), ("-9223372036854775808", .min), ("9223372036854775807.000", .max),
        ("922337203685477580700e-2", .max), ("-9.223372036854775808e18", .min),
        ("9223372036854775808", nil), ("-9223372036854775809", nil), ("18446744073709551615", nil), ("18446744073709551616", nil),
        ("36893488147419103232", nil), ("1e19", nil), ("1e18", 1_000_000_000_000_000_000),
        ("1e999999999999999999999", nil), ("1e-1", nil), ("1.5", nil), ("-0.1", nil), ("1e-999999999999999999999", nil),
        ("10000000000000000000000000000000000000000e-40", 1),
        ("0.00000000000000000000000000000000000000001e41", 1), ("123456789012345678901234567890e-10", nil),
        ("100000000000000000000000000000000000001e-38", nil), ("1.00000000000000000000000000000000000001", nil),
        ("12345678901234567890", nil), ("2819", 2819),
    ] as [(String, Int64?)]) func `a whole number is exact however it is written, or it is none`(raw: String, expected: Int64?) throws {
        let field = try read("{\"a\":\(raw)}", "a")[0]
        #expect(field.int64 == expected)
        #expect(field.raw == raw)
    }

    @Test(arguments: [
        ("0", 0), ("-0", -0.0), ("0.1", 0.1), ("1.7976931348623157e308", .greatestFiniteMagnitude), ("1e309", nil), ("-1e999999", nil),
        ("5e-324", .leastNonzeroMagnitude), ("1e-400", 0), ("123456789012345678", 123_456_789_012_345_680),
        ("0.30000000000000004", 0.30000000000000004),
    ] as [(String, Double?)]) func `a double is the nearest one, or none`(raw: String, expected: Double?) throws {
        #expect(try read("{\"a\":\(raw)}", "a")[0].double == expected)
    }

    @Test func `a string without escapes and all raw texts are slices of the document`() throws {
        let text = Array(#"{"a":"plain","b":{"c":["\n"]},"d":12,"e":"after"}"#.utf8)
        try text.withUnsafeBytes { text in
            let within = try JSONReader(FieldPlan(["a", "b", "d", "e"])).read(text) { fields in
                [fields[0].text, fields[0].raw, fields[1].raw, fields[2].raw, fields[3].text].map { slice in slice.map { $0.baseAddress! - text.baseAddress! } }
            }
            #expect(within == [6, 5, 17, 34, 42])
        }
    }
}
