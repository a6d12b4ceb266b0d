import HTTPTypes
import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("A plain read of a store in the process", .timeLimit(.minutes(10)))
struct ImmediateReadTests {
    /// A store in the process that counts how often it is asked for a record.
    private final class CountingStore: ForwardingStore, ImmediateSessionStore {
        let base = MemorySessionStore()
        private let loads = Mutex<[String]>([])

        func takeLoads() -> [String] {
            loads.withLock { loads in
                defer { loads = [] }
                return loads
            }
        }

        func loadNow(_ id: SessionID, at now: Timestamp) -> SessionRecord? {
            loads.withLock { $0.append("at once") }
            return base.loadNow(id, at: now)
        }

        func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
            loads.withLock { $0.append("with a wait") }
            return try await base.load(id, at: now)
        }

        func commitNow(
            _ changes: SessionChanges, to id: SessionID, at now: Timestamp
        ) throws(SessionError) -> CommitResult {
            try base.commitNow(changes, to: id, at: now)
        }
    }

    @Test("A request that reads asks once, without a wait, however often it uses its session")
    func once() async throws {
        let store = CountingStore()
        let visitor = Visitor(try SessionManager(store: store, clock: ManualClock()))
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        _ = store.takeLoads()
        let request = visitor.send()
        for _ in 1...3 { #expect(try await request.session().principal?.name == "ada") }
        await visitor.finish(request)
        #expect(store.takeLoads() == ["at once"])
    }

    @Test(
        "A token that is none, or that names no session, is refused without a wait, and told of once",
        arguments: [
            ("garbage.", [], SessionEvent.Kind.tokenRefused(.malformed)),
            ("garbage_", ["at once"], .tokenRefused(.unknown)),
        ] as [(String, [String], SessionEvent.Kind)])
    func refused(_ part: String, _ loads: [String], _ kind: SessionEvent.Kind) async throws {
        let store = CountingStore()
        let events = Mutex<[SessionEvent]>([])
        let observer = SessionEventHandler { event in events.withLock { $0.append(event) } }
        let manager = try SessionManager(store: store, clock: ManualClock(), observers: [observer])
        let text = String(repeating: part, count: 8)
        let request = HTTPRequest(
            method: .get, scheme: "https", authority: "shop.test", path: "/",
            headerFields: [.cookie: "__Host-Http-visitor=\(text)"])
        let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
        for _ in 1...3 { #expect(try await handle.session().info == nil) }
        var fields = HTTPFields()
        await handle.finish(status: .ok).apply(to: &fields)
        #expect(fields == [.cacheControl: "no-store", .vary: "Cookie"])
        #expect(store.takeLoads() == loads)
        let told = events.withLock { $0 }
        #expect(told.map(\.kind) == [kind] && told.map(\.id) == [SessionToken(text: text)?.id])
    }
}
