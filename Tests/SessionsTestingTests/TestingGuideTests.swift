import HTTPTypes
import Sessions
import SessionsTesting
import Synchronization
import Testing

extension SessionKey<Int> { fileprivate static var visits: Self { "visits" } }

/// The examples of docs/testing.md.
@Suite(.timeLimit(.minutes(10))) struct TestingGuideTests {
    private let clock = ManualClock()

    /// A server in a few lines: it begins the request's session, uses it and answers.
    private func send(
        _ request: HTTPRequest, to sessions: SessionManager, _ body: (Session) async throws -> Void
    ) async throws -> HTTPResponse {
        let handle = sessions.begin(request, over: .init(peer: .local, isTLS: true))
        try await body(try await handle.session())
        let outcome = await handle.finish(status: .ok)
        var response = HTTPResponse(status: outcome.error?.code.status ?? .ok)
        outcome.apply(to: &response.headerFields)
        return response
    }

    private func request(_ jar: CookieJar) -> HTTPRequest {
        var request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/cart")
        jar.addCookies(to: &request)
        return request
    }

    @Test func timePassesWhenTold() async throws {
        let sessions = try SessionManager(store: MemorySessionStore(), clock: clock)
        var jar = CookieJar(clock: clock)
        let signIn = request(jar)
        jar.receive(try await send(signIn, to: sessions) { try await $0.signIn(try Principal("ada")) }, to: signIn)
        _ = try await send(request(jar), to: sessions) { #expect($0.principal?.name == "ada") }
        clock.advance(by: .seconds(31 * 60))
        _ = try await send(request(jar), to: sessions) { #expect($0.explanation?.reason == .expired) }
    }

    @Test func aJarKeepsWhatABrowserWould() async throws {
        let sessions = try SessionManager(store: MemorySessionStore(), clock: clock)
        var jar = CookieJar(clock: clock)
        let first = request(jar)
        let response = try await send(first, to: sessions) { try await $0.update(.visits, default: 0) { $0 += 1 } }
        #expect(jar.receive(response, to: first).isEmpty)
        #expect(jar["__Host-Http-visitor"] != nil)

        let thief = jar
        jar.closeBrowser()
        _ = try await send(request(thief), to: sessions) {
            let visits = try $0.value(.visits); #expect(visits == 1)
        }
        _ = try await send(request(jar), to: sessions) { #expect($0.id == nil) }
    }

    @Test func aStoreThatBreaksSignsNobodyOut() async throws {
        let store = FaultyStore(MemorySessionStore()) { operation, call in
            operation == .commit && call == 2 ? .loseAnswer : .pass
        }
        let sessions = try SessionManager(store: store, clock: clock)
        var jar = CookieJar(clock: clock)
        let first = request(jar)
        jar.receive(try await send(first, to: sessions) { try $0.set(.visits, to: 1) }, to: first)
        store.follow { _, _ in .fail }
        await #expect(throws: SessionError.self) { try await send(request(jar), to: sessions) { _ in } }
        store.follow { operation, _ in operation == .load ? .hang : .pass }
        async let answer = send(request(jar), to: sessions) {
            let visits = try $0.value(.visits); #expect(visits == 1)
        }
        await store.untilHanging()
        store.release()
        #expect(try await answer.status == .ok)
    }

    @Test func aPageForStrangersMakesNoStoreCall() async throws {
        let store = RecordingStore(MemorySessionStore())
        let sessions = try SessionManager(store: store, clock: clock)
        let jar = CookieJar(clock: clock)
        _ = try await send(request(jar), to: sessions) { #expect($0.principal == nil) }
        #expect(store.operations.isEmpty)
    }

    @Test func aFaultyStorePassesCallsOnUntilItHasAScript() async throws {
        let store = FaultyStore(MemorySessionStore())
        let sessions = try SessionManager(store: store, clock: clock)
        var jar = CookieJar(clock: clock)
        let first = request(jar)
        let response = try await send(first, to: sessions) { try $0.set(.visits, to: 1) }
        jar.receive(response, to: first)
        #expect(response.status == .ok && jar["__Host-Http-visitor"] != nil)
        store.follow { _, _ in .fail }
        let error = await #expect(throws: SessionError.self) { try await send(request(jar), to: sessions) { _ in } }
        #expect(error?.code == .unavailable)
    }

    @Test func anObserverThatIsAClosureSeesTheEvents() async throws {
        let names = Mutex<[String]>([])
        let observer = SessionEventHandler { event in names.withLock { $0.append(event.kind.name) } }
        let sessions = try SessionManager(store: MemorySessionStore(), clock: clock, observers: [observer])
        let jar = CookieJar(clock: clock)
        _ = try await send(request(jar), to: sessions) { try await $0.signIn(try Principal("ada")) }
        #expect(names.withLock { $0 } == ["created", "signedIn"])
    }
}
