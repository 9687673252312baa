import JSONReader
import Testing

/// What is a JSON object and what is not (RFC 8259), and where it stops being one. Each text is read twice by one reader, so a fault leaves nothing behind.
struct GrammarTests {
    private let reader = JSONReader(FieldPlan(["a", "b.c"]))

    @Test(arguments: [
        "{}", " { } ", "\t\r\n{\n}\n", #"{"a":1}"#, #"{"":1}"#, #"{"a":[],"b":{}}"#, #"{"a":[1,2,[3,{"c":[null]}]]}"#, #"{"b":{"c":{"d":true}}}"#,
        #"{"a":0}"#, #"{"a":-0}"#, #"{"a":-0.0e-0}"#, #"{"a":1e5}"#, #"{"a":1E+5}"#, #"{"a":10.25}"#, #"{"a":123456789012345678901234567890}"#,
        #"{"a":1e999999}"#, #"{"a":-1.5e-999999999999}"#, #"{"a":18446744073709551616}"#, #"{"a":"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83D\uDE00"}"#,
        #"{"a":"\u0000"}"#, #"{"a":"é€😀"}"#, "{\"a\":\"\u{7F}\u{2028}\"}", #"{"a":"{[,:]}"}"#, #"{"a" : "x" , "b" : { "c" : [ 1 , 2 ] } }"#,
        #"{"\u0061":1}"#, #"{"a":1,"a":2}"#, #"{"a":true,"b":false,"c":null}"#,
    ]) func `an object is read`(text: String) {
        #expect(reader.fault(text) == nil)
        #expect(reader.fault(text) == nil)
    }

