import Testing
import Worker

@Suite struct ShardViewTests {
    @Test(arguments: 1...20) func `shares come out even, and are all of it`(count: Int32) {
        let view = ShardView(members: Array(100..<(100 + count)), holders: [:])
        let quotas = view.members.map { view.quota(of: $0) }
        #expect(quotas.reduce(0, +) == ShardView.shards)
        #expect((quotas.max() ?? 0) - (quotas.min() ?? 0) <= 1)
    }

    @Test func `who is no member has no share`() { #expect(ShardView(members: [1], holders: [:]).quota(of: 2) == 0) }

    @Test func `free shards are offered to each member in another order`() {
        let view = ShardView(members: [1, 2], holders: [3: 1, 9: 2])
        #expect(view.free(for: 1).first == 0 && view.free(for: 2).first == 8)
        #expect(Set(view.free(for: 1)) == Set(0..<16).subtracting([3, 9]))
    }
}
