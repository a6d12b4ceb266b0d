import HTTPTypes
import Sessions
import SessionsTesting
import Testing

@Suite("G2, G3: no fixation, no resurrection", .timeLimit(.minutes(10)))
struct PrivilegeTests {
    @Test("The token from before a sign-in is dead at once: reads find nothing, writes get 409, no cookie moves")
    func fixation() async throws {
        let bench = try Bench()
        let victim = bench.visitor
        try await victim.visit { try $0.set(.a, to: 1) }
        let attacker = Visitor(bench.manager, jar: victim.jar)
        try await victim.visit { try await $0.signIn(try Principal("ada")) }
        #expect(victim.visitorToken == nil && victim.signedInToken != attacker.visitorToken)

        let request = attacker.send()
        let session = try await request.session()
        #expect(session.id == nil && session.principal == nil)
        let value = try session.value(.a)
        #expect(value == nil)
        #expect(throws: SessionError.self) { try session.set(.a, to: 2) }
        await #expect(throws: SessionError.self) { try await session.update(.a, default: 0) { $0 += 1 } }
        await #expect(throws: SessionError.self) { try await session.end() }
        let response = await attacker.finish(request)
        #expect(response.setCookies.isEmpty)
        #expect(try await victim.look().principal == "ada")

        bench.clock.advance(by: .seconds(60))
        #expect(try await attacker.look().id == nil)
    }

