import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("All sessions of a principal", .timeLimit(.minutes(10)))
struct EndAllTests {
    @Test("Everybody of a realm: visitors and users, up to the tolerance of clocks, and no other realm's")
    func realm() async throws {
        let bench = try Bench { $0.clockSkew = .seconds(5) }
        let (visitor, user) = (bench.visitor, try await bench.signedIn())
        try await visitor.visit { try $0.set(.a, to: 1) }
        let now = bench.clock.now
        let made = [(1, now + .seconds(5)), (2, now + .seconds(5) + .milliseconds(1)), (3, now)]
        for (number, createdAt) in made {
            let record = SessionRecord(
                id: .sample(UInt64(number)), realm: number == 3 ? try Realm("office") : .default,
                secretDigest: .sample(1), secretIssuedAt: createdAt, familyDigest: .sample(1), createdAt: createdAt,
                lastUsedAt: createdAt,
                lifetime: SessionLifetime(
                    idleTimeout: .minutes(20), touchInterval: .seconds(60), absoluteDeadline: now + .hours(8),
                    retention: .hours(1), isPersistent: false))
            #expect(try await bench.store.create(record))
        }
        #expect(try await bench.manager.endAll(reason: .endedByOperator) == 3)
        var ends: [SessionEnd.Reason?] = []
        for number in 1...3 as ClosedRange<UInt64> {
            ends.append(try #require(try await bench.store.load(.sample(number), at: now)).end?.reason)
        }
        #expect(ends == [.endedByOperator, nil, nil])
        for client in [visitor, user] {
            let request = client.send()
            #expect(try await request.session().explanation?.end.reason == .endedByOperator)
            await client.finish(request)
        }
        #expect(try await bench.manager.endAll() == 0)
    }

    @Test("Everybody of a realm: a session that only a request on its way may still use ends too, and isn't counted")
    func realmLate() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let upload = visitor.send()
        // The idle timeout of half an hour and the touch interval are over, and the upload may be two minutes late.
        bench.clock.advance(by: .minutes(31))
        #expect(try await bench.manager.endAll() == 0)
        let session = try await upload.session()
        #expect(session.principal == nil && session.explanation?.reason == .endedByOperator)
    }

    @Test("Everybody of a realm is told the reason that was given, and operators by default")
    func realmReason() async throws {
        let moved = SessionEnd.Reason(rawValue: "moved")
        for isGiven in [true, false] {
            let bench = try Bench()
            let (visitor, user) = (bench.visitor, try await bench.signedIn())
            try await visitor.visit { try $0.set(.a, to: 1) }
            let count = try await isGiven ? bench.manager.endAll(reason: moved) : bench.manager.endAll()
            let ends = [try await visitor.look().ended, try await user.look().ended]
            let reason = isGiven ? moved : .endedByOperator
            #expect(count == 2 && ends == [reason, reason])
        }
    }

    @Test("Everybody of a realm: what is handed over while it works ends as well")
    func handedOver() async throws {
        let bench = try Bench()
        _ = try await bench.signedIn()
        let first = try #require(try await bench.store.list(.init(.all), at: bench.clock.now).records.first)
        // It comes when the first one has ended, with the authentication that it had.
        bench.clock.advance(by: .minutes(1))
        bench.faulty.follow { operation, call in operation == .commit && call == 1 ? .hang : .pass }
        let ending = Task { try await bench.manager.endAll() }
        await bench.faulty.untilHanging()
        let late = SessionRecord(
            id: .sample(7), secretDigest: .sample(1), secretIssuedAt: bench.clock.now, familyDigest: .sample(1),
            createdAt: bench.clock.now + .minutes(1), lastUsedAt: bench.clock.now, lifetime: first.lifetime,
            principal: first.principal, authenticatedAt: first.authenticatedAt)
        #expect(try await bench.store.create(late))
        bench.faulty.release()
        #expect(try await ending.value == 2)
        #expect(try await bench.store.load(.sample(7), at: bench.clock.now)?.end?.reason == .endedByOperator)
    }

