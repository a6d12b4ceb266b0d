import Testing

@testable import Sessions

@Suite("What a response carries of its session", .timeLimit(.minutes(10)))
struct SealTests {
    /// A reply in a line that can be compared: token and place, age, deletions, caching, clearing.
    private func sketch(_ reply: Reply) -> String {
        var parts: [String] = []
        if let issued = reply.token {
            parts.append("\(issued.token.exposedText)@\(issued.place)" + (issued.maxAge.map { " for \($0)" } ?? ""))
        }
        if !reply.deletions.isEmpty { parts.append("-\(reply.deletions.names)") }
        if reply.isPersonal { parts.append("personal") }
        if reply.clearsSiteData { parts.append("clears") }
        #expect(reply.isEmpty == parts.isEmpty)
        return parts.joined(separator: " ")
    }

    /// Seals a request that arrived at the sample's moment.
    private func seal(
        _ state: RequestState, refusal: SessionError? = nil, after delay: Duration = .zero
    ) -> String {
        var state = state
        let reply = state.seal(refusal: refusal, at: .arrival + delay, arrivedAt: .arrival, under: .sample())
        #expect(state.isSealed)
        return sketch(reply)
    }

    /// A session whose current secret follows from the first sample's.
    private func renewed(_ change: (inout SessionRecord) -> Void = { _ in }) -> SessionRecord {
        .sample(secret: successor.secret.digest(in: .sample)) {
            $0.previous = .init(digest: .sample(1), nonce: .sample)
            change(&$0)
        }
    }

    private var successor: SessionToken {
        SessionToken(
            id: .sample(),
            secret: SessionToken.sample(1).secret.successor(nonce: .sample, of: .sample(), generation: 1))
    }