    @Test("Rule 8: a superseded token gets 409 for 60 seconds, and is no session after that")
    func supersededWindow() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let old = Visitor(bench.manager, jar: visitor.jar)
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        bench.clock.advance(by: .milliseconds(59_999))
        try await old.visit { session in
            let error = #expect(throws: SessionError.self) { try session.set(.a, to: 2) }
            #expect(error?.code == .superseded)
        }
        bench.clock.advance(by: .milliseconds(1))
        let response = try await old.visit { try $0.set(.a, to: 2) }
        #expect(response.error == nil && response.setCookies.count == 1)
        try await old.visit { session in
            let a = try session.value(.a)
            #expect(a == 2 && session.principal == nil)
        }
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("What a request in flight has buffered when the privileges change is refused")
    func bufferedAcrossSignIn() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let slow = visitor.send()
        try await slow.session().set(.b, to: 1)
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        let response = await visitor.finish(slow)
        #expect(response.error?.code == .superseded && response.setCookies.isEmpty)
        try await visitor.visit { session in
            #expect(session.principal?.name == "ada")
            let (a, b) = (try session.value(.a), try session.value(.b))
            #expect(a == 1 && b == nil)
        }
    }

    @Test("Rule 9: a double click signs in twice and the cart survives")
    func doubleClick() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let first = visitor.send(), second = visitor.send()
        let (one, two) = (try await first.session(), try await second.session())
        try await one.signIn(try Principal("ada"))
        try await two.signIn(try Principal("ada"))
        await visitor.finish(first, isLost: true)
        await visitor.finish(second)
        try await visitor.visit { session in
            let a = try session.value(.a)
            #expect(session.principal?.name == "ada" && a == 1)
        }
        // What goes along was written in the new session's first revision, or a later write would not be told from it.
        let own = try await bench.store.list(.init(.all), at: bench.clock.now).records.first { $0.generation == 1 }
        #expect(own?.attributes["a"]?.revision == 1)
    }

    @Test("Rule 9: what was written while signed in never goes along with a visitor's token")
    func nothingOfTheSignedInTime() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let late = visitor.send()
        let session = try await late.session()
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        try await visitor.visit { try $0.set(.b, to: 2) }
        try await visitor.visit { try await $0.stepUp() }
        try await session.signIn(try Principal("grace"))
        let (b, principal) = (try session.value(.b), session.principal?.name)
        #expect(b == nil && principal == "grace")
    }

    @Test("A read whose upkeep is overtaken by a sign-in is no conflict: it wrote nothing")
    func upkeepOvertaken() async throws {
        let bench = try Bench { $0.renewalInterval = .minutes(15) }
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        bench.clock.advance(by: .minutes(15))
        let reading = visitor.send()
        _ = try await reading.session()
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        let response = await visitor.finish(reading)
        #expect(response.error == nil && response.setCookies.isEmpty)
    }

    @Test("Rule 9: after a lost acknowledgement the same sign-in works again, with the cart")
    func lostAcknowledgement() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        bench.faulty.follow { operation, _ in operation == .commit ? .loseAnswer : .pass }
        let request = visitor.send()
        let session = try await request.session()
        let error = await #expect(throws: SessionError.self) { try await session.signIn(try Principal("ada")) }
        #expect(error?.code == .unavailable)
        #expect(await visitor.finish(request, status: .serviceUnavailable).setCookies.isEmpty)
        bench.faulty.follow { _, _ in .pass }
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        try await visitor.visit { session in
            let a = try session.value(.a)
            #expect(session.principal?.name == "ada" && a == 1)
        }
    }

    @Test("A user who signs in at another user's browser gets nothing of that user, whose session is over")
    func userSwitch() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn("ada")
        try await visitor.visit { try $0.set(.a, to: 1) }
        let before = Visitor(bench.manager, jar: visitor.jar)
        try await visitor.visit { try await $0.signIn(try Principal("grace")) }
        try await visitor.visit { session in
            let a = try session.value(.a)
            #expect(session.principal?.name == "grace" && a == nil)
        }
        #expect(try await before.look().ended == .signedOut)
    }

    @Test("A sign-in with another user's superseded token gets nothing of that user", arguments: ["ada", "grace"])
    func anotherUserWithASupersededToken(_ name: String) async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn("ada")
        try await visitor.visit { try $0.set(.a, to: 1) }
        let tab = Visitor(bench.manager, jar: visitor.jar)
        try await visitor.visit { try await $0.stepUp() }
        try await tab.visit { try await $0.signIn(try Principal(name)) }
        try await tab.visit { session in
            #expect(session.principal?.name == name)
            let a = try session.value(.a)
            #expect(a == (name == "ada" ? 1 : nil))
        }
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("A step-up changes the token; a late answer to the request before does not bring the old one back")
    func stepUp() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let old = visitor.signedInToken
        let slow = visitor.send()
        _ = try await slow.session()
        try await visitor.visit { try await $0.stepUp() }
        await visitor.finish(slow)
        #expect(visitor.signedInToken != old)
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("R-2: a write in flight during a sign-out is refused and leaves nothing")
    func resurrection() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let id = try #require(try await visitor.look().id)
        let slow = visitor.send(), updating = visitor.send()
        try await slow.session().set(.a, to: 1)
        let session = try await updating.session()
        let response = try await visitor.visit { try await $0.end() }
        #expect(response.setCookies.count == 1 && response.setCookies[0].hasPrefix("__Host-Http-id=; "))
        #expect(response.fields[.init("Clear-Site-Data")!] == "\"cache\", \"storage\"")
        await #expect(throws: SessionError.self) { try await session.update(.a, default: 0) { $0 += 1 } }
        let late = await visitor.finish(slow)
        #expect(late.error?.code == .ended && late.setCookies.isEmpty)
        let record = try #require(try await bench.store.load(id, at: bench.clock.now))
        #expect(record.end?.reason == .signedOut && record.attributes.isEmpty)
    }

    @Test("An operator's end wins over a sign-in in flight, which makes a session of its own")
    func operatorEnd() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let request = visitor.send()
        let session = try await request.session()
        let id = try #require(session.id)
        #expect(try await bench.manager.end(id))
        try await session.signIn(try Principal("ada"))
        await visitor.finish(request)
        try await visitor.visit { session in
            let a = try session.value(.a)
            #expect(session.principal?.name == "ada" && session.id != id && a == nil)
        }
    }

    @Test("A sign-in whose credentials were checked before “end all” ends itself")
    func endAllAgainstSignIn() async throws {
        let bench = try Bench()
        let early = bench.visitor
        let request = early.send()
        let session = try await request.session()
        let other = try await bench.signedIn()
        bench.clock.advance(by: .seconds(1))
        #expect(try await bench.manager.endAll(of: try Principal("ada")) == 1)
        #expect(try await other.look().ended == .endedByOperator)
        // The password was being checked all the while.
        bench.clock.advance(by: .seconds(1))
        let error = await #expect(throws: SessionError.self) { try await session.signIn(try Principal("ada")) }
        #expect(error?.code == .ended)
        #expect(await early.finish(request).setCookies.isEmpty)
        #expect(try await bench.manager.list(of: try Principal("ada")).isEmpty)
        #expect(try await bench.signedIn().look().principal == "ada")
    }

    @Test("A user's sign-in whose session “end all” has ended meanwhile makes none that “end all” could not see")
    func endAllAgainstSignInAgain() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let request = visitor.send()
        let session = try await request.session()
        bench.clock.advance(by: .seconds(1))
        #expect(try await bench.manager.endAll(of: try Principal("ada")) == 1)
        bench.clock.advance(by: .seconds(1))
        let error = await #expect(throws: SessionError.self) { try await session.signIn(try Principal("ada")) }
        #expect(error?.code == .ended)
        #expect(await visitor.finish(request).setCookies.isEmpty)
        #expect(try await bench.manager.list(of: try Principal("ada")).isEmpty)
    }

    @Test("Rule 9: a late sign-in takes nothing along from a session that was ended after its request began")
    func lateSignInAfterTheEnd() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let second = Visitor(bench.manager, jar: visitor.jar)
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        let request = second.send()
        let session = try await request.session()
        try await visitor.visit { try await $0.end() }
        try await session.signIn(try Principal("ada"))
        let a = try session.value(.a)
        #expect(a == nil)
        await second.finish(request)
        #expect(try await second.look().principal == "ada")
    }

    @Test(
        "“End all” ends what was authenticated up to its very millisecond, and nothing later",
        arguments: [(-1, false), (0, false), (1, true)])
    func endAllBoundary(_ milliseconds: Int64, stands: Bool) async throws {
        let bench = try Bench()
        let moment = bench.clock.now
        #expect(try await bench.manager.endAll(of: try Principal("ada")) == 0)
        bench.clock.advance(by: .seconds(5))
        let visitor = bench.visitor
        let request = visitor.send()
        let session = try await request.session()
        let checkedAt = moment + .milliseconds(milliseconds)
        if stands {
            try await session.signIn(try Principal("ada"), authenticatedAt: checkedAt)
        } else {
            let error = await #expect(throws: SessionError.self) {
                try await session.signIn(try Principal("ada"), authenticatedAt: checkedAt)
            }
            #expect(error?.code == .ended)
        }
        await visitor.finish(request)
        #expect(try await visitor.look().principal == (stands ? "ada" : nil))
    }

    @Test("A sign-in over the limit on sessions ends the one that was not used for longest")
    func limit() async throws {
        let bench = try Bench { $0.maximumSessionsPerPrincipal = 2 }
        let browser = try await bench.signedIn()
        var scripts: [Visitor] = []
        for _ in 0..<3 {
            bench.clock.advance(by: .minutes(2))
            try await browser.visit()
            bench.clock.advance(by: .minutes(2))
            scripts.append(try await bench.signedIn())
        }
        var ends: [SessionEnd.Reason?] = []
        for visitor in [browser] + scripts { ends.append(try await visitor.look().ended) }
        #expect(ends == [nil, .limit, .limit, nil])
    }

    @Test("A burst of sign-ins within a touch interval doesn't end the session that was there before")
    func limitAndBurst() async throws {
        for (age, stays) in [(Duration.milliseconds(60_000), true), (.milliseconds(60_001), false)] {
            let bench = try Bench { $0.maximumSessionsPerPrincipal = 2 }
            let browser = try await bench.signedIn()
            bench.clock.advance(by: age - .milliseconds(1))
            let script = try await bench.signedIn()
            bench.clock.advance(by: .milliseconds(1))
            let latest = try await bench.signedIn()
            var ends: [SessionEnd.Reason?] = []
            for visitor in [browser, script, latest] { ends.append(try await visitor.look().ended) }
            #expect(ends == (stays ? [nil, .limit, nil] : [.limit, nil, nil]), "\(age)")
        }
    }

    @Test("The limit leaves the latest sign-in, whatever was used meanwhile or by a clock that is ahead")
    func limitAndLatest() async throws {
        let bench = try Bench { $0.maximumSessionsPerPrincipal = 1 }
        let ahead = ManualClock(bench.clock.now)
        let other = Visitor(
            try SessionManager(store: bench.store, configuration: bench.manager.configuration, clock: ahead))
        try await other.visit { try await $0.signIn(try Principal("ada")) }
        bench.clock.advance(by: .minutes(2))
        ahead.advance(by: .minutes(2) + .seconds(4))
        try await other.visit()
        let visitor = try await bench.signedIn()
        #expect(try await visitor.look().principal == "ada")
        #expect(try await other.look().ended == .limit)
    }

    @Test("A session that is used while the limit is enforced is not the one that ends")
    func limitAndUse() async throws {
        let bench = try Bench { $0.maximumSessionsPerPrincipal = 2 }
        let first = try await bench.signedIn()
        bench.clock.advance(by: .seconds(1))
        let second = try await bench.signedIn()
        bench.clock.advance(by: .minutes(2))
        // The first commit is the end of the first session: a sign-in without a session before it is a creation.
        bench.faulty.follow { operation, call in operation == .commit && call == 1 ? .hang : .pass }
        let third = bench.visitor
        let request = third.send()
        let session = try await request.session()
        let signIn = Task { try await session.signIn(try Principal("ada")) }
        await bench.faulty.untilHanging()
        try await first.visit()
        bench.faulty.release()
        try await signIn.value
        await third.finish(request)
        #expect(try await first.look().principal == "ada")
        #expect(try await second.look().ended == .limit)
        #expect(try await third.look().principal == "ada")
    }

    @Test("A sign-in that is itself the oldest over the limit says so and sends no token")
    func limitOnItself() async throws {
        let bench = try Bench { $0.maximumSessionsPerPrincipal = 1 }
        let first = try await bench.signedIn()
        let longAgo = bench.clock.now
        bench.clock.advance(by: .seconds(60))
        let second = try await bench.signedIn()
        let visitor = bench.visitor
        let request = visitor.send()
        let session = try await request.session()
        let error = await #expect(throws: SessionError.self) {
            try await session.signIn(try Principal("ada"), authenticatedAt: longAgo)
        }
        #expect(error?.code == .ended)
        #expect(await visitor.finish(request).setCookies.isEmpty)
        #expect(try await first.look().ended == .limit)
        #expect(try await second.look().principal == "ada")
    }

    @Test("A dead signed-in cookie does not hide a live visitor's session")
    func deadCookieBesideLiveOne() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let id = try #require(try await visitor.look().id)
        try await bench.manager.end(id)
        try await visitor.visit { try $0.set(.a, to: 1) }
        try await visitor.visit { session in
            let a = try session.value(.a)
            #expect(a == 1 && session.principal == nil)
        }
    }
}
