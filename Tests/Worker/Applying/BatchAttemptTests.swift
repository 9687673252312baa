import LibPQ
import Testing
import Worker

@Suite struct BatchAttemptTests {
    static let fault = RecordFault(reason: "bad", detail: "bad")

    @Test func `takes the lane first when it is not held, then applies everything at once`() {
        var attempt = BatchAttempt(count: 5, epoch: nil)
        #expect(attempt.step == .takeLane)
        attempt.took(3)
        #expect(attempt.step == .run(0..<5, faults: [:], epoch: 3))
        attempt.applied()
        #expect(attempt.step == .done)
    }

    @Test func `an empty batch is done`() { #expect(BatchAttempt(count: 0, epoch: nil).step == .done) }

    @Test func `does the same again when the world was in the way`() {
        var attempt = BatchAttempt(count: 5, epoch: 1)
        let step = attempt.step
        #expect(attempt.failed(.wait, fault: Self.fault) == .backOff)
        #expect(attempt.step == step)
    }

    @Test func `takes the lane again after somebody else did`() {
        var attempt = BatchAttempt(count: 5, epoch: 1)
        #expect(attempt.failed(.retake, fault: Self.fault) == .ownership)
        #expect(attempt.step == .takeLane)
    }

    @Test(arguments: 1...33, [[0], [1], [0, 1], [2, 3, 7], [16, 32]])
    func `finds the records at fault, parks only them and applies the others in order`(count: Int, bad: [Int]) {
        let poison = Set(bad.filter { $0 < count })
        var attempt = BatchAttempt(count: count, epoch: 1)
        var applied: [Int] = [], parked: [Int] = [], runs = 0
        while case .run(let part, let faults, _) = attempt.step, runs < 500 {
            runs += 1
            if part.contains(where: { poison.contains($0) && faults[$0] == nil }) {
                #expect(attempt.failed(.split, fault: Self.fault) == .none)
                continue
            }
            applied += part.filter { faults[$0] == nil }
            parked += part.filter { faults[$0] != nil }
            attempt.applied()
        }
        #expect(attempt.step == .done)
        #expect(Set(parked) == poison)
        #expect(applied == (0..<count).filter { !poison.contains($0) })
        #expect(runs <= 1 + poison.count * 2 * 7)
    }

    @Test func `a record that is to be parked and still refused is not at fault: it waits`() {
        var attempt = BatchAttempt(count: 1, epoch: 1)
        #expect(attempt.failed(.split, fault: Self.fault) == .none)
        #expect(attempt.step == .run(0..<1, faults: [0: Self.fault], epoch: 1))
        #expect(attempt.failed(.split, fault: Self.fault) == .backOff)
        #expect(attempt.step == .run(0..<1, faults: [0: Self.fault], epoch: 1))
    }

    @Test func `a lane lost in the middle of halving is taken again without losing the place`() {
        var attempt = BatchAttempt(count: 4, epoch: 1)
        _ = attempt.failed(.split, fault: Self.fault)
        attempt.applied()
        _ = attempt.failed(.retake, fault: Self.fault)
        attempt.took(9)
        #expect(attempt.step == .run(2..<4, faults: [:], epoch: 9))
    }

    @Test(arguments: [
        (nil, Remedy.wait), ("57P01", .wait), ("40001", .wait), ("40P01", .wait), ("53100", .wait), ("42P01", .wait), ("25006", .wait), ("NB001", .retake),
        ("23514", .split), ("22P02", .split), ("54000", .split),
    ] as [(String?, Remedy)])
    func `a SQLSTATE says what helps`(sqlstate: String?, remedy: Remedy) {
        #expect(Remedy(for: PostgresError(sqlstate: sqlstate, message: "")) == remedy)
    }
}
