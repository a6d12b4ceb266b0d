import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Everything of a principal")
struct EndAllTests {
    @Test("A sign-in that can't learn whether “end all” came in between gives nobody its token")
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

    @Test("After a password was reset: sign in, then end all others")
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
        index.dropOldWatermarks(at: Timestamp(milliseconds: 998) + .days(1))
        #expect(index.watermark(of: ada, raisedTo: nil) == Timestamp(milliseconds: 999))
        index.dropOldWatermarks(at: Timestamp(milliseconds: 1001) + .days(1))
        #expect(index.watermark(of: ada, raisedTo: nil) == nil)
    }
}
