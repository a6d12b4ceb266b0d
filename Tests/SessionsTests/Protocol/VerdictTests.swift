import Testing

@testable import Sessions

@Suite("What a record says about a token that names it", .timeLimit(.minutes(10)))
struct VerdictTests {
    private func judge(
        _ token: SessionToken, _ record: SessionRecord, loadedAfter delay: Duration = .zero
    ) -> TokenVerdict {
        SessionPolicy.sample().judge(
            token.secret, token.secret.digest(in: .sample), in: .sample, against: record, arrivedAt: .arrival,
            now: .arrival + delay)
    }

    /// The current secret is the second sample's; the first sample's is the one before it.
    private func renewed(seen: Duration?, issued: Duration = .minutes(5)) -> SessionRecord {
        .sample(secret: .sample(2)) {
            $0.secretIssuedAt = .arrival - issued
            $0.previous = .init(digest: .sample(1), nonce: .sample, successorSeenAt: seen.map { .arrival - $0 })
        }
    }

    @Test("The current secret is current until the deadline, and then its holder is told why")
    func current() {
        let record = SessionRecord.sample()
        // Idleness is judged by the arrival, and by the moment an overlap ago for a request that loads later.
        let left = record.deadline - .arrival + .seconds(120)
        #expect(judge(.sample(1), record) == .current)
        #expect(judge(.sample(1), record, loadedAfter: left - .milliseconds(1)) == .current)
        let end = SessionEnd(reason: .expired, at: record.deadline)
        #expect(judge(.sample(1), record, loadedAfter: left) == .ended(end))
        #expect(judge(.sample(9), record, loadedAfter: left) == .ended(end), "any secret of the last generation")
        #expect(judge(.sample(1, family: 2), record, loadedAfter: left) == TokenVerdict.none)
        let absolute = SessionRecord.sample { $0.lifetime.absoluteDeadline = .arrival + .seconds(9) }
        #expect(judge(.sample(1), absolute, loadedAfter: .milliseconds(8_999)) == .current)
        let over = SessionEnd(reason: .expired, at: .arrival + .seconds(9))
        #expect(judge(.sample(1), absolute, loadedAfter: .seconds(9)) == .ended(over))
        let tombstone = SessionRecord.sample { $0.end(.sample) }
        #expect(judge(.sample(1), tombstone) == .ended(.sample))
        #expect(judge(.sample(1, family: 2), tombstone) == TokenVerdict.none)
    }

    @Test("Another secret of another family proves nothing")
    func foreign() {
        #expect(judge(.sample(1, family: 2), .sample()) == TokenVerdict.none)
        // Nor do a realm's secrets in another.
        let token = SessionToken.sample(1), office = RealmTag(try! Realm("office"))
        let verdict = SessionPolicy.sample().judge(
            token.secret, token.secret.digest(in: office), in: office, against: .sample(), arrivedAt: .arrival,
            now: .arrival)
        #expect(verdict == TokenVerdict.none)
    }

    @Test(
        "Rules 4 and 5: the previous secret works until an overlap after its successor was seen, counted at arrival",
        arguments: [
            (nil, .previous), (Duration.zero, .previous), (.milliseconds(119_999), .previous), (.seconds(120), .theft),
            (.hours(1), .theft),
        ] as [(Duration?, TokenVerdict)])
    func previous(_ sinceSeen: Duration?, _ expected: TokenVerdict) {
        #expect(judge(.sample(1), renewed(seen: sinceSeen)) == expected)
        // However late it loads, it arrived in time.
        if expected == .previous {
            #expect(judge(.sample(1), renewed(seen: sinceSeen), loadedAfter: .minutes(20)) == .previous)
        }
        #expect(judge(.sample(2), renewed(seen: sinceSeen)) == .current)
    }

    @Test(
        "Rule 5: a request that loads an overlap after its arrival is late, and never called theft",
        arguments: [(Duration.milliseconds(119_999), TokenVerdict.theft), (.seconds(120), .late)])
    func late(_ delay: Duration, _ expected: TokenVerdict) {
        #expect(judge(.sample(1), renewed(seen: .seconds(120)), loadedAfter: delay) == expected)
        #expect(judge(.sample(7), renewed(seen: .seconds(120)), loadedAfter: delay) == expected)
    }

    @Test(
        "Rule 7: an older secret of the family is theft, unless the request arrived before the current one was issued",
        arguments: [
            (Duration.milliseconds(1), TokenVerdict.theft), (.zero, .theft), (.milliseconds(-1), .late),
        ])
    func older(_ issued: Duration, _ expected: TokenVerdict) {
        #expect(judge(.sample(7), renewed(seen: nil, issued: issued)) == expected)
    }

    @Test(
        "Rule 8: a token of the generation before is superseded for 60 seconds, and then unknown",
        arguments: [
            (Duration.zero, TokenVerdict.superseded), (.milliseconds(59_999), .superseded),
            (.seconds(60), TokenVerdict.none),
        ])
    func superseded(_ age: Duration, _ expected: TokenVerdict) {
        let record = SessionRecord.sample {
            $0.superseded = .init(
                familyDigest: SessionToken.sample(1, family: 2).secret.familyDigest(in: .sample), at: .arrival - age,
                revision: 1)
        }
        #expect(judge(.sample(5, family: 2), record) == expected)
        #expect(judge(.sample(5, family: 3), record) == TokenVerdict.none)
        #expect(judge(.sample(1), record) == .current)
    }

    @Test(
        "Rule 4: the previous secret is forgotten two overlaps and a clock difference after its successor was seen",
        arguments: [(Duration.milliseconds(244_999), false), (.seconds(245), true)])
    func forgetting(_ sinceSeen: Duration, isForgotten: Bool) {
        let policy = SessionPolicy.sample()
        let move = policy.forgetting(renewed(seen: sinceSeen), at: .arrival)
        #expect(move == (isForgotten ? .init(expected: .sample(2), step: .forgetPrevious) : nil))
        #expect(policy.forgetting(renewed(seen: nil), at: .arrival + .days(1)) == nil)
        #expect(policy.forgetting(.sample(), at: .arrival + .days(1)) == nil)
    }

    @Test(
        "A touch is due once the touch interval has passed, and never back in time",
        arguments: [
            (Duration.milliseconds(59_999), Duration.seconds(60), false), (.seconds(60), .seconds(60), true),
            (.zero, .zero, false), (.milliseconds(1), .zero, true), (.milliseconds(-1), .zero, false),
        ])
    func touch(_ age: Duration, _ interval: Duration, isDue: Bool) {
        let record = SessionRecord.sample {
            $0.lastUsedAt = .arrival - age
            $0.lifetime.touchInterval = interval
        }
        #expect(SessionPolicy.sample().isTouchDue(record, at: .arrival) == isDue)
    }

    @Test("Without a renewal interval no renewal is due, and what was asked for may still be seen")
    func noInterval() {
        let policy = SessionPolicy.sample { $0.renewalInterval = nil }
        func due(_ record: SessionRecord) -> SecretMoveDue? {
            policy.moveDue(
                of: record, .presented(.sample(1), .sample(1)), arrivedAt: .arrival, now: .arrival + .days(1))
        }
        #expect(due(.sample()) == nil)
        #expect(due(.sample { $0.previous = .init(digest: .sample(2), nonce: .sample) }) == .seen)
    }
}