    @Test("A sign-in that can't learn whether “end all” came in between sends no token")
    func watermarkUnread() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        let request = visitor.send()
        let session = try await request.session()
        bench.clock.advance(by: .seconds(1))
        bench.faulty.follow { operation, call in
            switch (operation, call) {
            case (.create, 1): .hang
            case (.watermark, 2): .fail
            default: .pass
            }
        }
        let signIn = Task { try await session.signIn(try Principal("ada")) }
        await bench.faulty.untilHanging()
        try await bench.manager.endAll(of: try Principal("ada"))
        bench.faulty.release()
        let error = await #expect(throws: SessionError.self) { try await signIn.value }
        #expect(error?.code == .unavailable)
        bench.faulty.follow { _, _ in .pass }
        #expect(throws: SessionError.self) { try session.set(.a, to: 1) }
        #expect(await visitor.finish(request, status: .serviceUnavailable).setCookies.isEmpty)
        #expect(try await visitor.look().principal == nil)
    }

    @Test("A sign-in or a step-up that can't be entered into the user's index fails, and changes nothing (G3)")
    func notEntered() async throws {
        let bench = try Bench()
        let (stranger, visitor, user) = (bench.visitor, bench.visitor, try await bench.signedIn())
        try await visitor.visit { try $0.set(.a, to: 1) }
        let before = try await bench.store.list(.init(.all), at: bench.clock.now).records.map(\.generation)
        for (client, isUser) in [(stranger, false), (visitor, false), (user, true)] {
            bench.faulty.follow { operation, _ in operation == .enroll ? .fail : .pass }
            let request = client.send()
            let session = try await request.session()
            let error = await #expect(throws: SessionError.self) {
                if isUser { try await session.stepUp() } else { try await session.signIn(try Principal("ada")) }
            }
            #expect(error?.code == .unavailable)
            #expect(await client.finish(request, status: .serviceUnavailable).setCookies.isEmpty)
            bench.faulty.follow { _, _ in .pass }
            #expect(try await client.look().principal == (isUser ? "ada" : nil))
        }
        let after = try await bench.store.list(.init(.all), at: bench.clock.now).records.map(\.generation)
        #expect(after == before && before.count == 2)
    }

    @Test(
        "The session that “end all” keeps can step up, in the same request and in one that was under way",
        arguments: [true, false])
    func keptSession(isSameRequest: Bool) async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let early = visitor.send()
        _ = try await early.session()
        bench.clock.advance(by: .seconds(1))
        let request = isSameRequest ? visitor.send() : early
        let session = try await request.session()
        try await bench.manager.endAll(of: try Principal("ada"), except: session.id)
        try await session.stepUp()
        await visitor.finish(request)
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("The session that “end all” keeps can sign its user in again, with the password of that very request")
    func keptSessionSignsInAgain() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let token = visitor.signedInToken
        bench.clock.advance(by: .seconds(1))
        try await visitor.visit { session in
            try await bench.manager.endAll(of: try Principal("ada"), except: session.id)
            try await session.signIn(try Principal("ada"))
        }
        #expect(try await visitor.look().principal == "ada")
        #expect(visitor.signedInToken != token)
    }

    @Test("After a password reset, a sign-in and then “end all” of the others keep only the new session")
    func passwordReset() async throws {
        let bench = try Bench()
        let old = try await bench.signedIn()
        bench.clock.advance(by: .seconds(1))
        let visitor = bench.visitor
        try await visitor.visit { session in
            try await session.signIn(try Principal("ada"))
            try await bench.manager.endAll(of: try Principal("ada"), except: session.id)
        }
        #expect(try await visitor.look().principal == "ada")
        #expect(try await old.look().ended == .endedByOperator)
    }

    @Test("A session that steps up while a limit is enforced is among the newest, and stays")
    func limitAgainstStepUp() async throws {
        let bench = try Bench { $0.maximumSessionsPerPrincipal = 1 }
        let first = try await bench.signedIn()
        bench.clock.advance(by: .seconds(1))
        bench.faulty.follow { operation, call in operation == .commit && call == 1 ? .hang : .pass }
        let second = bench.visitor
        let request = second.send()
        let session = try await request.session()
        let signIn = Task { try? await session.signIn(try Principal("ada")) }
        await bench.faulty.untilHanging()
        bench.clock.advance(by: .seconds(1))
        try await first.visit { try await $0.stepUp() }
        bench.faulty.release()
        await signIn.value
        await second.finish(request)
        #expect(try await first.look().principal == "ada")
    }

    @Test("A list, “end all” and the limit reach every session of a principal, however many pages they fill")
    func manyPages() async throws {
        let bench = try Bench { $0.maximumSessionsPerPrincipal = nil }
        let ada = try Principal("ada")
        for _ in 0..<2001 { _ = try await bench.signedIn() }
        bench.recording.reset()
        #expect(try await bench.manager.list(of: ada).count == 2001)
        #expect(bench.recording.count(of: .list) == 3)
        var configuration = SessionConfiguration()
        configuration.maximumSessionsPerPrincipal = 1999
        let strict = Visitor(
            try SessionManager(store: bench.recording, configuration: configuration, clock: bench.clock))
        bench.clock.advance(by: .seconds(1))
        try await strict.visit { try await $0.signIn(ada) }
        #expect(try await bench.manager.list(of: ada).count == 1999)
        #expect(try await bench.manager.endAll(of: ada) == 1999)
        #expect(try await bench.manager.list(of: ada).isEmpty)
        #expect(try await strict.look().ended == .endedByOperator)
    }

    @Test("An entry of the index that came to nothing is cleaned only once it is older than a commit may take")
    func cleaning() throws {
        let ada = SessionOwner(realm: .default, principal: try Principal("ada"))
        let start = Timestamp(milliseconds: 0)
        func id(_ number: Int) -> SessionID { SessionID(Block16(1, UInt64(number))) }
        for (age, isKept) in [
            (Duration.milliseconds(9_999), true), (.seconds(10), true), (.milliseconds(10_001), false),
        ] {
            let index = MemoryIndex()
            for number in 0..<15 { index.enroll(id(number), of: ada, at: start) { _ in false } }
            index.enroll(id(99), of: ada, at: start + age) { _ in false }
            let left = Set(index.sessions(of: ada))
            #expect(left == Set((isKept ? Array(0..<15) : []).map(id) + [id(99)]), "\(age)")
        }
        // What names the owner stays however old it is, and before the 16th entry nothing is looked for.
        let index = MemoryIndex()
        for number in 0..<14 { index.enroll(id(number), of: ada, at: start) { _ in false } }
        index.enroll(id(14), of: ada, at: start + .days(1)) { _ in false }
        #expect(index.sessions(of: ada).count == 15)
        index.enroll(id(15), of: ada, at: start + .days(1)) { $0 == id(3) }
        #expect(Set(index.sessions(of: ada)) == [id(3), id(14), id(15)])
    }

    @Test("A session that is enrolled again while the index is cleaned stays in it")
    func enrolledAgain() throws {
        let index = MemoryIndex()
        let ada = SessionOwner(realm: .default, principal: try Principal("ada"))
        let start = Timestamp(milliseconds: 0)
        let later = start + .seconds(60)
        func id(_ number: Int) -> SessionID { SessionID(Block16(1, UInt64(number))) }
        for number in 0..<15 { index.enroll(id(number), of: ada, at: start) { _ in false } }
        index.enroll(id(99), of: ada, at: later) { candidate in
            if candidate == id(0) { index.enroll(id(0), of: ada, at: later) { _ in true } }
            return false
        }
        #expect(index.sessions(of: ada).contains(id(0)))
    }

    @Test("Watermarks that are raised again and again are forgotten a day later all the same")
    func watermarks() throws {
        let index = MemoryIndex()
        let ada = SessionOwner(realm: .default, principal: try Principal("ada"))
        for number in 0..<1000 {
            let time = Timestamp(milliseconds: Int64(number))
            #expect(index.watermark(of: ada, raisedTo: time) == time)
        }
        index.dropOldWatermarks(at: Timestamp(milliseconds: 999) + .days(1))
        #expect(index.watermark(of: ada, raisedTo: nil) == Timestamp(milliseconds: 999))
        #expect(index.watermark(of: ada, raisedTo: Timestamp(milliseconds: 998)) == Timestamp(milliseconds: 999))
        index.dropOldWatermarks(at: Timestamp(milliseconds: 1000) + .days(1))
        #expect(index.watermark(of: ada, raisedTo: nil) == nil)
    }
}
