import HTTPTypes
import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("Edges at which a letter or a half decides", .timeLimit(.minutes(10)))
struct EdgeTests {
    @Test("Two tokens are the same only if ID, family and step are")
    func sameToken() {
        func token(_ id: UInt64, _ family: UInt64, _ step: UInt64) -> SessionToken {
            SessionToken(
                id: .sample(id), secret: SessionSecret(family: Block16(0, family), step: Block16(1, step)))
        }
        let first = token(1, 2, 3)
        #expect(first.isSame(as: token(1, 2, 3)))
        for other in [token(9, 2, 3), token(1, 9, 3), token(1, 2, 9), token(9, 9, 9)] {
            #expect(!first.isSame(as: other) && !other.isSame(as: first))
        }
    }

    @Test("A directive of Clear-Site-Data is letters of both cases and asterisks, from the first letter to the last")
    func directives() {
        func isAccepted(_ directive: String) -> Bool {
            var configuration = SessionConfiguration()
            configuration.clearSiteData = [directive]
            return (try? SessionPolicy(configuration)) != nil
        }
        for directive in ["a", "z", "A", "Z", "*", "executionContexts"] {
            #expect(isAccepted(directive), "\(directive)")
        }
        for directive in ["`", "{", "@", "[", ")", "+", "0", "a;"] { #expect(!isAccepted(directive), "\(directive)") }
    }

    @Test("A dump of a cookie shows its name and scope, and its text the name alone")
    func dumps() throws {
        let cookie = try SetCookie(name: "id", value: "secret", scope: .init(isSecure: false))
        #expect(Mirror(reflecting: cookie).children.map(\.label) == ["name", "scope"])
        #expect("\(cookie)" == "SetCookie(id, value redacted)")
    }

    @Test("A dump of a token shows its ID alone")
    func tokenDump() {
        #expect(Mirror(reflecting: SessionToken.sample(1)).children.map(\.label) == ["id"])
    }

    @Test("A memory store takes a million sessions and a gibibyte of them, of which a tenth is for users alone")
    func memoryDefaults() throws {
        let store = MemorySessionStore()
        let limits = try #require(Mirror(reflecting: store).descendant("room", "limits") as? StoreRoom)
        let numbers = ["maximumRecords", "maximumBytes", "visitorRecords", "visitorBytes"].map {
            Mirror(reflecting: limits).descendant($0) as? Int
        }
        #expect(numbers == [1_000_000, 1_073_741_824, 900_000, 966_367_642])
    }

    @Test("A sweep that fails is a warning with its error, and one that works is no line of the log")
    func sweeperLog() async throws {
        let log = Log(withMetadata: true)
        let faulty = FaultyStore(MemorySessionStore()) { operation, call in
            operation == .sweep && call == 1 ? .fail : .pass
        }
        let sweeper = SessionSweeper(try SessionManager(store: faulty, clock: ManualClock()), logger: log.logger)
        await sweeper.sweep()
        let line = try #require(log.take().first)
        #expect(line.hasPrefix("warning A sweep of sessions failed; the next one tries again error=unavailable: "))
        await sweeper.sweep()
        #expect(log.lines.isEmpty && sweeper.counters.sweeps == 1 && sweeper.counters.failures == 1)
    }

    @Test("The request field of a form's token is X-CSRF-Token, as the documentation says")
    func fieldName() {
        #expect(HTTPField.Name.forgeryToken.rawName == "X-CSRF-Token" && ForgeryToken.fieldName == "forgery-token")
    }

    @Test("A store that can't set sessions aside doesn't say that it has")
    func noQuarantine() async throws {
        let store = ObservedStore(InterruptedStore(), realm: .default, clock: ManualClock(), observers: [])
        #expect(try await !store.quarantine(.sample(), at: .arrival))
    }

    /// Another server's write leaves no room for any of them; nothing that is returned tells so.
    @Test("Updates that found no room together are judged by a commit each, and are not gathered again")
    func judgedAlone() async throws {
        let store = InterruptedStore(limits: .init(sessionBytes: 20)), faulty = FaultyStore(store)
        let clock = ManualClock()
        let manager = try SessionManager(store: faulty, clock: clock)
        let visitor = Visitor(manager)
        try await visitor.visit { try $0.set(.n, to: 0) }
        let (now, id) = (clock.now, try #require(try await visitor.look().id))
        let record = try #require(store.base.loadNow(id, at: now))
        let commits = Atomic<Int>(0)
        store.interrupt { _, base in
            guard commits.add(1, ordering: .relaxed).newValue == 2 else { return }
            var changes = SessionChanges(expectedGeneration: 1)
            changes.attributes = ["z": .set(json: "12345678901234567")]
            _ = try? base.commitNow(changes, to: id, at: now)
        }
        faulty.follow { operation, call in operation == .commit && call == 1 ? .hang : .pass }
        func update(_ key: SessionKey<Int>) -> Task<Int, any Error> {
            let handle = visitor.send().handle
            return Task { try await handle.session().update(key, default: 0) { $0 += 1 } }
        }
        let first = update(.n)
        await faulty.untilHanging()
        var tasks: [Task<Int, any Error>] = []
        for name in ["a", "b", "c", "d"] {
            tasks.append(update(SessionKey(name)))
            while manager.updates.waiting(for: record) != tasks.count { await Task.yield() }
        }
        faulty.release()
        #expect(try await first.value == 1)
        for task in tasks {
            let error = await #expect(throws: SessionError.self) { try await task.value }
            #expect(error?.code == .tooLarge)
        }
        // The first, the one that all share, and one each.
        #expect(commits.load(ordering: .relaxed) == 6)
        #expect(manager.updates.count == 0)
    }
}
