import HTTPTypes
import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("“End all” and sign-ins by the store's own clock", .timeLimit(.minutes(10)))
struct StoreClockTests {
    /// A store in memory whose clock all servers have in common, and which takes its time to tell it.
    private final class Store: ForwardingStore, ClockedStore {
        let base = MemorySessionStore()
        let clock = ManualClock()
        let problem = Mutex<SessionError?>(nil)
        /// What passes between the question for the time and the look at the clock, and between that and the answer.
        let travel = Mutex<@Sendable () -> Void>({})

        func time(of owner: SessionOwner) async throws(SessionError) -> Timestamp {
            travel.withLock { $0 }()
            if let problem = problem.withLock({ $0 }) { throw problem }
            let time = clock.now
            travel.withLock { $0 }()
            return time
        }
    }

    /// A server that signs ada in, another one that ends all of her sessions, and the store, with a clock each.
    private struct Servers {
        let store = Store()
        let here = ManualClock(), there = ManualClock()
        let manager: SessionManager
        let other: SessionManager

        init(here ahead: Duration = .zero, there: Duration = .zero) throws {
            manager = try SessionManager(store: store, clock: here)
            other = try SessionManager(store: store, clock: self.there)
            here.advance(by: .seconds(60) + ahead)
            self.there.advance(by: .seconds(60) + there)
            store.clock.advance(by: .seconds(60))
        }

        func pass(_ time: Duration) {
            for clock in [here, there, store.clock] { clock.advance(by: time) }
        }

        func endAll() async throws { _ = try await other.endAll(of: try Principal("ada")) }

        func signIn(authenticatedAt: Timestamp? = nil) async throws -> (error: SessionError?, fields: HTTPFields) {
            try await manager.signInAda(authenticatedAt: authenticatedAt)
        }

        var live: Int { get async throws { try await manager.list(of: try Principal("ada")).count } }
    }

    private static let skews = [
        Duration.zero, .milliseconds(1), .seconds(3), .seconds(-3), .minutes(10), .minutes(-10),
    ]

    @Test(
        "A sign-in that comes after “end all” works at once, whatever the clocks of both servers say",
        arguments: skews, skews)
    func after(_ here: Duration, _ there: Duration) async throws {
        let servers = try Servers(here: here, there: there)
        try await servers.endAll()
        servers.pass(.milliseconds(2))
        let (error, fields) = try await servers.signIn()
        #expect(error == nil && fields[values: .setCookie].count == 1)
        #expect(try await servers.live == 1)
    }

    @Test(
        "A sign-in that was under way still ends, whatever the clocks of both servers say", arguments: skews, skews)
    func underWay(_ here: Duration, _ there: Duration) async throws {
        for since in [Duration.milliseconds(4), .seconds(3), .minutes(30)] {
            let servers = try Servers(here: here, there: there)
            let checkedAt = servers.here.now
            servers.pass(since)
            try await servers.endAll()
            servers.pass(.seconds(1))
            let (error, fields) = try await servers.signIn(authenticatedAt: checkedAt)
            #expect(error?.code == .ended && fields[values: .setCookie].isEmpty, "\(since)")
            #expect(try await servers.live == 0)
        }
    }

    @Test(
        "While the store takes its time to tell the clock, what may have been under way ends, and is told to try again")
    func doubt() async throws {
        // The credentials are checked 30 ms after "end all", and the answer takes 25 or 40 ms each way.
        for (travel, works) in [(Duration.milliseconds(25), true), (.milliseconds(40), false)] {
            let servers = try Servers()
            try await servers.endAll()
            servers.pass(.milliseconds(30))
            servers.store.travel.withLock { $0 = { servers.pass(travel) } }
            let (error, fields) = try await servers.signIn()
            #expect(error?.code == (works ? nil : .notYet), "\(travel)")
            #expect(try await servers.live == (works ? 1 : 0))
            if works { continue }
            #expect(error?.retryAfter == .milliseconds(83) && fields[.retryAfter] == "1")
            servers.pass(.milliseconds(83))
            #expect(try await servers.signIn().error == nil)
        }
        // Checked a moment before "end all", and the answer takes twenty minutes: it may have come after, and ends.
        let servers = try Servers()
        let checkedAt = servers.here.now
        servers.pass(.milliseconds(1))
        try await servers.endAll()
        servers.store.travel.withLock { $0 = { servers.pass(.minutes(10)) } }
        #expect(try await servers.signIn(authenticatedAt: checkedAt).error?.code == .notYet)
        #expect(try await servers.live == 0)
    }

    @Test("What was checked in the very millisecond of “end all”, or claims to come from the future, ends")
    func boundary() async throws {
        for (passed, code) in [
            (Duration.zero, SessionError.Code.notYet), (.milliseconds(1), .notYet), (.milliseconds(2), nil),
        ] as [(Duration, SessionError.Code?)] {
            let servers = try Servers()
            try await servers.endAll()
            servers.pass(passed)
            #expect(try await servers.signIn().error?.code == code, "\(passed)")
        }
        let servers = try Servers()
        try await servers.endAll()
        #expect(try await servers.signIn(authenticatedAt: servers.here.now + .hours(1)).error?.code == .notYet)
        #expect(try await servers.live == 0)
    }

    @Test("A store's clock that was set back keeps no user out for longer than clockSkew")
    func setBack() async throws {
        for (ahead, code) in [
            (Duration.milliseconds(4_999), SessionError.Code.notYet), (.milliseconds(5_000), nil), (.days(1), nil),
        ] as [(Duration, SessionError.Code?)] {
            let servers = try Servers()
            _ = try await servers.store.watermark(
                of: .init(realm: .default, principal: try Principal("ada")),
                raisedTo: servers.store.clock.now + ahead + .milliseconds(1))
            let (error, _) = try await servers.signIn()
            #expect(error?.code == code && error?.retryAfter == code.map { _ in ahead + .milliseconds(1) }, "\(ahead)")
        }
    }

    @Test("The question for the store's time is observed like every other, as one for the watermark")
    func observed() async throws {
        let store = Store(), log = EventLog()
        let calls = ObservedStore(store, realm: .default, clock: store.clock, observers: [log])
        let ada = SessionOwner(realm: .default, principal: try Principal("ada"))
        #expect(try await calls.time(of: ada, for: nil) == store.clock.now)
        store.problem.withLock { $0 = SessionError(.unavailable, "no answer") }
        await #expect(throws: SessionError.self) { try await calls.time(of: ada, for: nil) }
        let operations = log.takeOperations()
        #expect(operations.map(\.name) == [.watermark, .watermark])
        #expect(operations.map(\.error?.code) == [nil, .unavailable])
        #expect(log.takeEvents().map(\.kind) == [.storeFailed])
    }

    @Test("A sign-in that can't learn the store's time ends, “end all” that can't does nothing, and others don't ask")
    func failure() async throws {
        let servers = try Servers()
        servers.store.problem.withLock { $0 = SessionError(.unavailable, "no answer") }
        #expect(try await servers.signIn().error == nil)
        await #expect(throws: SessionError.self) { try await servers.endAll() }
        #expect(try await servers.live == 1)
        servers.store.problem.withLock { $0 = nil }
        try await servers.endAll()
        servers.pass(.seconds(1))
        servers.store.problem.withLock { $0 = SessionError(.unavailable, "no answer") }
        let (error, fields) = try await servers.signIn()
        #expect(error?.code == .unavailable && fields[values: .setCookie].isEmpty)
    }
}
