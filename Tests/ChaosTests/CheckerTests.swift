import Chaos
import Testing

/// Histories by hand: each wrong in one way that the checker must see, or odd and possible.
@Suite("The checker of histories", .timeLimit(.minutes(10))) struct CheckerTests {
    private let a = TokenFacts(session: "A", family: "fA")
    private let b = TokenFacts(session: "B", family: "fB")
    /// The session of `a` after a sign-in.
    private let a2 = TokenFacts(session: "A", family: "fA2")
    private let a3 = TokenFacts(session: "A", family: "fA3")
    private var visitor: [Slot: TokenFacts] { [.visitor: a] }
    private var signedIn: [Slot: TokenFacts] { [.signedIn: a2] }

    /// A visitor's session with one visit.
    private var begun: Script {
        var script = Script()
        return script.add(.visit, number: 1, gets: [.visitor: a])
    }

    /// The same, signed in.
    private var entered: Script {
        var script = begun
        return script.add(.signIn("ada"), with: visitor, gets: [.signedIn: a2], deletes: [.visitor])
    }

    @Test func anOrdinaryDay() {
        var script = entered
        script.add(.look, with: signedIn, sees: a2, as: "ada")
        script.add(.set("x", 7), with: signedIn)
        script.add(.read("x"), with: signedIn, number: 7)
        script.add(.visit, with: signedIn, number: 2)
        script.add(.renew, with: signedIn, gets: [.signedIn: a2])
        script.add(.look, with: visitor)
        script.add(.visit, with: visitor, .refused(409))
        script.add(.signOut, with: signedIn, deletes: [.signedIn])
        script.add(.look, with: signedIn, reason: "signed-out")
        script.add(.visit, with: signedIn, number: 1, gets: [.visitor: b])
        script.add(.read("x"), with: [.visitor: b])
        #expect(Checker.check(script.events).isEmpty, "\(Checker.check(script.events))")
    }

    // MARK: Updates

    @Test func anAnsweredUpdateThatIsMissing() {
        var script = begun
        script.add(.visit, with: visitor, number: 2)
        script.add(.visit, with: visitor, number: 2)
        #expect(script.rules == [.lostUpdate])
    }

    @Test func anUpdateThatWasAppliedTwice() {
        var script = begun
        script.add(.visit, with: visitor, number: 3)
        #expect(script.rules == [.lostUpdate])
    }

    @Test func updatesThatGoBack() {
        var script = begun
        script.add(.visit, with: visitor, .unknown)
        script.add(.visit, with: visitor, number: 3)
        script.add(.visit, with: visitor, number: 2)
        #expect(script.rules == [.lostUpdate])
    }

    @Test func anUpdateWithoutAnAnswerMayHaveHappenedOrNot() {
        for last in [2, 3] {
            var script = begun
            script.add(.visit, with: visitor, .unknown)
            script.add(.visit, with: visitor, number: last)
            #expect(script.rules == [])
        }
        // It may even happen later, but only once.
        var script = begun
        script.add(.visit, with: visitor, .unknown)
        script.add(.visit, with: visitor, number: 2)
        script.add(.visit, with: visitor, number: 4)
        #expect(script.rules == [])
        script.add(.visit, with: visitor, number: 6)
        #expect(script.rules == [.lostUpdate])
    }

    @Test func aRefusedUpdateDidNotHappen() {
        var script = entered
        script.add(.visit, with: visitor, .refused(409))
        script.add(.visit, with: signedIn, number: 3)
        #expect(script.rules == [.lostUpdate])
    }

    @Test func updatesAtTheSameTimeComeInAnyOrder() {
        var script = begun
        script.add(.visit, with: visitor, from: 100, until: 200, number: 3)
        script.add(.visit, with: visitor, from: 100, until: 200, number: 2)
        script.add(.visit, with: visitor, from: 300, until: 310, number: 4)
        #expect(script.rules == [])
    }

    // MARK: Sets

    @Test func anAnsweredSetThatIsGone() {
        var script = begun
        script.add(.set("x", 1), with: visitor)
        script.add(.read("x"), with: visitor)
        #expect(script.rules == [.lostSet])
    }

    @Test func aSetThatWasOverwrittenByAnOlderOne() {
        var script = begun
        script.add(.set("x", 1), with: visitor)
        script.add(.set("x", 2), with: visitor)
        script.add(.read("x"), with: visitor, number: 1)
        #expect(script.rules == [.lostSet])
    }

    @Test func aValueThatNobodyWrote() {
        var script = begun
        script.add(.set("y", 5), with: visitor)
        script.add(.set("x", 5), with: [.visitor: b], gets: [:])
        script.add(.read("x"), with: visitor, number: 5)
        #expect(script.rules == [.lostSet])
        // Nor one that was refused, or is written only later.
        script = entered
        script.add(.set("x", 5), with: visitor, .refused(409))
        script.add(.read("x"), with: signedIn, number: 5)
        #expect(script.rules == [.lostSet])
        script = begun
        script.add(.read("x"), with: visitor, number: 5)
        script.add(.set("x", 5), with: visitor)
        #expect(script.rules == [.lostSet])
    }

    @Test func aSetWithoutAnAnswerMayHaveHappenedNowOrLaterOrNot() {
        for value in [1, 2] {
            var script = begun
            script.add(.set("x", 1), with: visitor)
            script.add(.set("x", 2), with: visitor, .unknown)
            script.add(.read("x"), with: visitor, number: value)
            #expect(script.rules == [])
        }
        var script = begun
        script.add(.set("x", 1), with: visitor, .unknown)
        script.add(.read("x"), with: visitor)
        script.add(.set("x", 2), with: visitor)
        script.add(.read("x"), with: visitor, number: 1)
        #expect(script.rules == [])
    }

    @Test func setsAtTheSameTimeAreEitherOne() {
        for value in [1, 2] {
            var script = begun
            script.add(.set("x", 1), with: visitor, from: 100, until: 200)
            script.add(.set("x", 2), with: visitor, from: 150, until: 250)
            script.add(.read("x"), with: visitor, from: 300, until: 310, number: value)
            #expect(script.rules == [])
        }
    }

    // MARK: Ends

    @Test func aSessionThatIsBackAfterItsSignOut() {
        for operation in [Operation.look, .visit, .set("x", 1), .read("x")] {
            var script = entered
            script.add(.set("x", 1), with: signedIn)
            script.add(.signOut, with: signedIn, deletes: [.signedIn])
            script.add(operation, with: signedIn, number: operation == .visit ? 2 : 1, sees: a2, as: "ada")
            #expect(script.rules.contains(.backFromTheDead), "\(operation)")
        }
    }

    @Test func whatRanBesideASignOutMayStillHaveSeenTheSession() {
        var script = entered
        script.add(.signOut, with: signedIn, from: 100, until: 200, deletes: [.signedIn])
        script.add(.look, with: signedIn, from: 150, until: 300, sees: a2, as: "ada")
        script.add(.visit, with: signedIn, from: 190, until: 300, number: 2)
        #expect(script.rules == [])
    }

    @Test func aSignOutWithoutAnAnswerMayHaveHappenedOrNot() {
        var script = entered
        script.add(.signOut, with: signedIn, .unknown)
        script.add(.look, with: signedIn, sees: a2, as: "ada")
        script.add(.look, with: signedIn, reason: "signed-out")
        #expect(script.rules == [])
    }

    // MARK: Tokens and privileges

    @Test func aTokenFromBeforeTheSignInThatStillWorks() {
        var script = entered
        script.add(.visit, with: visitor, number: 2)
        #expect(script.rules == [.deadTokenWorks])
        script = entered
        script.add(.look, with: visitor, sees: a)
        #expect(script.rules == [.deadTokenWorks])
        // A second sign-in, too, kills the token of the first.
        script = entered
        script.add(.signIn("ada"), with: signedIn, gets: [.signedIn: a3])
        script.add(.set("x", 1), with: signedIn)
        #expect(script.rules == [.deadTokenWorks])
    }

    @Test func aSignInWithoutAnAnswerLeavesBothPossible() {
        var script = begun
        script.add(.signIn("ada"), with: visitor, .unknown)
        script.add(.visit, with: visitor, number: 2)
        script.add(.visit, with: visitor, .refused(409))
        // The same sign-in again makes a session of its own and takes the attributes along.
        script.add(.signIn("ada"), with: visitor, gets: [.signedIn: b], deletes: [.visitor])
        script.add(.visit, with: [.signedIn: b], number: 3)
        #expect(script.rules == [])
    }

    @Test func aSessionTakesAlongNothingThatWasNotThere() {
        var script = begun
        script.add(.signIn("ada"), with: visitor, .unknown)
        script.add(.signIn("ada"), with: visitor, gets: [.signedIn: b], deletes: [.visitor])
        script.add(.visit, with: [.signedIn: b], number: 3)
        #expect(script.rules == [.lostUpdate])
    }

    @Test func whatComesAlongIsOnesOwn() {
        for (name, rules) in [("ada", []), ("grace", [Violation.Rule.lostUpdate, .lostSet])] {
            var script = entered
            script.add(.set("x", 1), with: signedIn)
            script.add(.signIn("ada"), with: signedIn, gets: [.signedIn: a3])
            script.add(.signIn(name), with: signedIn, gets: [.signedIn: b])
            script.add(.read("x"), with: [.signedIn: b], number: 1)
            script.add(.visit, with: [.signedIn: b], number: 2)
            #expect(script.rules == Set(rules), "\(name)")
        }
    }

    @Test func aVisitorWhoSeesSomebodysPrivileges() {
        var script = entered
        script.add(.look, with: visitor, sees: a, as: "ada")
        #expect(script.rules.contains(.privilegeLeaked))
        script = Script()
        script.add(.look, sees: b, as: "grace")
        #expect(script.rules == [.privilegeLeaked])
    }

    @Test func somebodyElsesPrivileges() {
        var script = entered
        script.add(.look, with: signedIn, sees: a2, as: "grace")
        #expect(script.rules == [.privilegeLeaked])
    }

    /// A renewal that was due is part of an answer also where nobody knows whether the sign-in happened.
    @Test func aSignInThatOnlyRenewsATokenDoesNotMakeItItsOwn() {
        for outcome in [Event.Outcome.unknown, .ok] {
            var script = entered
            script.add(.signIn("grace"), with: signedIn, outcome, gets: signedIn)
            script.add(.look, with: signedIn, sees: a2, as: "ada")
            #expect(script.rules == [], "\(outcome)")
            script.add(.look, with: signedIn, sees: a2, as: "grace")
            #expect(script.rules == [.privilegeLeaked], "\(outcome)")
        }
    }

    /// Its answer brought the successor of the token that it came with, and the sign-in has happened, or does later.
    @Test func aSignInWithoutAnAnswerIsACauseAlsoForATokenThatItRenewed() {
        var script = entered
        script.add(.signIn("ada"), with: signedIn, .unknown, gets: signedIn)
        script.add(.look, with: signedIn)
        script.add(.visit, with: signedIn, .refused(409))
        #expect(script.rules == [])
    }

    /// To a session that has moved on twice, or a minute ago, the token says nothing: a sign-out with it clears it away.
    @Test func aSignOutWithATokenThatIsLongDeadEndsNothing() {
        func rules(_ seconds: Int64, _ change: (inout Script) -> TokenFacts) -> Set<Violation.Rule> {
            var script = entered
            let token = change(&script)
            let signIn = script.events[1].invoked
            script.add(
                .signOut, with: visitor, from: signIn + 5, until: signIn + seconds * 1_000_000_000,
                deletes: [.visitor])
            script.now = script.events.last?.returned ?? 0
            script.add(.look, with: [.signedIn: token], sees: token, as: "ada")
            return script.rules
        }
        func again(_ script: inout Script) -> TokenFacts {
            script.add(.signIn("ada"), with: signedIn, gets: [.signedIn: a3])
            return a3
        }
        #expect(rules(49, again) == [] && rules(50, again) == [])
        #expect(rules(49) { _ in a2 } == [.backFromTheDead])
        #expect(rules(50) { _ in a2 } == [])
    }

    // MARK: Causes

    @Test func aSignOutThatNobodyAskedFor() {
        var script = entered
        script.add(.look, with: signedIn, reason: "expired")
        #expect(script.rules == [.signedOutWithoutCause])
        script = entered
        script.add(.visit, with: signedIn, number: 1, gets: [.visitor: b])
        #expect(script.rules == [.signedOutWithoutCause])
        script = begun
        script.add(.look, with: visitor)
        #expect(script.rules == [.signedOutWithoutCause])
        // The sign-out of another session, or one that comes later, is no cause.
        script = entered
        script.add(.signOut, with: [.visitor: b], deletes: [.visitor])
        script.add(.look, with: signedIn)
        script.add(.signOut, with: signedIn, .unknown)
        #expect(script.rules == [.signedOutWithoutCause])
    }

    @Test func aRefusalThatNothingExplains() {
        var script = entered
        script.add(.set("x", 1), with: signedIn, .refused(409))
        #expect(script.rules == [.signedOutWithoutCause])
    }

    @Test func theSignInThatGaveATokenIsNoCauseForItsDeath() {
        var script = entered
        script.add(.look, with: signedIn)
        #expect(script.rules == [.signedOutWithoutCause])
        script = entered
        script.add(.signIn("ada"), with: signedIn, .unknown)
        script.add(.look, with: signedIn)
        #expect(script.rules == [])
    }

    @Test func anOwnerWhoIsCalledAThief() {
        var script = entered
        script.add(.look, with: signedIn, reason: "suspected-theft")
        #expect(script.rules == [.falseTheft, .signedOutWithoutCause])
    }

    @Test func aTokenThatARequestHasOutlivedMayLookStolen() {
        for (span, rules) in [(999, [Violation.Rule.falseTheft, .signedOutWithoutCause]), (1000, [])] {
            var script = entered
            script.longest = 1000
            script.add(.look, with: signedIn, from: 100, until: 100 + Int64(span), sees: a2, as: "ada")
            script.add(.look, with: signedIn, from: 2000, reason: "suspected-theft")
            #expect(script.rules == Set(rules), "\(span)")
            // Nor is that of another session.
            script.add(.visit, with: [.visitor: b], from: 3000, .refused(409))
            #expect(script.rules == Set(rules).union([.signedOutWithoutCause]), "\(span)")
        }
        // What took so long later is no cause, and one without an answer brought nothing.
        var script = entered
        script.longest = 1000
        script.add(.look, with: signedIn, from: 50, .unknown)
        script.add(.look, with: signedIn, from: 100, reason: "suspected-theft")
        script.add(.look, with: signedIn, from: 2000, until: 4000, reason: "suspected-theft")
        #expect(script.rules == [.falseTheft, .signedOutWithoutCause])
    }

    /// A thief's copy from before a sign-in that came to nothing: its owner has gone on with the successor since.
    @Test func anOldCopyThatComesBackIsTheftWhenItsTimeIsOver() {
        let old = TokenFacts(session: "A", family: "fA2", step: "1"),
            new = TokenFacts(session: "A", family: "fA2", step: "2")
        for (late, rules) in [
            (2_999_999_999, [Violation.Rule.falseTheft, .signedOutWithoutCause]), (3_000_000_000, []),
        ] as [(Int64, Set<Violation.Rule>)] {
            var script = begun
            script.add(.signIn("ada"), with: visitor, gets: [.signedIn: old])
            script.add(.renew, with: [.signedIn: old], gets: [.signedIn: new])
            script.add(.look, with: [.signedIn: new], from: 100, until: 200, sees: new, as: "ada")
            script.add(.look, with: [.signedIn: old], from: 100 + late, until: 101 + late, reason: "suspected-theft")
            script.now = 200 + late
            script.add(.look, with: [.signedIn: new], reason: "suspected-theft")
            script.add(.visit, with: [.signedIn: new], number: 1, gets: [.visitor: b])
            #expect(script.rules == rules, "\(late)")
        }
        // The newest one is never old, nor is one whose successor nobody has used.
        for token in [old, new] {
            var script = begun
            script.add(.signIn("ada"), with: visitor, gets: [.signedIn: old])
            script.add(.renew, with: [.signedIn: old], gets: [.signedIn: new])
            script.now = 10_000_000_000
            script.add(.look, with: [.signedIn: token], reason: "suspected-theft")
            #expect(script.rules == [.falseTheft, .signedOutWithoutCause], "\(token)")
        }
    }

    /// A session that has moved on answers for itself, also beside the cookie of a live visitor's session.
    @Test func aSupersededTokenHidesAVisitorsSession() {
        for (reason, rules) in [(nil, []), ("signed-out", [Violation.Rule.signedOutWithoutCause])] {
            var script = entered
            script.add(.visit, number: 1, gets: [.visitor: b])
            script.add(.signIn("ada"), with: signedIn, .unknown)
            script.add(.look, with: [.signedIn: a2, .visitor: b], reason: reason)
            #expect(script.rules == Set(rules))
        }
        var script = entered
        script.add(.visit, number: 1, gets: [.visitor: b])
        script.add(.signOut, with: signedIn, .unknown)
        script.add(.look, with: [.signedIn: a2, .visitor: b])
        #expect(script.rules == [.signedOutWithoutCause])
    }

    @Test func answersThatAreNeitherYesNorNo() {
        for status in [400, 401, 404, 413, 431, 500] {
            var script = begun
            script.add(.visit, with: visitor, .refused(status))
            #expect(script.rules == [.wrongStatus])
        }
    }

    @Test func everyRuleIsBrokenByAHistoryAbove() {
        // Kept by hand: a new rule needs a history that breaks it, above or in CheckerOutageTests.
        #expect(
            Set(Violation.Rule.allCases) == [
                .lostUpdate, .lostSet, .backFromTheDead, .deadTokenWorks, .privilegeLeaked, .signedOutWithoutCause,
                .falseTheft, .wrongStatus, .backFromOblivion,
            ])
    }
}
