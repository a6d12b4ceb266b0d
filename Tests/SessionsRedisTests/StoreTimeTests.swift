import HTTPTypes
import RedisServers
import Sessions
import StoreSupport
import Testing

@testable import SessionsRedis

@Suite("Sign-ins and “end all” by Redis's clock", .timeLimit(.minutes(10)))
struct StoreTimeTests {
    private struct Shifted: SessionClock {
        let span: Duration
        var now: Timestamp { SystemSessionClock().now + span }
    }

    @Test("A sign-in that comes after “end all” works at once where servers' clocks differ, and one under way ends")
    func clocksThatDiffer() async throws {
        let server = try RedisProcess()
        try await server.start()
        let store = try await RedisSessionStore(
            url: "redis://127.0.0.1:\(server.port)", configuration: .patient())
        for (here, there) in [(Duration.seconds(-3), Duration.seconds(3)), (.seconds(3), .seconds(-3))] {
            let ada = try Principal("ada \(here)"), owner = try owner("ada \(here)")
            let behind = try SessionManager(store: store, clock: Shifted(span: here))
            let ahead = try SessionManager(store: store, clock: Shifted(span: there))
            let checkedAt = behind.clock.now
            try await untilTimePasses(in: store, of: owner)
            _ = try await ahead.endAll(of: ada)
            try await untilTimePasses(in: store, of: owner)
            // Where the question for the time takes long, nothing tells which came first.
            let late = try await signIn(ada, at: behind, authenticatedAt: checkedAt)
            #expect(late == .ended || late == .notYet)
            #expect(try await ahead.list(of: ada).isEmpty)
            var answers: [SessionError.Code?] = []
            try await eventually("a sign-in works") {
                answers.append(try await signIn(ada, at: behind))
                return answers.last == .some(nil)
            }
            #expect(answers.dropLast().allSatisfy { $0 == .notYet })
            #expect(try await ahead.list(of: ada).count == 1)
        }
        try await store.close()
    }

    @Test("Redis's time is that of the machine, to the millisecond")
    func time() async throws {
        let server = try RedisProcess()
        try await server.start()
        let store = try await RedisSessionStore(
            url: "redis://127.0.0.1:\(server.port)", configuration: .patient())
        let before = now
        let time = try await store.time(of: owner("ada"))
        #expect(before <= time && time <= now)
        try await store.close()
    }

    private func signIn(
        _ principal: Principal, at manager: SessionManager, authenticatedAt: Timestamp? = nil
    ) async throws -> SessionError.Code? {
        let request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
        let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
        do throws(SessionError) {
            try await handle.session().signIn(principal, authenticatedAt: authenticatedAt)
            return await handle.finish(status: .ok).error?.code
        } catch {
            return error.code
        }
    }

    private func untilTimePasses(in store: RedisSessionStore, of owner: SessionOwner) async throws {
        let start = try await store.time(of: owner)
        try await eventually("ten milliseconds pass") { try await store.time(of: owner) > start + .milliseconds(10) }
    }
}
