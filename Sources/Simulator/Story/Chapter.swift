/// Something that can happen to a customer. The chapters together send all 48 event types.
package enum Chapter: Int, CaseIterable, Sendable {
    /// A licence is bought once, then refunded in two steps.
    case licenceRefunded
    /// Files are bought by bank debit, disputed, and the dispute is won.
    case disputeWon
    case disputeAccepted
    case disputeCancelled
    case disputeExpired
    /// Lost by Visa's rapid resolution.
    case disputeLost
    /// A plan renews for some months and is cancelled at once.
    case renewedThenCancelled
    /// A renewal fails, dunning wins the customer back, who later leaves at the end of a period.
    case heldThenRecovered
    /// Grace periods: one ends well, one in cancellation.
    case pastDue
    /// Pause, resume, a larger plan, and a cancellation in the portal, which is only a `subscription.updated`.
    case pausedAndChanged
    /// A plan with credits, used up and carried over.
    case credits
    /// The mandate was never set up; the checkout is won back later.
    case neverStarted
    /// The customer walked away from the checkout.
    case walkedAway
    /// A refund that fails, then one that succeeds.
    case refundFailed
    /// Money goes to the merchant's bank, not without trouble.
    case payouts
    /// A term that ran out, with a Discord grant that could not be delivered.
    case expired
    /// A scheduled plan change, a new card, and a hold that is never solved.
    case leftOnHold
    /// A free trial that becomes a paid month, and is cancelled for its end.
    case triedThenCancelled
    /// Several units of two products in one cart; a part of the money goes back.
    case severalBought
    /// A plan for several seats, then more of them at once, then fewer.
    case seatsChanged
    /// A renewal is charged back, the next one is paid, and its money is given back whole.
    case chargedBackThenPaid
}

/// Makes customers' stories from a seed.
package enum Story {
    /// 2026-01-01T00:00:00Z in microseconds: when stories begin unless told otherwise.
    package static let standardStart: Int64 = 1_767_225_600_000_000

    /// The story of customer number `index` of a seed: the same for the same arguments, on any machine.
    ///
    /// Every customer lives through chapter `index` modulo their number, so as many customers in a row as there are chapters see all 48 types, and some through
    /// another.
    package static func customer(_ index: Int, seed: UInt64, start: Int64 = standardStart) -> CustomerStory {
        var random = SplitMix64(seed: seed, part: UInt64(index))
        let beginning = StoryTime(microseconds: start + random.within(0...30 * 86_400_000_000))
        let chapters = Chapter.allCases
        var life = Life(StoryBuilder(random: random, start: beginning))
        life.live(chapters[index % chapters.count])
        if index % 3 == 2 { life.live(chapters[(index / 3) % chapters.count]) }
        return life.finish()
    }

    /// The story of a customer who lives through exactly these chapters.
    package static func customer(living chapters: [Chapter], seed: UInt64, start: Int64 = standardStart) -> CustomerStory {
        var life = Life(StoryBuilder(random: SplitMix64(seed: seed), start: StoryTime(microseconds: start)))
        for chapter in chapters { life.live(chapter) }
        return life.finish()
    }

    /// The stories of the first customers of a seed.
    package static func customers(_ count: Int, seed: UInt64, start: Int64 = standardStart) -> [CustomerStory] {
        (0..<count).map { customer($0, seed: seed, start: start) }
    }
}
