import HTTPTypes
import Sessions
import SessionsTesting
import Testing

/// With a store in the process and no observer, the engine reads a session without a wait.
///
/// The other tests watch their stores, so they don't come this way.
@Suite("A store in the process, without observers", .timeLimit(.minutes(10)))
struct InProcessTests {
    private struct Bench {
        let clock = ManualClock()
        let manager: SessionManager

        init(_ change: (inout SessionConfiguration) -> Void = { _ in }) throws {
            var configuration = SessionConfiguration()
            configuration.renewalInterval = nil
            change(&configuration)
            manager = try SessionManager(
                store: MemorySessionStore(), configuration: configuration, clock: clock,
                random: SeededRandomSource(seed: 7))
        }

        func signedIn() async throws -> (Visitor, SessionID) {
            let visitor = Visitor(manager)
            try await visitor.visit { try await $0.signIn(try Principal("ada")) }
            return (visitor, try #require(try await visitor.look().id))
        }
    }

    @Test("G5: a read touches the session from the touch interval on, and no earlier")
    func touch() async throws {
        let bench = try Bench {
            $0.timeouts = .init(idle: .seconds(100), absolute: .seconds(1000))
            $0.touchInterval = .seconds(10)
        }
        let (visitor, id) = try await bench.signedIn()
        let start = bench.clock.now
        bench.clock.advance(by: .milliseconds(9_999))
        #expect(try await visitor.look().id == id)
        #expect(try await bench.manager.find(id)?.lastUsedAt == start)
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await visitor.look().id == id)
        #expect(try await bench.manager.find(id)?.lastUsedAt == start + .seconds(10))
        bench.clock.advance(by: .milliseconds(109_999))
        #expect(try await visitor.look().id == id)
        bench.clock.advance(by: .milliseconds(110_000))
        #expect(try await visitor.look().ended == .expired)
    }

    @Test("G4: an update builds on what its request has set, and that isn't written once more at the end")
    func setThenUpdate() async throws {
        let (visitor, _) = try await Bench().signedIn()
        try await visitor.visit { session in
            try session.set(.n, to: 5)
            let six = try await session.update(.n, default: 0) { $0 += 1 }
            let read = try session.value(.n)
            #expect(six == 6 && read == 6)
        }
        var stored: Int?
        try await visitor.visit { stored = try $0.value(.n) }
        #expect(stored == 6)
    }

    @Test("G5: an update after a body that outlasted the idle timeout is kept, and keeps the session alive")
    func lateUpdate() async throws {
        let bench = try Bench {
            $0.timeouts = .init(idle: .seconds(60), absolute: .seconds(300))
            $0.touchInterval = .seconds(10)
        }
        let (visitor, _) = try await bench.signedIn()
        let upload = visitor.send()
        let session = try await upload.session()
        bench.clock.advance(by: .seconds(100))
        try await session.update(.n, default: 0) { $0 += 1 }
        #expect(await visitor.finish(upload).error == nil)
        bench.clock.advance(by: .milliseconds(69_999))
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("G1, rule 10: a user's cookie that names no session hides no live visitor's")
    func unknownBesideLive() async throws {
        let bench = try Bench()
        let visitor = Visitor(bench.manager)
        try await visitor.visit { try $0.set(.a, to: 1) }
        let id = try #require(try await visitor.look().id)
        visitor.jar[Visitor.signedInName] = String(repeating: "A", count: 64)
        let seen = try await visitor.look()
        #expect(seen.id == id && seen.principal == nil)
    }

    @Test("A-12.2.1: a token over plain HTTP from another machine is ignored")
    func plainHTTP() async throws {
        let bench = try Bench()
        let (visitor, id) = try await bench.signedIn()
        var request = HTTPRequest(method: .get, scheme: "http", authority: "shop.test", path: "/")
        request.headerFields[.cookie] = "\(Visitor.signedInName)=\(try #require(visitor.signedInToken))"
        for (address, isTLS, found) in [("192.0.2.1", false, nil), ("192.0.2.1", true, id), ("127.0.0.1", false, id)] {
            let peer = try #require(NetworkAddress(address))
            let handle = bench.manager.begin(request, over: .init(peer: .address(peer), isTLS: isTLS))
            #expect(try await handle.session().id == found, "\(address) \(isTLS)")
        }
    }

    @Test("Rule 10: a token under the other cookie's name gives an empty session, and its own session lives")
    func places() async throws {
        let bench = try Bench()
        let (user, userID) = try await bench.signedIn()
        let visitor = Visitor(bench.manager)
        try await visitor.visit { try $0.set(.a, to: 1) }
        let visitorID = try #require(try await visitor.look().id)
        let (high, low) = (try #require(user.signedInToken), try #require(visitor.visitorToken))
        for (name, token, found) in [
            (Visitor.signedInName, high, userID), (Visitor.visitorName, high, nil),
            (Visitor.visitorName, low, visitorID), (Visitor.signedInName, low, nil),
        ] {
            #expect(try await Visitor(bench.manager, jar: [name: token]).look().id == found, "\(name)")
        }
        #expect(try await user.look().id == userID)
        #expect(try await visitor.look().id == visitorID)
    }

    @Test("G2, G12: a superseded token reads nothing and its writes get 409; an ended session's token says why")
    func deadTokens() async throws {
        let bench = try Bench()
        let (visitor, id) = try await bench.signedIn()
        let old = Visitor(bench.manager, jar: visitor.jar)
        try await visitor.visit { try await $0.stepUp() }
        try await old.visit { session in
            #expect(session.id == nil && session.principal == nil)
            let error = #expect(throws: SessionError.self) { try session.set(.a, to: 1) }
            #expect(error?.code == .superseded)
        }
        #expect(try await visitor.look().id == id)
        #expect(try await bench.manager.end(id))
        let seen = try await visitor.look()
        #expect(seen.id == nil && seen.ended == .endedByOperator)
    }

    @Test("G6: a read renews when that is due, a later one sends the successor, and an old secret is suspected theft")
    func renewal() async throws {
        let bench = try Bench {
            $0.timeouts = .init(idle: .hours(10), absolute: .hours(12))
            $0.renewalInterval = .minutes(15)
        }
        let (visitor, id) = try await bench.signedIn()
        let first = visitor.jar
        bench.clock.advance(by: .milliseconds(899_999))
        try await visitor.visit()
        #expect(visitor.jar == first)
        bench.clock.advance(by: .milliseconds(1))
        let late = Visitor(bench.manager, jar: first)
        try await visitor.visit()
        #expect(visitor.jar != first)
        try await late.visit()
        #expect(late.jar == visitor.jar)
        bench.clock.advance(by: .seconds(60))
        try await visitor.visit()
        bench.clock.advance(by: .milliseconds(119_999))
        #expect(try await Visitor(bench.manager, jar: first).look().id == id)
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await Visitor(bench.manager, jar: first).look().ended == .suspectedTheft)
        #expect(try await visitor.look().ended == .suspectedTheft)
    }

    @Test("Rule 6: a read that learned of a renewal does not send its successor over a step-up's token")
    func lateAnswer() async throws {
        let bench = try Bench { $0.renewalInterval = .minutes(15) }
        let (visitor, id) = try await bench.signedIn()
        bench.clock.advance(by: .minutes(15))
        let first = visitor.send()
        let slow = visitor.send()
        _ = try await first.session()
        await visitor.finish(first)
        #expect(try await slow.session().id == id)
        try await visitor.visit { try await $0.stepUp() }
        let token = visitor.signedInToken
        await visitor.finish(slow)
        #expect(visitor.signedInToken == token)
        #expect(try await visitor.look().id == id)
    }
}
