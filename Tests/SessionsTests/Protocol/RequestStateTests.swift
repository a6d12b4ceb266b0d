import Testing

@testable import Sessions

@Suite("What a request knows: the table of standings", .timeLimit(.minutes(10)))
struct RequestStateTests {
    /// A row of the table, as the comment of `RequestState` has it.
    struct Row: Sendable, CustomTestStringConvertible {
        let situation: Situation
        var needsReading = false
        var isUnreachable = false
        var refusal: SessionError.Code?
        var explanation: SessionEnd?
        var knowsRecord = false

        var testDescription: String { situation.rawValue }
    }

    static let table = [
        Row(situation: .unread, needsReading: true),
        Row(situation: .nobody),
        Row(situation: .explained, explanation: .sample),
        Row(situation: .unreachable, needsReading: true, isUnreachable: true, refusal: .unavailable),
        Row(situation: .presented, knowsRecord: true),
        Row(situation: .issued, knowsRecord: true),
        Row(situation: .withheld, knowsRecord: true),
        Row(situation: .superseded, refusal: .superseded),
        Row(situation: .over, refusal: .ended, explanation: .sample),
        Row(situation: .abandoned, isUnreachable: true, refusal: .unavailable),
    ]

    @Test("The table has every standing once")
    func complete() {
        #expect(Self.table.map(\.situation) == Situation.allCases)
    }

    @Test("Each standing answers as its row says", arguments: table)
    func standing(_ row: Row) throws {
        let state = row.situation.state(.sample(attributes: ["a": "1"]))
        #expect(state.needsReading == row.needsReading)
        #expect(state.isUnreachable == row.isUnreachable)
        #expect(state.refusal?.code == row.refusal)
        #expect(state.explanation?.end == row.explanation)
        #expect(state.record?.id == (row.knowsRecord ? .sample() : nil))
        #expect((state.secret != nil) == row.knowsRecord)
        #expect(state.attribute("a")?.json == (row.knowsRecord ? "1" : nil))
        #expect(state.attribute("b") == nil)
        #expect(state.attributes(with: [:]).names == (row.knowsRecord ? ["a"] : []))
        #expect(!state.isSealed && state.edits.isEmpty && state.presented == [])
    }

    @Test(
        "A write goes to the record, makes a session where there is none, or is refused for its standing",
        arguments: table)
    func writable(_ row: Row) {
        let state = row.situation.state()
        do {
            let record = try state.writable()
            #expect(row.refusal == nil && record?.id == (row.knowsRecord ? .sample() : nil))
        } catch {
            #expect(error.code == row.refusal)
        }
    }

    @Test("Each standing's refusal says why: the privileges moved on, the session is over, or the store failed")
    func messages() {
        #expect(Situation.superseded.state().refusal?.message.contains("privileges changed") == true)
        #expect(Situation.over.state().refusal?.message.contains("limit") == true)
        #expect(Situation.unreachable.state().refusal?.message == "down")
        #expect(Situation.abandoned.state().refusal?.message == "down")
    }

    @Test("Reading ends in one of four standings", arguments: [Situation.unread, .unreachable])
    func reading(_ before: Situation) {
        var state = before.state()
        state.read(.init(.sample(revision: 4), .presented(.sample(1), .sample(1))))
        #expect(state.sketch == "presented r4")
        state = before.state()
        state.readNothing(ended: nil)
        #expect(state.sketch == "nobody")
        state = before.state()
        state.readNothing(ended: .init(.sample, of: nil))
        #expect(state.sketch == "nobody, limit")
        state = before.state()
        state.readSuperseded(.sample(revision: 4), family: .sample(9))
        #expect(state.sketch == "superseded r4")
        guard case .superseded(_, let family) = state.standing else {
            Issue.record("\(state.standing)")
            return
        }
        #expect(family == .sample(9))
    }

    @Test(
        "Beside a visitor's session stands why a user's is over, unless a page has taken it; beside a user's nothing does"
    )
    func beside() {
        let visitors = SessionRecord.sample(), users = SessionRecord.sample(principal: "ada")
        let ofUser = SessionExplanation(.sample, of: users), ofVisitor = SessionExplanation(.sample, of: visitors)
        let taken = SessionRecord.sample(attributes: ["sessions.explained": "\"\(users.id)\""])
        let other = SessionRecord.sample(attributes: ["sessions.explained": "\"\(SessionID.sample(9))\""])
        let cases: [(SessionRecord, SessionExplanation?, SessionExplanation?)] = [
            (visitors, ofUser, ofUser), (visitors, ofVisitor, nil), (visitors, nil, nil), (taken, ofUser, nil),
            (other, ofUser, ofUser), (users, ofUser, nil),
        ]
        for (index, (record, ended, expected)) in cases.enumerated() {
            var state = RequestState()
            state.read(.init(record, .presented(.sample(1), .sample(1))), beside: ended)
            #expect(state.explanation == expected, "case \(index)")
            // A sign-in leaves it behind.
            state.issue(users, .sample(2), .sample(2))
            #expect(state.explanation == nil, "case \(index)")
        }
    }

    @Test("A failure to read is kept only while nothing is known of the session", arguments: Situation.allCases)
    func failing(_ before: Situation) {
        var state = before.state()
        let expected = state.needsReading ? "unreachable, full" : state.sketch
        state.fail(SessionError(.full, "another"))
        #expect(state.sketch == expected)
    }