    @Test(
        "A request that never used its session says nothing; every other response is personal",
        arguments: Situation.allCases)
    func personal(_ situation: Situation) {
        for refusal in [nil, SessionError.supersededToken] {
            let token = situation == .issued ? "\(SessionToken.sample(1).exposedText)@visitorCookie " : ""
            #expect(
                seal(situation.state(), refusal: refusal) == (situation == .unread ? "" : "\(token)personal"))
        }
    }

    @Test("A client that came with the current secret has what it needs")
    func current() {
        for delay in [Duration.zero, .seconds(119), .seconds(120), .hours(1)] {
            #expect(seal(Situation.presented.state(), after: delay) == "personal")
            // Its own secret stands beside a previous one, of another client of the session.
            let record = SessionRecord.sample { $0.previous = .init(digest: .sample(2), nonce: .sample) }
            #expect(seal(Situation.presented.state(record), after: delay) == "personal")
        }
    }

    @Test(
        "G6, rule 6: a client that came with the previous secret gets the successor until an overlap after its arrival",
        arguments: [
            (Duration.zero, true), (.milliseconds(119_999), true), (.milliseconds(120_000), false),
            (.milliseconds(120_001), false), (.hours(1), false), (.seconds(-1), true),
        ])
    func previous(_ delay: Duration, isSent: Bool) {
        let sent = isSent ? "\(successor.exposedText)@visitorCookie personal" : "personal"
        #expect(seal(Situation.presented.state(renewed()), after: delay) == sent)
        #expect(seal(Situation.presented.state(renewed()), refusal: .supersededToken, after: delay) == "personal")
        #expect(seal(Situation.withheld.state(renewed()), after: delay) == "personal")
    }

    @Test("A secret that is neither current nor previous gets no successor, nor one of another generation's record")
    func neither() {
        for record in [
            renewed { $0.previous = nil }, renewed { $0.previous = .init(digest: .sample(2), nonce: .sample) },
        ] {
            #expect(seal(Situation.presented.state(record)) == "personal")
        }
        // The generation is part of what the successor follows from.
        let other = SessionToken(
            id: .sample(),
            secret: SessionToken.sample(1).secret.successor(nonce: .sample, of: .sample(), generation: 2))
        #expect(
            seal(Situation.presented.state(renewed { $0.generation = 2 }))
                == "\(other.exposedText)@visitorCookie personal")
        #expect(other.exposedText != successor.exposedText)
    }

    @Test("G9: what was made in the request is sent whatever was refused and however late, unless the record moved on")
    func issued() {
        let sent = "\(SessionToken.sample(1).exposedText)@visitorCookie personal"
        for delay in [Duration.zero, .seconds(120), .hours(1)] {
            for refusal in [nil, SessionError.supersededToken] {
                #expect(seal(Situation.issued.state(), refusal: refusal, after: delay) == sent)
                #expect(seal(Situation.issued.state(renewed()), refusal: refusal, after: delay) == "personal")
                #expect(seal(Situation.withheld.state(), refusal: refusal, after: delay) == "personal")
            }
        }
        var moved = Situation.issued.state()
        moved.update(.sample(revision: 2, secret: .sample(2)))
        #expect(seal(moved) == "personal")
    }

    @Test(
        "Rule 10: a token goes to the place for its kind of session",
        arguments: [
            (nil, .cookie, "visitorCookie"), ("ada", .cookie, "signedInCookie"), (nil, .header, "header"),
            ("ada", .header, "header"), (nil, .url, "url"), ("ada", .url, "url"),
        ] as [(String?, SessionRecord.Carrier, String)])
    func places(_ principal: String?, _ carrier: SessionRecord.Carrier, _ place: String) {
        let record = SessionRecord.sample(principal: principal, carrier: carrier)
        #expect(seal(Situation.issued.state(record)) == "\(SessionToken.sample(1).exposedText)@\(place) personal")
    }

    @Test(
        "A remembered session's token is kept for the whole seconds until the absolute deadline",
        arguments: [
            (Duration.milliseconds(999), Int64(0)), (.milliseconds(1000), 1), (.milliseconds(59_999), 59),
            (.seconds(60), 60), (.days(30), 2_592_000),
        ])
    func ages(_ left: Duration, _ seconds: Int64) {
        let token = "\(SessionToken.sample(1).exposedText)@visitorCookie"
        for delay in [Duration.zero, .seconds(200)] {
            func record(isPersistent: Bool) -> SessionRecord {
                .sample(absoluteDeadline: .arrival + delay + left, isPersistent: isPersistent)
            }
            #expect(
                seal(Situation.issued.state(record(isPersistent: true)), after: delay)
                    == "\(token) for \(seconds) personal")
            #expect(seal(Situation.issued.state(record(isPersistent: false)), after: delay) == "\(token) personal")
        }
        let lasting = renewed {
            $0.lifetime.isPersistent = true
            $0.lifetime.absoluteDeadline = .arrival + left
        }
        #expect(
            seal(Situation.presented.state(lasting)) == "\(successor.exposedText)@visitorCookie for \(seconds) personal"
        )
    }

    @Test("Rule 11: an end deletes its token and clears, unless a signed-in user's new token follows")
    func deletions() {
        var state = Situation.presented.state(.sample(principal: "ada"))
        state.end(.sample)
        #expect(seal(state) == "-signedInCookie personal clears")
        #expect(seal(state, refusal: .supersededToken) == "-signedInCookie personal clears")
        var again = state
        again.issue(.sample(principal: "ada"), .sample(1), .sample(1))
        #expect(seal(again) == "\(SessionToken.sample(1).exposedText)@signedInCookie personal")
        var elsewhere = state
        elsewhere.issue(.sample(), .sample(1), .sample(1))
        #expect(
            seal(elsewhere) == "\(SessionToken.sample(1).exposedText)@visitorCookie -signedInCookie personal clears")
    }

    @Test("Rule 10: a sign-in sends its token and deletes the visitor's")
    func signIn() {
        var state = Situation.presented.state()
        state.note(presentedAt: .visitorCookie)
        state.issue(.sample(principal: "ada"), .sample(1), .sample(1))
        state.dropVisitor()
        #expect(seal(state) == "\(SessionToken.sample(1).exposedText)@signedInCookie -visitorCookie personal")
        state.withhold()
        #expect(seal(state) == "personal")
    }

    @Test("A sign-out without a session deletes the dead tokens and clears")
    func signOutOfNothing() {
        var state = Situation.nobody.state()
        state.note(presentedAt: .signedInCookie)
        state.note(presentedAt: .visitorCookie)
        state.endNothing()
        #expect(seal(state) == "-signedInCookie,visitorCookie personal clears")
    }

    @Test(
        "Only a secret that has become the previous one needs a second look before its response",
        arguments: Situation.allCases)
    func secondLook(_ situation: Situation) {
        let isBehind = situation == .presented
        #expect(situation.state(renewed()).recordBehindSuccessor?.id == (isBehind ? .sample() : nil))
        #expect(situation.state(.sample()).recordBehindSuccessor == nil)
        let other = SessionRecord.sample(secret: .sample(3)) { $0.previous = .init(digest: .sample(2), nonce: .sample) }
        #expect(situation.state(other).recordBehindSuccessor == nil)
    }

    @Test("Rule 6: a second look that finds another generation, an end or nothing withholds the successor")
    func lookAgain() {
        let sent = "\(successor.exposedText)@visitorCookie personal"
        let deadline = renewed().deadline
        let cases: [(SessionRecord?, Timestamp, String)] = [
            (renewed(), .arrival, sent), (renewed { $0.revision = 7 }, .arrival, sent),
            (renewed(), deadline - .milliseconds(1), sent), (renewed(), deadline, "personal"),
            (nil, .arrival, "personal"), (renewed { $0.generation = 2 }, .arrival, "personal"),
            (renewed { $0.end(.sample) }, .arrival, "personal"),
        ]
        for (index, (found, now, expected)) in cases.enumerated() {
            var state = Situation.presented.state(renewed())
            state.lookAgain(found, at: now)
            #expect(seal(state) == expected, "case \(index)")
        }
        for situation in Situation.allCases where !Situation.live.contains(situation) {
            var state = situation.state()
            let before = state.sketch
            state.lookAgain(nil, at: .arrival)
            #expect(state.sketch == before)
        }
    }
}
