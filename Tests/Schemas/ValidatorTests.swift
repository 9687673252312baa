import Testing

/// The validator of these tests against small schemas: it must not be kinder than the standard.
@Suite("the schema validator") struct ValidatorTests {
    private static func isValid(_ schema: String, _ value: String) throws -> Bool {
        let set = SchemaSet(files: ["s.json": try JSON(Array(schema.utf8))])
        return try SchemaValidator(set).problems(of: try JSON(Array(value.utf8)), file: "s.json").isEmpty
    }

    @Test(arguments: [
        (#"{"type":"string"}"#, #""a""#, true), (#"{"type":"string"}"#, "1", false), (#"{"type":["string","null"]}"#, "null", true),
        (#"{"type":"integer"}"#, "1", true), (#"{"type":"integer"}"#, "1.0", true), (#"{"type":"integer"}"#, "1.5", false), (#"{"type":"integer"}"#, "15e-1", false),
        (#"{"type":"integer"}"#, "1e3", true), (#"{"type":"integer"}"#, "true", false), (#"{"type":"integer"}"#, #""1""#, false), (#"{"type":"number"}"#, "1.5", true),
        (#"{"maximum":9223372036854775807}"#, "9223372036854775807", true), (#"{"maximum":9223372036854775807}"#, "9223372036854775808", false),
        (#"{"minimum":-9223372036854775808}"#, "-9223372036854775808", true), (#"{"minimum":-9223372036854775808}"#, "-9223372036854775809", false),
        (#"{"minimum":3}"#, "2.9", false), (#"{"minimum":3}"#, #""2""#, true), (#"{"maximum":3}"#, "1e400", false),
        (#"{"const":"a"}"#, #""a""#, true), (#"{"const":"a"}"#, #""b""#, false), (#"{"enum":["a",null]}"#, "null", true), (#"{"enum":["a"]}"#, "1", false),
        (#"{"required":["a"]}"#, #"{"a":null}"#, true), (#"{"required":["a"]}"#, "{}", false), (#"{"required":["a"]}"#, "[]", true),
        (#"{"properties":{"a":{"type":"string"}}}"#, #"{"a":1}"#, false), (#"{"properties":{"a":{"type":"string"}}}"#, #"{"b":1}"#, true),
        (#"{"properties":{"a":true},"additionalProperties":false}"#, #"{"a":1,"b":1}"#, false),
        (#"{"additionalProperties":{"type":"null"}}"#, #"{"b":null}"#, true), (#"{"items":{"type":"string"}}"#, #"["a",1]"#, false),
        (#"{"minLength":1}"#, #""""#, false), (#"{"minLength":1}"#, #""é""#, true), (#"{"pattern":"^[0-9]+$"}"#, #""12""#, true), (#"{"pattern":"^[0-9]+$"}"#, #""1a""#, false),
        (#"{"pattern":"b"}"#, #""abc""#, true), (#"{"allOf":[{"type":"string"},{"minLength":2}]}"#, #""a""#, false),
        (#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "1", false), (#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "null", true),
        (##"{"$ref":"#/$defs/a","$defs":{"a":{"type":"null"}}}"##, "1", false), (##"{"$ref":"#/$defs/a","type":"string","$defs":{"a":{"minLength":2}}}"##, #""a""#, false),
        (#"{"format":"date-time"}"#, #""2024-02-29T12:00:00.123456789+05:30""#, true), (#"{"format":"date-time"}"#, #""2023-02-29T12:00:00Z""#, false),
        (#"{"format":"date-time"}"#, #""2024-01-01T00:00:00""#, false), (#"{"format":"date-time"}"#, #""2024-01-01T00:00:00+24:00""#, false), (#"{"format":"date-time"}"#, "7", true),
    ])
    func `says what the standard says`(schema: String, value: String, expected: Bool) throws {
        #expect(try Self.isValid(schema, value) == expected)
    }

    @Test(arguments: [
        #"{"type":"text"}"#, #"{"propertyNames":{}}"#, #"{"format":"email"}"#, #"{"requierd":["a"]}"#, #"{"pattern":"("}"#, #"{"$ref":"nowhere.json"}"#,
        ##"{"$ref":"#/$defs/b"}"##, #"{"required":"a"}"#, #"{"properties":{"a":{"unevaluatedItems":true}}}"#,
    ])
    func `leaves nothing silently unchecked`(schema: String) throws {
        #expect(throws: SchemaSet.Fault.self) {
            for value in [#"{"a":"a"}"#, #""a""#] { _ = try Self.isValid(schema, value) }
        }
    }
}
