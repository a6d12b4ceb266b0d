import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Idleness, and looks that are no use", .timeLimit(.minutes(10)))
struct IdleTests {
    /// Idle for a minute ends a session, with a touch interval of ten seconds; requests may be a minute late.
    private func bench() throws -> Bench {
        try Bench {
            $0.timeouts = .init(idle: .seconds(60), absolute: .seconds(300))
            $0.touchInterval = .seconds(10)
        }
    }

    @Test(
        "An upload that outlasts the idle timeout finds the session that lived when its head arrived, and keeps it alive"
    )
    func loadedAfterTheBody() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        let upload = visitor.send()
        bench.clock.advance(by: .seconds(59))
        let session = try await upload.session()
        #expect(session.principal?.name == "ada")
        try session.set(.a, to: 1)
        #expect(await visitor.finish(upload).error == nil)
        bench.clock.advance(by: .milliseconds(69_999))
        #expect(try await visitor.look().principal == "ada")
    }

    @Test(
        "A session that was loaded before the body takes what is written after it: set, update, save, sign-out and step-up"
    )
    func loadedBeforeTheBody() async throws {
        for deed in ["set", "update", "save", "step up", "end", "flash"] {
            let bench = try bench()
            let visitor = try await bench.signedIn()
            let upload = visitor.send()
            let session = try await upload.session()
            bench.clock.advance(by: .seconds(100))
            switch deed {
            case "set": try session.set(.a, to: 1)
            case "update": try await session.update(.a, default: 0) { $0 += 1 }
            case "save": try await session.save { edits throws(SessionError) in try edits.set(.a, to: 1) }
            case "step up": try await session.stepUp()
            case "flash": try await session.flash("saved")
            default: try await session.end()
            }
            #expect(await visitor.finish(upload).error == nil, "\(deed)")
            let seen = try await visitor.look()
            #expect(seen.principal == (deed == "end" ? nil : "ada"), "\(deed)")
        }
    }

    @Test("Idleness is judged by the arrival for a limited time alone, and only if the session lived then")
    func limits() async throws {
        for (wait, upload, lives) in [
            (Duration.milliseconds(69_999), Duration.milliseconds(60_000), true), (.seconds(70), .zero, false),
            (.milliseconds(69_999), .milliseconds(60_001), false), (.zero, .milliseconds(129_999), true),
            (.zero, .milliseconds(130_000), false),
        ] {
            let bench = try bench()
            let visitor = try await bench.signedIn()
            bench.clock.advance(by: wait)
            let request = visitor.send()
            bench.clock.advance(by: upload)
            let session = try await request.session()
            #expect((session.principal != nil) == lives, "\(wait) \(upload)")
            #expect(session.explanation?.reason == (lives ? nil : .expired))
        }
    }

    @Test("A request may be late by an overlap, and no longer than the idle timeout or a minute, whichever is longer")
    func lateness() throws {
        for (idle, overlap, lateness) in [
            (Duration.minutes(30), Duration.seconds(120), Duration.seconds(120)), (nil, .seconds(120), .seconds(120)),
            (.seconds(119), .seconds(120), .seconds(119)), (.seconds(121), .seconds(120), .seconds(120)),
            (.seconds(61), .seconds(120), .seconds(61)), (.seconds(59), .seconds(120), .seconds(60)),
            (.seconds(2), .seconds(120), .seconds(60)), (.seconds(2), .seconds(1), .seconds(1)),
            (nil, .days(1), .days(1)),
        ] as [(Duration?, Duration, Duration)] {
            var configuration = SessionConfiguration()
            configuration.timeouts.idle = idle
            configuration.touchInterval = .seconds(1)
            configuration.renewalOverlap = overlap
            #expect(try SessionPolicy(configuration).lateness == lateness)
        }
    }

    @Test("The absolute deadline holds for an upload as for any request, and so does an end that was swept")
    func absolute() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        for _ in 0..<5 {
            bench.clock.advance(by: .seconds(50))
            try await visitor.visit()
        }
        let upload = visitor.send(), late = visitor.send()
        let session = try await late.session()
        bench.clock.advance(by: .milliseconds(49_999))
        #expect(try await upload.session().principal != nil)
        bench.clock.advance(by: .milliseconds(1))
        try session.set(.a, to: 1)
        #expect(await visitor.finish(late).error?.code == .ended)

        let other = try await bench.signedIn("grace")
        let slow = other.send()
        bench.clock.advance(by: .seconds(100))
        _ = try await bench.store.sweep(at: bench.clock.now, limit: 100)
        #expect(try await slow.session().explanation?.reason == .expired)
    }

    @Test("A sweep leaves a session for a while to the requests that arrived before its idle deadline")
    func sweep() async throws {
        for (age, lives) in [(Duration.milliseconds(129_999), true), (.seconds(130), false)] {
            let bench = try bench()
            let visitor = try await bench.signedIn()
            let id = try #require(try await visitor.look().id)
            let end = SessionEnd(reason: .expired, at: bench.clock.now + .seconds(70))
            bench.clock.advance(by: .milliseconds(69_999))
            let upload = visitor.send()
            bench.clock.advance(by: age - .milliseconds(69_999))
            let sweeper = SessionSweeper(bench.manager)
            await sweeper.sweep()
            #expect(sweeper.counters.expired == (lives ? 0 : 1))
            #expect(try await bench.manager.find(id)?.end == (lives ? nil : end))
            #expect((try await upload.session().principal != nil) == lives)
        }
    }

    @Test("An end by an operator or by its user reaches the session of an upload that has outlasted the idle timeout")
    func endedMeanwhile() async throws {
        let ada = try Principal("ada")
        for (deed, reason) in [
            ("end all", .endedByOperator), ("end", .endedByOperator), ("end own", .endedByUser), ("nothing", nil),
        ] as [(String, SessionEnd.Reason?)] {
            let bench = try bench()
            let visitor = try await bench.signedIn()
            let id = try #require(try await visitor.look().id)
            bench.clock.advance(by: .seconds(60))
            let upload = visitor.send(), loaded = visitor.send()
            let session = try await loaded.session()
            try session.set(.a, to: 1)
            bench.clock.advance(by: .seconds(100))
            switch deed {
            // "End all" counts what was in use by its own clock, and this session wasn't.
            case "end all": #expect(try await bench.manager.endAll(of: ada) == 0)
            case "end": #expect(try await bench.manager.end(id))
            case "end own": #expect(try await bench.manager.end(id, of: ada))
            default: break
            }
            #expect(await visitor.finish(loaded).error?.code == (reason == nil ? nil : .ended), "\(deed)")
            let late = try await upload.session()
            #expect(late.explanation?.reason == reason && (late.principal == nil) == (reason != nil), "\(deed)")
        }
    }

    @Test("A look is no use: polling doesn't keep the session alive, writes nothing, and tells what a use would")
    func peek() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        bench.recording.reset()
        for _ in 0..<13 {
            bench.clock.advance(by: .seconds(5))
            let request = visitor.send()
            let session = try await request.handle.peek()
            #expect(session.principal?.name == "ada")
            #expect(session.info?.idleDeadline == session.info.map { $0.createdAt + .seconds(70) })
            #expect(await visitor.finish(request).setCookies == [])
        }
        #expect(bench.recording.calls.allSatisfy { $0.operation == .load })
        bench.clock.advance(by: .seconds(5))
        let request = visitor.send()
        #expect(try await request.handle.peek().explanation?.reason == .expired)
    }

    @Test("A use after a look in the same request is a use; a look after a use reads nothing anew")
    func peekThenUse() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .seconds(60))
        let request = visitor.send()
        _ = try await request.handle.peek()
        _ = try await request.session()
        bench.recording.reset()
        _ = try await request.handle.peek()
        #expect(bench.recording.calls.isEmpty)
        await visitor.finish(request)
        bench.clock.advance(by: .milliseconds(69_999))
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("A use after a look is one as well where something was set between the two, which is kept")
    func setBetweenLookAndUse() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .seconds(60))
        let request = visitor.send()
        try await request.handle.peek().set(.a, to: 1)
        _ = try await request.session()
        #expect(await visitor.finish(request).error == nil)
        bench.clock.advance(by: .milliseconds(69_999))
        var value: Int?
        try await visitor.visit { value = try $0.value(.a) }
        #expect(value == 1)
    }

    @Test("What was set after a look goes to no other session where this one is over before its use")
    func endBetweenLookAndUse() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        let request = visitor.send()
        try await request.handle.peek().set(.a, to: 1)
        try await visitor.visit { try await $0.end() }
        bench.recording.reset()
        let session = try await request.session()
        #expect(session.principal == nil && session.explanation?.reason == .signedOut)
        #expect(await visitor.finish(request).error?.code == .ended)
        #expect(bench.recording.calls.map(\.operation) == [.load])
    }

    @Test("A look renews no secret, and what is set after it is written")
    func peekRenewsNothing() async throws {
        let bench = try Bench { $0.renewalInterval = .minutes(1) }
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .minutes(5))
        let request = visitor.send()
        let session = try await request.handle.peek()
        try session.set(.a, to: 1)
        #expect(await visitor.finish(request).setCookies == [])
        var value: Int?
        try await visitor.visit { value = try $0.value(.a) }
        #expect(value == 1)
    }

    @Test(
        "A stream that looks again learns of a sign-out, of another user and of what was written, and keeps nothing alive"
    )
    func lookAgain() async throws {
        for deed in ["write", "sign out", "step up", "expire", "nothing"] {
            let bench = try bench()
            let visitor = try await bench.signedIn()
            let stream = visitor.send()
            let session = try await stream.session()
            await visitor.finish(stream)
            switch deed {
            case "write": try await visitor.visit { try $0.set(.a, to: 1) }
            case "sign out": try await visitor.visit { try await $0.end() }
            case "step up": try await visitor.visit { try await $0.stepUp() }
            case "expire": bench.clock.advance(by: .seconds(70))
            default: break
            }
            #expect(session.principal?.name == "ada")
            bench.recording.reset()
            try await session.lookAgain()
            #expect(bench.recording.calls.map(\.operation) == [.load])
            #expect((session.principal?.name == "ada") == ["write", "nothing"].contains(deed), "\(deed)")
            #expect(try session.value(.a) == (deed == "write" ? 1 : nil))
            #expect(
                session.explanation?.reason == (deed == "sign out" ? .signedOut : deed == "expire" ? .expired : nil))
        }
    }

    @Test("What was buffered is refused, not lost, when a second look finds the session over")
    func bufferedBeforeALook() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        let request = visitor.send()
        let session = try await request.session()
        try session.set(.a, to: 1)
        _ = try await bench.manager.endAll(of: try Principal("ada"))
        try await session.lookAgain()
        let response = await visitor.finish(request)
        #expect(response.error?.code == .ended && response.setCookies == [])
    }
}
