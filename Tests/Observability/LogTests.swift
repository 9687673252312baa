import Foundation
import Observability
import Synchronization
import Testing

@Suite("the log") struct LogTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
        func log(_ format: Log.Format, _ level: Log.Level = .info) -> Log {
            Log(program: "tests", level: level, format: format) { line in self.all.withLock { $0.append(line) } }
        }
    }

    @Test func `writes one JSON object a line, whatever is in a field`() throws {
        let lines = Lines()
        lines.log(.json).warning("something happened", [.topic: "a\"b\n\u{1}é", .offset: 12, .lane: Int32(3)])
        let line = try #require(lines.all.withLock { $0.first })
        #expect(line.filter { $0 == "\n" }.count == 1)
        let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["message"] as? String == "something happened")
        #expect(object["level"] as? String == "warning")
        #expect(object["program"] as? String == "tests")
        #expect(object["kafka.topic"] as? String == "a\"b\n\u{1}é")
        #expect(object["kafka.offset"] as? Int == 12)
        #expect(object["lane"] as? Int == 3)
        #expect((object["time"] as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    }

    @Test func `writes a readable line for a terminal`() throws {
        let lines = Lines()
        lines.log(.text).info("lane taken", [.lane: 2, .reason: "two words", .saying: ""])
        let line = try #require(lines.all.withLock { $0.first })
        #expect(line.hasSuffix(" info    tests: lane taken lane=2 reason=\"two words\" saying=\"\"\n"))
    }

    @Test func `drops what is below its level`() {
        let lines = Lines()
        let log = lines.log(.json, .warning)
        log.trace("a"); log.debug("b"); log.info("c"); log.warning("d"); log.error("e")
        #expect(lines.all.withLock { $0.count } == 2)
    }
}
