import Foundation
import HTTPTypes
import Sessions
import SessionsSQLite
import StoreSupport
import Testing

extension SessionKey<Int> { static var visits: Self { "test.visits" } }

@Suite(.timeLimit(.minutes(10))) struct RequestTests {
    /// Runs `body` with a manager on a fresh file, which is removed afterwards, and with one on memory.
    private func withManager(_ body: (SessionManager) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("sessions-\(UUID().uuidString).db")
            .path
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        for store in [
            try await SQLiteSessionStore(path: path, configuration: .patient()), MemorySessionStore(),
        ] as [any SessionStore] {
            try await body(try SessionManager(store: store, clock: StandingClock()))
        }
    }

    /// What is so for a minute is so for as long as the test takes.
    private struct StandingClock: SessionClock {
        let now = start
    }

    private func request(
        _ manager: SessionManager, cookie: String? = nil, _ body: (Session) async throws -> Void
    ) async throws -> [String] {
        var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        if let cookie { request.headerFields[.cookie] = cookie }
        let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
        try await body(try await handle.session())
        let outcome = await handle.finish(status: .ok)
        #expect(outcome.error == nil)
        var fields = HTTPFields()
        outcome.apply(to: &fields)
        #expect(fields[.cacheControl] == "no-store")
        return fields[values: .setCookie]
    }

    private func pair(_ setCookie: String) -> String { String(setCookie.prefix { $0 != ";" }) }

    @Test("G8: a stranger who only reads gets no cookie")
    func stranger() async throws {
        try await withManager { manager in
            let cookies = try await request(manager) { session in
                let visits = try session.value(.visits); #expect(visits == nil)
            }
            #expect(cookies.isEmpty)
        }
    }

    @Test("G2, G3: sign-in changes the token, the attributes stay, and after sign-out the token is dead")
    func lifeOfASession() async throws {
        try await withManager { manager in
            let first = try await request(manager) { try await $0.update(.visits, default: 0) { $0 += 1 } }
            let visitor = pair(try #require(first.first))
            #expect(visitor.hasPrefix("__Host-Http-visitor="))

            let second = try await request(manager, cookie: visitor) { try await $0.signIn(try Principal("ada")) }
            let signedIn = pair(try #require(second.first { $0.hasPrefix("__Host-Http-id=") }))
            _ = try await request(manager, cookie: visitor) { session in
                #expect(session.id == nil)
                #expect(throws: SessionError.self) { try session.set(.visits, to: 9) }
            }
            _ = try await request(manager, cookie: signedIn) { session in
                #expect(session.principal?.name == "ada")
                let visits = try session.value(.visits); #expect(visits == 1)
                try await session.update(.visits, default: 0) { $0 += 1 }
            }
            let last = try await request(manager, cookie: signedIn) { session in
                let visits = try session.value(.visits); #expect(visits == 2)
                try await session.end()
            }
            #expect(last.count == 1 && last[0].contains("Max-Age=0"))
            _ = try await request(manager, cookie: signedIn) { session in
                #expect(session.id == nil && session.explanation?.reason == .signedOut)
            }
        }
    }
}
