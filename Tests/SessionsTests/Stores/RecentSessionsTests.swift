import Testing

@testable import Sessions

@Suite("The sessions that a store has read last", .timeLimit(.minutes(10)))
struct RecentSessionsTests {
    private let moment = ContinuousClock.now

    private func id(_ number: UInt64) -> SessionID { SessionID(Block16(number, ~number)) }

    @Test("A session is kept for less than half a minute, in place of what was known before, until it is forgotten")
    func age() {
        let sessions = RecentSessions()
        #expect(sessions.value(of: id(1), at: moment) == nil)
        sessions.note(1, of: id(1), bytes: 1, at: moment - .seconds(60))
        sessions.note(2, of: id(1), bytes: 1, at: moment)
        sessions.note(3, of: id(2), bytes: 1, at: moment)
        #expect(sessions.value(of: id(1), at: moment + .seconds(30) - .nanoseconds(1)) as? Int == 2)
        #expect(sessions.value(of: id(1), at: moment + .seconds(30)) == nil)
        sessions.forget(id(1))
        #expect(sessions.value(of: id(1), at: moment) == nil)
        #expect(sessions.value(of: id(2), at: moment) as? Int == 3)
    }

    @Test("Of a session with more than 4,096 bytes of attributes nothing is kept, nor what was known before")
    func large() {
        let sessions = RecentSessions()
        sessions.note(1, of: id(1), bytes: 4096, at: moment)
        #expect(sessions.value(of: id(1), at: moment) as? Int == 1)
        sessions.note(2, of: id(1), bytes: 4097, at: moment)
        #expect(sessions.value(of: id(1), at: moment) == nil)
    }

    @Test("No more than its capacity is kept, and the half that came last for certain")
    func capacity() {
        let sessions = RecentSessions(capacity: 8)
        for count in 1...21 {
            sessions.note(count, of: id(UInt64(count)), bytes: 1, at: moment)
            let known = (1...count).filter { sessions.value(of: id(UInt64($0)), at: moment) as? Int == $0 }
            // The last four are among them: they came in a row.
            let expected = count < 8 ? count : 4 + count % 4
            #expect(known == Array((count - expected + 1)...count))
        }
    }

    @Test("Unless another capacity is given, 4,096 sessions are kept at most, and the last 2,048 for certain")
    func standardCapacity() {
        let sessions = RecentSessions()
        let numbers = Array(1...4096 as ClosedRange<UInt64>)
        for number in numbers { sessions.note(1, of: id(number), bytes: 1, at: moment) }
        let known = numbers.filter { sessions.value(of: id($0), at: moment) != nil }
        #expect(known == Array(2049...4096))
    }

    @Test("What was noted again and forgotten is gone from the old half too")
    func forgottenInBoth() {
        let sessions = RecentSessions(capacity: 4)
        sessions.note(1, of: id(1), bytes: 1, at: moment)
        sessions.note(2, of: id(2), bytes: 1, at: moment)
        // Both are of the old half by now.
        sessions.note(3, of: id(1), bytes: 1, at: moment)
        #expect(sessions.value(of: id(1), at: moment) as? Int == 3)
        sessions.forget(id(1))
        #expect(sessions.value(of: id(1), at: moment) == nil)
        #expect(sessions.value(of: id(2), at: moment) as? Int == 2)
    }
}
