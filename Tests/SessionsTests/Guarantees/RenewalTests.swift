import Sessions
import SessionsTesting
import Testing

@Suite("G6: renewal is invisible, theft is not", .timeLimit(.minutes(10)))
struct RenewalTests {
    private func bench() throws -> Bench {
        try Bench {
            $0.timeouts = .init(idle: .hours(10), absolute: .hours(12))
            $0.renewalInterval = .minutes(15)
        }
    }

    @Test("Parallel requests during a renewal all succeed and converge on one successor")
    func parallel() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .minutes(15))
        let old = visitor.jar
        let requests = (0..<5).map { _ in visitor.send() }
        var sessions: [Session] = []
        for request in requests { sessions.append(try await request.session()) }
        for (index, session) in sessions.enumerated() { try session.set(SessionKey<Int>("k\(index)"), to: index) }
        var tokens: Set<String> = []
        for request in requests {
            let response = await visitor.finish(request)
            #expect(response.error == nil)
            tokens.insert(try #require(visitor.signedInToken))
        }
        #expect(tokens.count == 1 && tokens.first != old[Visitor.signedInName])
        try await visitor.visit { #expect($0.attributeNames.count == 5) }
    }

    @Test("A lost response costs no client its session, however long ago it was lost")
    func lostResponse() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        let old = visitor.jar
        bench.clock.advance(by: .minutes(15))
        try await visitor.visit(isLost: true)
        bench.clock.advance(by: .hours(3))
        #expect(try await visitor.look().principal == "ada")
        #expect(visitor.jar != old)
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("Rule 3: a browser that uses its new cookie and dies before saving it comes back with the old one")
    func settle() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        let restarted = Visitor(bench.manager, jar: visitor.jar)
        bench.clock.advance(by: .minutes(15))
        try await visitor.visit()
        bench.clock.advance(by: .milliseconds(59_999))
        try await visitor.visit()
        bench.clock.advance(by: .hours(1))
        #expect(try await restarted.look().principal == "ada")
        #expect(restarted.jar == visitor.jar)
    }

    @Test("An old secret after its overlap is suspected theft: the session ends, and its holders are told")
    func theft() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        let thief = Visitor(bench.manager, jar: visitor.jar)
        bench.clock.advance(by: .minutes(15))
        try await visitor.visit()
        bench.clock.advance(by: .seconds(60))
        try await visitor.visit()  // seen
        bench.clock.advance(by: .seconds(119))
        let inOverlap = Visitor(bench.manager, jar: thief.jar)
        #expect(try await inOverlap.look().principal == "ada")
        bench.clock.advance(by: .seconds(1))
        #expect(try await thief.look().ended == .suspectedTheft)
        #expect(try await visitor.look().ended == .suspectedTheft)
    }

    @Test("A thief who renews twice is found out when the owner returns")
    func thiefRenewsTwice() async throws {
        let bench = try bench()
        let owner = try await bench.signedIn()
        let thief = Visitor(bench.manager, jar: owner.jar)
        for _ in 0..<2 {
            bench.clock.advance(by: .minutes(15))
            try await thief.visit()  // renews
            bench.clock.advance(by: .seconds(60))
            try await thief.visit()  // seen
            bench.clock.advance(by: .seconds(120))
        }
        #expect(try await owner.look().ended == .suspectedTheft)
    }

    @Test("Rule 5: a token is judged as of its request's arrival, and one overlap later it is never called theft")
    func loadsLate() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .minutes(15))
        let old = Visitor(bench.manager, jar: visitor.jar)
        try await visitor.visit()
        bench.clock.advance(by: .seconds(60))
        try await visitor.visit()  // seen
        bench.clock.advance(by: .milliseconds(119_999))
        let inOverlap = old.send()
        bench.clock.advance(by: .milliseconds(1))
        let after = old.send()
        bench.clock.advance(by: .seconds(119))
        #expect(try await inOverlap.session().principal?.name == "ada")
        bench.clock.advance(by: .seconds(1))
        let session = try await after.session()
        #expect(session.id == nil && session.explanation == nil)
        #expect(throws: SessionError.self) { try session.set(.a, to: 1) }
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("Rules 5 and 2: an upload from before two renewals is refused and not called theft, and the session lives")
    func uploadAcrossTwoRenewals() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .minutes(15))
        let upload = visitor.send()
        for _ in 0..<2 {
            try await visitor.visit()
            bench.clock.advance(by: .seconds(60))
            try await visitor.visit()
            bench.clock.advance(by: .minutes(15))
        }
        let session = try await upload.session()
        #expect(session.id == nil && session.explanation == nil)
        #expect(throws: SessionError.self) { try session.set(.a, to: 1) }
        #expect(await visitor.finish(upload).setCookies.isEmpty)
        #expect(try await visitor.look().principal == "ada")
    }

    @Test(
        "Rule 6: a response whose head leaves later than an overlap after arrival carries no successor",
        arguments: [(119_999, true), (120_000, false)])
    func lateResponse(_ milliseconds: Int64, isSent: Bool) async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .minutes(15))
        let tab = Visitor(bench.manager, jar: visitor.jar)
        let slow = tab.send()
        _ = try await slow.session()
        try await visitor.visit()
        bench.clock.advance(by: .milliseconds(milliseconds))
        #expect(await tab.finish(slow).setCookies.count == (isSent ? 1 : 0))
        #expect((tab.jar == visitor.jar) == isSent)
    }

    @Test("Rule 2: no second renewal happens, asked for or not, while the first is unseen or its overlap runs")
    func noChain() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        func renew() async throws -> Bool {
            var renewed = false
            try await visitor.visit { renewed = try await $0.renew() }
            return renewed
        }
        #expect(try await renew())
        #expect(try await !renew())
        bench.clock.advance(by: .seconds(60))
        #expect(try await !renew())  // seen at the end of this one
        bench.clock.advance(by: .seconds(119))
        #expect(try await !renew())
        bench.clock.advance(by: .seconds(1))
        #expect(try await renew())
    }

    @Test(
        "Upkeep that is refused does not make a failure of a request whose update was stored", arguments: [true, false])
    func refusedUpkeep(_ ends: Bool) async throws {
        let bench = try Bench { $0.renewalInterval = .minutes(15) }
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .minutes(16))
        let slow = visitor.send()
        let session = try await slow.session()
        try await session.update(.n, default: 0) { $0 += 1 }
        let tab = Visitor(bench.manager, jar: visitor.jar)
        try await tab.visit { ends ? try await $0.end() : try await $0.stepUp() }
        let response = await visitor.finish(slow)
        #expect(response.error == nil, "the update was stored, so the answer must not say that it wasn't")
        #expect(response.setCookies.isEmpty)
        if !ends {
            try await tab.visit { session in
                let n = try session.value(.n)
                #expect(n == 1)
            }
        }
    }

    @Test("Rule 4: a write after the overlap drops the nonce and the previous digest")
    func forgets() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        let id = try #require(try await visitor.look().id)
        try await visitor.visit { try await $0.renew() }
        bench.clock.advance(by: .seconds(60))
        try await visitor.visit()  // seen
        bench.clock.advance(by: .milliseconds(244_999))
        try await visitor.visit { try $0.set(.a, to: 1) }
        #expect(try await bench.store.load(id, at: bench.clock.now)?.previous != nil)
        bench.clock.advance(by: .milliseconds(1))
        try await visitor.visit { try $0.set(.a, to: 2) }
        #expect(try await bench.store.load(id, at: bench.clock.now)?.previous == nil)
    }

    @Test(
        "Rule 4: every kind of write after the overlap drops the previous secret",
        arguments: ["set", "update", "take", "save", "touch"], [true, false])
    func everyWriteForgets(_ write: String, isInProcess: Bool) async throws {
        let bench = try Bench {
            $0.timeouts = .init(idle: .hours(10), absolute: .hours(12))
            $0.touchInterval = write == "touch" ? .seconds(1) : .hours(1)
        }
        let signedIn = try await bench.signedIn()
        let inProcess = try SessionManager(
            store: bench.store, configuration: bench.manager.configuration, clock: bench.clock)
        let visitor = isInProcess ? Visitor(inProcess, jar: signedIn.jar) : signedIn
        let id = try #require(try await visitor.look().id)
        func hasPrevious() async throws -> Bool {
            try await bench.store.load(id, at: bench.clock.now)?.previous != nil
        }
        func use() async throws {
            try await visitor.visit { session in
                switch write {
                case "set": try session.set(.a, to: 1)
                case "update": try await session.update(.a, default: 0) { $0 += 1 }
                case "take": _ = try await session.take(.b)
                case "save": try await session.save { try $0.set(.a, to: 1) }
                default: break
                }
            }
        }
        try await visitor.visit { session in
            try session.set(.b, to: 1)
            try await session.renew()
        }
        bench.clock.advance(by: .seconds(60))
        try await visitor.visit()  // seen
        // Twice the overlap, and the difference that clocks may have.
        bench.clock.advance(by: .milliseconds(244_999))
        if write != "take" { try await use() }
        #expect(try await hasPrevious())
        bench.clock.advance(by: .milliseconds(write == "touch" ? 1000 : 1))
        try await use()
        #expect(try await !hasPrevious())
    }

    @Test("A renewal does not move the absolute deadline")
    func absolute() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        for _ in 0..<47 {
            bench.clock.advance(by: .minutes(15))
            #expect(try await visitor.look().principal == "ada")
        }
        bench.clock.advance(by: .minutes(15))
        #expect(try await visitor.look().ended == .expired)
    }

    @Test("Upkeep that fails costs the visitor nothing: the next request does it")
    func upkeepFails() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        let old = visitor.jar
        bench.clock.advance(by: .minutes(15))
        // The touch passes; the renewal's answer is lost.
        bench.faulty.follow { operation, call in operation == .commit && call == 2 ? .loseAnswer : .pass }
        let response = try await visitor.visit()
        #expect(response.error == nil && visitor.jar == old)
        bench.faulty.follow { _, _ in .pass }
        #expect(try await visitor.look().principal == "ada")
        #expect(visitor.jar != old)
    }
}
