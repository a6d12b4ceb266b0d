import Testing

@testable import Sessions

@Suite("What the end of a request writes", .timeLimit(.minutes(10)))
struct CommitPlannerTests {
    private func plan(
        _ state: RequestState, _ edits: AttributeMap<SessionChanges.Edit>, arrivedAt: Timestamp = .arrival,
        now: Timestamp = .arrival
    ) -> String {
        switch CommitPlanner(policy: .sample(), arrivedAt: arrivedAt, now: now).plan(state, edits: edits) {
        case .nothing: "nothing"
        case .create(let attributes):
            "create " + attributes.map { "\($0.name)=\($0.json) r\($0.revision)" }.joined(separator: " ")
        case .commit(let live, let due): "commit r\(live.record.revision)" + (due.map { " \($0)" } ?? "")
        case .refuse(let error): "refuse \(error.code)"
        }
    }

    @Test(
        "Without edits nothing is written, and with them each standing writes, refuses or ignores",
        arguments: Situation.allCases)
    func standings(_ situation: Situation) {
        let state = situation.state(.sample(revision: 5))
        #expect(plan(state, [:]) == "nothing")
        let written =
            switch situation {
            case .unread, .unreachable, .abandoned: "nothing"
            case .over: "refuse ended"
            case .superseded: "refuse superseded"
            case .nobody, .explained: "create a=1 r1"
            case .presented, .issued, .withheld: "commit r5"
            }
        #expect(plan(state, ["a": .set(json: "1")]) == written)
        let removed =
            switch situation {
            case .over: "refuse ended"
            case .superseded: "refuse superseded"
            case .presented, .issued, .withheld: "commit r5"
            default: "nothing"
            }
        #expect(plan(state, ["a": .remove]) == removed)
    }

    @Test("G8: a stranger's session begins with what was set and not removed")
    func creation() {
        let state = Situation.nobody.state()
        #expect(plan(state, ["b": .set(json: "2"), "a": .set(json: "1"), "c": .remove]) == "create a=1 r1 b=2 r1")
    }

    @Test(
        "A renewal is due at its interval, for the client that came with the current secret alone",
        arguments: [
            (Duration.milliseconds(899_999), "nothing", "commit r1"),
            (.minutes(15), "commit r1 renewal", "commit r1 renewal"),
        ])
    func renewal(_ age: Duration, _ read: String, _ write: String) {
        let record = SessionRecord.sample { $0.secretIssuedAt = .arrival - age }
        #expect(plan(Situation.presented.state(record), [:]) == read)
        #expect(plan(Situation.presented.state(record), ["a": .set(json: "1")]) == write)
        let old = SessionRecord.sample(secret: .sample(2)) { $0.secretIssuedAt = .arrival - age }
        for state in [Situation.issued.state(record), Situation.withheld.state(record), Situation.presented.state(old)]
        {
            #expect(plan(state, [:]) == "nothing")
            #expect(plan(state, ["a": .set(json: "1")]) == "commit r1")
        }
    }

    @Test(
        "Rule 3: a successor is seen when its request arrives at least the settle time after its issue",
        arguments: [
            (Duration.milliseconds(59_999), "nothing"), (.seconds(60), "commit r1 seen"), (.hours(1), "commit r1 seen"),
        ])
    func seen(_ age: Duration, _ expected: String) {
        let record = SessionRecord.sample {
            $0.secretIssuedAt = .arrival - age
            $0.previous = .init(digest: .sample(2), nonce: .sample)
        }
        #expect(plan(Situation.presented.state(record), [:]) == expected)
        // The moment of arrival counts, not that of the response.
        #expect(plan(Situation.presented.state(record), [:], now: .arrival + .hours(1)) == expected)
        #expect(plan(Situation.issued.state(record), [:]) == "nothing")
    }

    @Test(
        "Rule 2: no renewal is due while a successor is unseen or its overlap runs",
        arguments: [
            (nil, "commit r1 seen"), (Duration.milliseconds(119_999), "nothing"), (.seconds(120), "commit r1 renewal"),
        ] as [(Duration?, String)])
    func chain(_ sinceSeen: Duration?, _ expected: String) {
        let record = SessionRecord.sample {
            $0.secretIssuedAt = .arrival - .hours(1)
            $0.previous = .init(
                digest: .sample(2), nonce: .sample, successorSeenAt: sinceSeen.map { .arrival - $0 })
        }
        #expect(plan(Situation.presented.state(record), [:]) == expected)
    }
}
