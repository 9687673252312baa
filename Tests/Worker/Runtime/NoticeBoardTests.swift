import Observability
import Synchronization
import Testing
@testable import Worker

@Suite("what a stage notices") struct NoticeBoardTests {
    private static let tally = Tally("scripted_notable_total", "Bodies that are notable.", saying: "a body is notable")

    /// A log's lines.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private static func board() -> (NoticeBoard, Metrics, Lines) {
        let metrics = Metrics(), lines = Lines()
        return (NoticeBoard(metrics: metrics, log: Log(program: "test", level: .info, format: .json, write: lines.add)), metrics, lines)
    }

    @Test func `is counted each time, and named in the log once for each subject`() {
        let (board, metrics, lines) = Self.board()
        board.register([Self.tally])
        #expect(metrics.render().contains("scripted_notable_total 0\n"))
        board.take([Notice(Self.tally, "pdt_1"), Notice(Self.tally, "pdt_2"), Notice(Self.tally, "pdt_1")])
        board.take([Notice(Self.tally, "pdt_1")])
        #expect(metrics.render().contains("scripted_notable_total 4\n"))
        #expect(lines.all.count == 2 && lines.all.allSatisfy { $0.contains(#""level":"warning""#) && $0.contains("a body is notable") })
        #expect(lines.all.map { $0.contains(#""subject":"pdt_1""#) } == [true, false])
    }

    @Test func `fills neither the log nor a line, however many and however long its subjects are`() {
        let (board, metrics, lines) = Self.board()
        for number in 0..<300 { board.take([Notice(Self.tally, String(repeating: "x", count: 5000) + "\(number)"), Notice(Self.tally, "\(number)\n")]) }
        #expect(metrics.render().contains("scripted_notable_total 600\n"))
        #expect(lines.all.count == NoticeBoard.maxLines && lines.all.allSatisfy { $0.count < 500 && $0.filter { $0 == "\n" }.count == 1 })
    }
}
