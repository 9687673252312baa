import Foundation
import Simulator
import Testing
@testable import Worker

struct HeaderListJSONTests {
    private static func json(_ headers: [(name: String, value: [UInt8]?)]) -> [UInt8] {
        var list = HeaderListJSON()
        // What an earlier record left must not be seen in the next one's.
        list.open()
        list.append("earlier", nil)
        list.open()
        for header in headers {
            if let value = header.value { value.withUnsafeBytes { list.append(header.name, $0) } } else { list.append(header.name, nil) }
        }
        list.close()
        return list.bytes
    }

    private static func text(_ headers: [(name: String, value: [UInt8]?)]) -> String { String(decoding: json(headers), as: UTF8.self) }

    @Test func `is an array, in the headers' order`() {
        #expect(Self.text([]) == "[]")
        #expect(Self.text([("b", Array("1".utf8)), ("a", Array("zwölf".utf8))]) == #"[{"name":"b","value":"1"},{"name":"a","value":"zwölf"}]"#)
    }

    @Test func `says of a header without a value what it says of an empty one`() {
        #expect(Self.text([("a", nil), ("b", [])]) == #"[{"name":"a","value":""},{"name":"b","value":""}]"#)
    }

    @Test func `escapes what may not stand in a string`() {
        #expect(Self.text([("a\"b", Array("\\ \n \u{1} \u{7F}".utf8))]) == "[{\"name\":\"a\\\"b\",\"value\":\"\\\\ \\u000a \\u0001 \u{7F}\"}]")
    }

    @Test(arguments: [[0x66, 0], [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80]] as [[UInt8]])
    func `gives as base64 what is no text that PostgreSQL holds`(value: [UInt8]) {
        #expect(Self.text([("a", value)]) == #"[{"name":"a","base64":"\#(Data(value).base64EncodedString())"}]"#)
    }

    @Test func `has no NUL in a name either`() { #expect(Self.text([("a\0b", nil)]) == #"[{"name":"a?b","value":""}]"#) }

    /// Whatever the bytes, another reader of JSON reads what was written.
    @Test func `is read by others as it was meant, whatever the headers hold`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<2000 {
            let headers = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in UInt8.random(in: Bool.random(using: &random) ? 0...127 : 0...255, using: &random) }
                return (name: String(decoding: bytes.reversed().filter { $0 != 0 }, as: UTF8.self), value: Optional(bytes))
            }
            let read = try #require(try JSONSerialization.jsonObject(with: Data(Self.json(headers))) as? [[String: String]], "seed \(seed)")
            #expect(read.map { $0["name"] } == headers.map(\.name), "seed \(seed)")
            let values = read.map { $0["value"].map { Array($0.utf8) } ?? $0["base64"].flatMap { Data(base64Encoded: $0) }.map { Array($0) } }
            #expect(values == headers.map(\.value), "seed \(seed)")
        }
    }
}