    @Test(arguments: [
        ("", .empty, nil), (" \n\t", .empty, nil), ("\u{FEFF}{}", .byteOrderMark, 0),
        ("[]", .notAnObject, 0), (" [1,2]", .notAnObject, 1), ("\"{}\"", .notAnObject, 0), ("null", .notAnObject, 0), ("12", .notAnObject, 0),
        ("-1", .notAnObject, 0),
        ("nonsense", .notAnObject, 0), ("hello", .unexpected, 0), ("}", .unexpected, 0), (",", .unexpected, 0), ("<a/>", .unexpected, 0), ("\u{0}", .unexpected, 0),
        ("{", .unterminated, 1), (#"{"a"#, .unterminated, 1), (#"{"a""#, .unterminated, 4), (#"{"a":"#, .unterminated, 5), (#"{"a":1"#, .unterminated, 6),
        (#"{"a":t"#, .unterminated, 6), (#"{"a":1,"#, .unterminated, 7), (#"{"a":[1"#, .unterminated, 7), (#"{"a":[1]"#, .unterminated, 8),
        (#"{"a":{}"#, .unterminated, 7),
        (#"{"a":"b}"#, .unterminated, 5), (#"{"a":"b\"}"#, .unterminated, 5), (#"{"a":"b\\\"}"#, .unterminated, 5),
        ("{} {}", .trailingContent, 3), ("{}x", .trailingContent, 2), ("{}}", .trailingContent, 2), ("{},", .trailingContent, 2),
        (#"{}"a""#, .trailingContent, 2), ("{}\u{0}", .trailingContent, 2),
        (#"{"a":1,}"#, .unexpected, 7), (#"{"a":[1,]}"#, .unexpected, 8), (#"{"a":[,1]}"#, .unexpected, 6), (#"{,"a":1}"#, .unexpected, 1),
        (#"{"a":1,,"b":2}"#, .unexpected, 7),
        (#"{"a" 1}"#, .unexpected, 5), (#"{"a"}"#, .unexpected, 4), (#"{"a",1}"#, .unexpected, 4), (#"{"a"::1}"#, .unexpected, 5),
        (#"{a:1}"#, .unexpected, 1), (#"{1:1}"#, .unexpected, 1),
        (#"{'a':1}"#, .unexpected, 1), (#"{"a":1 "b":2}"#, .unexpected, 7), (#"{"a":1]"#, .unexpected, 6), (#"{"a":[1}}"#, .unexpected, 7),
        (#"{"a":"b" "c"}"#, .unexpected, 9),
        (#"{"a":"b"c}"#, .unexpected, 8), (#"{"a":"b"1}"#, .unexpected, 8), (#"{"a"x:1}"#, .unexpected, 4), (#"{"a":[1 2]}"#, .unexpected, 8),
        (#"{"a":[1:2]}"#, .unexpected, 7),
        (#"{"a":NaN}"#, .unexpected, 5), (#"{"a":Infinity}"#, .unexpected, 5), (#"{"a":undefined}"#, .unexpected, 5), (#"{"a":True}"#, .unexpected, 5),
        (#"{"a":tru}"#, .unexpected, 5),
        (#"{"a":truex}"#, .unexpected, 5), (#"{"a":nul}"#, .unexpected, 5), (#"{"a":false"b"}"#, .unexpected, 5), (#"{"a":true\u0020}"#, .unexpected, 5),
        (#"{"a":t}"#, .unexpected, 5),
        (#"{"a":1/*x*/}"#, .invalidNumber, 5), (#"{/*x*/"a":1}"#, .unexpected, 1), ("{\"a\":1}//x", .trailingContent, 7), (#"{\"a\":1}"#, .unexpected, 1),
        ("{\"a\"\u{C}:1}", .unexpected, 4), ("{\"a\"\u{1A}1}", .unexpected, 4), ("{\"a\":1\u{C}\"b\":2}", .invalidNumber, 5), ("{\"a\":\u{A0}1}", .unexpected, 5),
        (#"{"a":01}"#, .invalidNumber, 5), (#"{"a":-}"#, .invalidNumber, 5), (#"{"a":-01}"#, .invalidNumber, 5), (#"{"a":1.}"#, .invalidNumber, 5),
        (#"{"a":.5}"#, .unexpected, 5),
        (#"{"a":+1}"#, .unexpected, 5), (#"{"a":1e}"#, .invalidNumber, 5), (#"{"a":1e+}"#, .invalidNumber, 5), (#"{"a":1.e5}"#, .invalidNumber, 5),
        (#"{"a":0x1F}"#, .invalidNumber, 5),
        (#"{"a":1_000}"#, .invalidNumber, 5), (#"{"a":1.2.3}"#, .invalidNumber, 5), (#"{"a":--1}"#, .invalidNumber, 5), (#"{"a":1"b"}"#, .invalidNumber, 5),
        (#"{"x":[00]}"#, .invalidNumber, 6),
        (#"{"a":"\x"}"#, .invalidEscape, 6), (#"{"a":"\u12"}"#, .invalidEscape, 6), (#"{"a":"b\u12g4"}"#, .invalidEscape, 7),
        (#"{"a":"\'"}"#, .invalidEscape, 6), (#"{"x":"\U0041"}"#, .invalidEscape, 6),
        (#"{"\q":1}"#, .invalidEscape, 2), (#"{"x":{"\q":1}}"#, .invalidEscape, 7), (#"{"x":["ok","\q"]}"#, .invalidEscape, 12),
        (#"{"a":"\ud800"}"#, .loneSurrogate, 6), (#"{"a":"\udc00"}"#, .loneSurrogate, 6), (#"{"a":"\ud800\ud800"}"#, .loneSurrogate, 6),
        (#"{"a":"\ud800x\udc00"}"#, .loneSurrogate, 6),
        (#"{"a":"\ud83d\u00e9"}"#, .loneSurrogate, 6), (#"{"x":"\ude00\ud83d"}"#, .loneSurrogate, 6), (#"{"a":"\ud83d\n"}"#, .loneSurrogate, 6),
        ("{\"a\":\"x\ny\"}", .controlCharacter, 7), ("{\"a\":\"\u{0}\"}", .controlCharacter, 6), ("{\"a\tb\":1}", .controlCharacter, 3),
    ] as [(String, JSONFault.Kind, Int?)]) func `anything else is a fault with its kind and place`(text: String, kind: JSONFault.Kind, offset: Int?) {
        #expect(reader.fault(text) == JSONFault(kind, at: offset))
        #expect(reader.fault(text) == JSONFault(kind, at: offset))
    }

    /// Which of several faults is told depends on the processor.
    @Test(arguments: [#"{"a":\"b"}"#, "{\"x\":\"\\\u{1}\"}", "{\"x\":\"\u{1}", "{\"a\":\"\u{1}\",}"])
    func `a text with more than one fault has one of them`(text: String) {
        #expect(reader.fault(text) != nil)
    }

    /// RFC 3629: overlong forms, surrogates, beyond U+10FFFF, a continuation alone, a sequence cut short; in a value, in a name, between tokens.
    @Test(arguments: [
        [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
        [0x80], [0xBF], [0xFF], [0xFE], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
    ] as [[UInt8]])
    func `what is not UTF-8 is a fault wherever it stands`(bytes: [UInt8]) {
        #expect(reader.fault(Array(#"{"x":""#.utf8) + bytes + Array(#""}"#.utf8)) == JSONFault(.invalidUTF8, at: 6))
        #expect(reader.fault(Array(#"{""#.utf8) + bytes + Array(#"":1}"#.utf8)) == JSONFault(.invalidUTF8, at: 2))
        #expect(reader.fault(Array(#"{"a":1}"#.utf8) + bytes) != nil)
        let long = Array(String(repeating: "é", count: 3000).utf8)
        #expect(reader.fault(Array(#"{"x":""#.utf8) + long + bytes + Array(#""}"#.utf8)) == JSONFault(.invalidUTF8, at: 6006))
    }

    @Test func `a description is one line for people, without the text`() throws {
        let fault = try #require(reader.fault(#"{"secret":nonsense}"#))
        #expect("\(fault)" == "not a readable JSON object: something stands where it must not (byte 10)")
        #expect("\(JSONFault(.empty))" == "not a readable JSON object: it is empty")
        for kind in JSONFault.Kind.allCases { #expect(!"\(JSONFault(kind, at: 3))".contains("\n")) }
    }
}
