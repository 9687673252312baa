import Glibc
import JSONReader
import Testing

/// Depth, length, and the memory around a text.
struct LimitTests {
    private func nested(_ depth: Int, _ open: String, _ close: String, _ inner: String) -> String {
        String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
    }

    @Test func `the deepest that is allowed is read, one more is a fault`() throws {
        let reader = JSONReader(FieldPlan(["a"]))
        #expect(reader.fault(nested(256, #"{"a":"#, "}", "1")) == nil)
        #expect(reader.fault(nested(257, #"{"a":"#, "}", "1")) == JSONFault(.tooDeep, at: 256 * 5))
        #expect(reader.fault("{\"x\":" + nested(255, "[", "]", "") + "}") == nil)
        #expect(reader.fault("{\"x\":" + nested(256, "[", "]", "") + "}") == JSONFault(.tooDeep, at: 5 + 255))
        let flat = JSONReader(FieldPlan(["a"]), maxDepth: 1)
        #expect(flat.fault(#"{"a":1}"#) == nil)
        #expect(flat.fault(#"{"a":[]}"#)?.kind == .tooDeep)
    }

    @Test func `a million brackets are a fault and no crash`() {
        let reader = JSONReader(FieldPlan(["a"]), maxDepth: 65_536)
        #expect(reader.fault("{\"a\":" + String(repeating: "[", count: 1_000_000))?.kind == .tooDeep)
        #expect(reader.fault(String(repeating: #"{"a":"#, count: 200_000))?.kind == .tooDeep)
        #expect(reader.fault(nested(65_536, #"{"a":"#, "}", "1")) == nil)
    }

    @Test func `the longest that is allowed is read, one byte more is a fault`() {
        let reader = JSONReader(FieldPlan(["a"]), maxBytes: 10)
        #expect(reader.fault(#"{"a":1234}"#) == nil)
        #expect(reader.fault(#"{"a":12345}"#) == JSONFault(.tooLong))
    }

    @Test func `texts of several mebibytes are read, and small ones after them`() throws {
        let reader = JSONReader(FieldPlan(["last", "long", "list", "escaped"]))
        let long = String(repeating: "0123456789abcdef", count: 1 << 17)
        let escaped = String(repeating: #"\n\u00e9x"#, count: 1 << 17)
        let list = "[" + Array(repeating: #"{"k":[1,true,"x"]}"#, count: 100_000).joined(separator: ",") + "]"
        let fields = try reader.fields(#"{"long":"\#(long)","list":\#(list),"escaped":"\#(escaped)","last":1}"#)
        #expect(fields[0].int64 == 1)
        #expect(fields[1].string?.utf8.count == 2 << 20)
        #expect(fields[2].raw?.utf8.count == list.utf8.count)
        #expect(fields[3].string == String(repeating: "\néx", count: 1 << 17))
        #expect(try reader.fields(#"{"last":2}"#)[0].int64 == 2)
    }

    /// The page behind the text faults when it is touched, and so does the one before it.
    @Test func `not one byte before or behind the text is read`() throws {
        let fence = try #require(Fence())
        let reader = JSONReader(FieldPlan(["a", "b.c", "t"]))
        let whole = Array((#"{"a":"x\u00e9\n","b":{"c":[1.5e3,-0,true,false,null,{"k":"é"}]},"s":" "# + String(repeating: "y", count: 130) + #"","t":12}"#).utf8)
        let cut = ["", " ", "t", "true", "-", "1", "1.", "1e", "\"", "\"\\", "\"\\u00", "\"\\ud83d\\", "\"a\"", "n", "nul", "[", "{", "}", ",", ":", "é"]
        let ends = cut.map { Array($0.utf8) } + [[0xE2], [0xF0, 0x9F]]
        for length in 0...whole.count {
            for end in ends {
                let text = Array(whole[0..<length]) + end
                let expected = reader.fault(text)
                #expect(fence.lend(text, atEnd: true) { reader.outcome($0) } == expected)
                #expect(fence.lend(text, atEnd: false) { reader.outcome($0) } == expected)
            }
        }
        #expect(reader.fault(whole) == nil)
    }
}

extension JSONReader {
    fileprivate func outcome(_ text: UnsafeRawBufferPointer) -> JSONFault? {
        do {
            try read(text) { fields in
                // What is lent must be readable to its last byte, too.
                for index in 0..<fields.count { _ = (fields[index].string, fields[index].raw?.reduce(0, &+)) }
            }
            return nil
        } catch {
            return error
        }
    }
}

/// One page between two that nobody may touch.
private final class Fence {
    private let start: UnsafeMutableRawPointer
    private let page = sysconf(Int32(_SC_PAGESIZE))

    init?() {
        guard let start = mmap(nil, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), start != MAP_FAILED,
            mprotect(start + page, page, PROT_READ | PROT_WRITE) == 0
        else { return nil }
        self.start = start
    }

    deinit { munmap(start, 3 * page) }

    func lend<Value>(_ bytes: [UInt8], atEnd: Bool, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        precondition(bytes.count <= page)
        let place = UnsafeMutableRawBufferPointer(start: start + page + (atEnd ? page - bytes.count : 0), count: bytes.count)
        place.copyBytes(from: bytes)
        return body(UnsafeRawBufferPointer(place))
    }
}
