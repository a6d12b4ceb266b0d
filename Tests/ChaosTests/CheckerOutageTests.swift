import Chaos
import Testing

/// Histories by hand of a store that loses something: what it may lose, and what not.
@Suite("The checker of histories, with a store that loses", .timeLimit(.minutes(10))) struct CheckerOutageTests {
    private let a = TokenFacts(session: "A", family: "fA")
    private let a2 = TokenFacts(session: "A", family: "fA2")
    private let b = TokenFacts(session: "B", family: "fB")
    private var visitor: [Slot: TokenFacts] { [.visitor: a] }
    private var signedIn: [Slot: TokenFacts] { [.signedIn: a2] }

    /// What the checker finds if the store may lose nothing, everything and the last writes in the outage that `after` follows.
    private func rules(
        _ before: (inout Script) -> Void, ago: Int64 = 0, _ after: (inout Script) -> Void
    ) -> [Set<Violation.Rule>] {
        ([.nothing, .everything, .theLast] as [Outage.Loss]).map { loss in
            var script = Script()
            before(&script)
            script.add(loss, ago: ago)
            after(&script)
            return script.rules
        }
    }

    private func begin(_ script: inout Script) { script.add(.visit, number: 1, gets: [.visitor: a]) }

    private func enter(_ script: inout Script) {
        begin(&script)
        script.add(.signIn("ada"), with: visitor, gets: [.signedIn: a2], deletes: [.visitor])
    }

    @Test func aSessionThatIsGone() {
        let gone = rules(begin) { $0.add(.visit, with: visitor, number: 1, gets: [.visitor: b]) }
        // What was confirmed before a failover is not among the last.
        #expect(gone == [[.signedOutWithoutCause], [], [.signedOutWithoutCause]])
        let last = rules(begin, ago: 10) { $0.add(.visit, with: visitor, number: 1, gets: [.visitor: b]) }
        #expect(last == [[.signedOutWithoutCause], [], []])
    }

    @Test func aSessionThatIsMadeAfterTheOutageIsNotLostInIt() {
        let found = rules({ _ in }) { script in
            begin(&script)
            script.add(.look, with: visitor)
        }
        #expect(found == .init(repeating: [.signedOutWithoutCause], count: 3))
    }

    @Test func aSessionThatComesBack() {
        let found = rules(begin) { $0.add(.visit, with: visitor, number: 2) }
        #expect(found == [[], [.backFromOblivion], []])
        let looked = rules(enter) { $0.add(.look, with: signedIn, sees: a2, as: "ada") }
        #expect(looked == [[], [.backFromOblivion], []])
    }

    @Test func thingsOfAForgottenSessionDoNotComeAlong() {
        let found = rules({ script in
            begin(&script)
            script.add(.set("x", 7), with: visitor)
        }) { script in
            script.add(.signIn("ada"), with: visitor, gets: [.signedIn: b])
            script.add(.read("x"), with: [.signedIn: b], number: 7)
        }
        #expect(found == [[], [.lostSet], []])
    }

    @Test func anUpdateOfTheLastMomentsMayBeLost() {
        func visit(_ script: inout Script) { script.add(.visit, with: visitor, number: 2) }
        let last = rules(
            {
                begin(&$0); visit(&$0)
            }, ago: 10, visit)
        #expect(last == [[.lostUpdate], [.lostUpdate, .backFromOblivion], []])
        let confirmed = rules(
            {
                begin(&$0); visit(&$0)
            }, visit)
        #expect(confirmed == [[.lostUpdate], [.lostUpdate, .backFromOblivion], [.lostUpdate]])
        let after = rules(begin) {
            visit(&$0); visit(&$0)
        }
        #expect(after.allSatisfy { $0.contains(.lostUpdate) })
    }

    @Test func aSetOfTheLastMomentsMayBeLost() {
        func set(_ number: Int) -> (inout Script) -> Void { { $0.add(.set("x", number), with: visitor) } }
        func read(_ number: Int?) -> (inout Script) -> Void { { $0.add(.read("x"), with: visitor, number: number) } }
        let before: (inout Script) -> Void = {
            begin(&$0); set(1)(&$0); set(2)(&$0)
        }
        #expect(rules(before, ago: 10, read(2))[2] == [])
        #expect(rules(before, ago: 10, read(1))[2] == [])
        #expect(rules(before, ago: 10, read(1))[0] == [.lostSet])
        // The one before it was confirmed.
        #expect(rules(before, ago: 10, read(nil))[2] == [.lostSet])
        #expect(rules(before, read(1))[2] == [.lostSet])
    }

    @Test func aSignInOfTheLastMomentsMayBeUndoneAndGivesNobodyItsPrivileges() {
        let old = rules(enter, ago: 10) { script in
            script.add(.look, with: visitor, sees: a)
            script.add(.visit, with: visitor, number: 2)
            script.add(.look, with: signedIn)
        }
        #expect(old[2] == [] && old[0].contains(.deadTokenWorks))
        let leaked = rules(enter, ago: 10) { $0.add(.look, with: visitor, sees: a, as: "ada") }
        #expect(leaked.allSatisfy { $0.contains(.privilegeLeaked) })
        let confirmed = rules(enter) { $0.add(.visit, with: visitor, number: 2) }
        #expect(confirmed[2] == [.deadTokenWorks])
    }

    @Test func aSignOutOfTheLastMomentsMayBeUndone() {
        func leave(_ script: inout Script) {
            enter(&script)
            script.add(.signOut, with: signedIn, deletes: [.signedIn])
        }
        let look: (inout Script) -> Void = { $0.add(.look, with: signedIn, sees: a2, as: "ada") }
        #expect(rules(leave, ago: 10, look) == [[.backFromTheDead], [.backFromTheDead, .backFromOblivion], []])
        #expect(rules(leave, look)[2] == [.backFromTheDead])
    }

    /// The store does not know its token any more, and the session is what it was before.
    @Test func aSignOutAfterALostSignInEndsNothing() {
        let after: (inout Script) -> Void = { script in
            script.add(.signOut, with: signedIn, deletes: [.signedIn])
            script.add(.look, with: visitor, sees: a)
        }
        #expect(rules(enter, ago: 10, after)[2] == [])
        #expect(rules(enter, ago: 10, after)[0] == [.backFromTheDead, .deadTokenWorks])
        #expect(rules(enter, after)[2] == [.backFromTheDead, .deadTokenWorks])
    }

    /// The store does not know the newest secret any more, and takes it for an old one.
    @Test func aLostRenewalLooksLikeTheft() {
        func renew(_ script: inout Script) {
            enter(&script)
            script.add(.renew, with: signedIn, gets: signedIn)
        }
        let stolen: (inout Script) -> Void = { $0.add(.look, with: signedIn, reason: "suspected-theft") }
        #expect(rules(renew, ago: 10, stolen)[2] == [])
        #expect(rules(renew, stolen)[2] == [.falseTheft, .signedOutWithoutCause])
        #expect(rules(renew, ago: 10, stolen)[0] == [.falseTheft, .signedOutWithoutCause])
    }
}