    @Test("The places at which tokens came add up")
    func places() {
        var state = RequestState()
        state.note(presentedAt: .visitorCookie)
        state.note(presentedAt: .visitorCookie)
        #expect(state.presented.names == "visitorCookie")
        state.note(presentedAt: .url)
        #expect(state.presented.names == "visitorCookie,url")
        state.note(presentedAt: .signedInCookie)
        state.note(presentedAt: .header)
        #expect(state.presented.names == "signedInCookie,visitorCookie,header,url")
    }

    @Test(
        "Only a live standing takes a record that a store returned, and none that is older than its own",
        arguments: Situation.allCases)
    func updating(_ before: Situation) {
        let isLive = Situation.live.contains(before)
        for (revision, taken) in [(UInt64(4), 5), (5, 5), (6, 6)] as [(UInt64, Int)] {
            var state = before.state(.sample(revision: 5))
            let sketch = state.sketch
            state.update(.sample(revision: revision))
            #expect(state.sketch == (isLive ? "\(before) r\(taken)" : sketch))
        }
    }

    @Test("What is made in the request is issued, from every standing", arguments: Situation.allCases)
    func issuing(_ before: Situation) {
        var state = before.state()
        state.issue(.sample(revision: 9), .sample(2), .sample(2))
        #expect(state.sketch == "issued r9")
        guard case .issued(let token, let digest) = state.secret else {
            Issue.record("not issued")
            return
        }
        #expect(token.exposedText == SessionToken.sample(2).exposedText && digest == .sample(2))
    }

    @Test("A sign-in drops the visitor's token where the client brought one, and no other")
    func droppingTheVisitor() {
        for (places, deletions) in [
            ([], ""), ([.visitorCookie], "visitorCookie"), ([.signedInCookie], ""), ([.header, .url], ""),
            ([.signedInCookie, .visitorCookie], "visitorCookie"),
        ] as [([TokenPlace], String)] {
            var state = RequestState()
            for place in places { state.note(presentedAt: place) }
            state.dropVisitor()
            #expect(state.deletions.names == deletions)
        }
    }

    @Test("Withholding keeps back what was made here, and every deletion; what the client came with stays")
    func withholding() {
        for (before, after) in [
            (Situation.issued, "withheld r1"), (.presented, "presented r1"), (.withheld, "withheld r1"),
            (.nobody, "nobody"), (.over, "over, limit"), (.superseded, "superseded r1"),
        ] {
            var state = before.state()
            state.note(presentedAt: .visitorCookie)
            state.dropVisitor()
            #expect(state.deletions.names == "visitorCookie")
            state.withhold()
            #expect(state.sketch == after)
        }
    }

    @Test(
        "An end deletes the token where it is kept, by kind of session, asks to clear, and drops what waits",
        arguments: [
            (nil, .cookie, "visitorCookie"), ("ada", .cookie, "signedInCookie"), (nil, .header, "header"),
            ("ada", .header, "header"), (nil, .url, "url"), ("ada", .url, "url"),
        ] as [(String?, SessionRecord.Carrier, String)])
    func ending(_ principal: String?, _ carrier: SessionRecord.Carrier, _ place: String) throws {
        for before in Situation.live {
            var state = before.state(.sample(principal: principal, carrier: carrier))
            try state.buffer(.set(json: "1"), as: "a", limits: .init())
            state.end(.sample)
            #expect(state.sketch == "over, limit -\(place) clears")
        }
    }

    @Test("A sign-out without a session deletes the tokens that came, and changes nothing else")
    func endingNothing() throws {
        var state = Situation.nobody.state()
        state.endNothing()
        #expect(state.sketch == "nobody")
        state.note(presentedAt: .signedInCookie)
        state.note(presentedAt: .url)
        try state.buffer(.set(json: "1"), as: "a", limits: .init())
        state.endNothing()
        #expect(state.sketch == "nobody -signedInCookie,url clears")
    }

    @Test("Starting over forgets the session and what was to be written to it", arguments: Situation.live)
    func startingOver(_ before: Situation) throws {
        var state = before.state()
        state.note(presentedAt: .visitorCookie)
        state.dropVisitor()
        try state.buffer(.set(json: "1"), as: "a", limits: .init())
        state.startOver()
        #expect(state.sketch == "nobody -visitorCookie")
    }

    @Test(
        "What follows an end belongs to a visitor, while a token can be sent; every other standing stays",
        arguments: Situation.allCases)
    func startingAnew(_ before: Situation) {
        var state = before.state()
        let expected = before == .over ? "nobody, limit" : state.sketch
        state.startAnew()
        #expect(state.sketch == expected)
        var late = before.state()
        _ = late.seal(refusal: nil, at: .arrival, arrivedAt: .arrival, under: .sample())
        let sealed = late.sketch
        late.startAnew()
        #expect(late.sketch == sealed)
    }

    @Test(
        "A sign-in that may not stand, or may not be known to, leaves nothing to send or to delete",
        arguments: Situation.live)
    func abandoning(_ before: Situation) throws {
        func prepared() throws -> RequestState {
            var state = before.state()
            state.note(presentedAt: .visitorCookie)
            state.dropVisitor()
            try state.buffer(.set(json: "1"), as: "a", limits: .init())
            return state
        }
        var state = try prepared()
        state.abandon(as: .sample)
        #expect(state.sketch == "over, limit")
        state = try prepared()
        state.abandon(because: .down)
        #expect(state.sketch == "abandoned, unavailable")
    }
}
