import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("A plain read of a store in the process", .timeLimit(.minutes(10)))
struct ImmediateReadTests {
    /// A store in the process that counts how often it is asked for a record.
    private final class CountingStore: ImmediateSessionStore {
        private let base = MemorySessionStore()
        private let loads = Mutex<[String]>([])

        var limits: SessionLimits { base.limits }

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

        func commit(
            _ changes: SessionChanges, to id: SessionID, at now: Timestamp
        ) async throws(SessionError) -> CommitResult {
            try await base.commit(changes, to: id, at: now)
        }

        func create(_ record: SessionRecord) async throws(SessionError) -> Bool { try await base.create(record) }

        func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp) async throws(SessionError) {
            try await base.enroll(id, of: owner, at: now)
        }

        func watermark(of owner: SessionOwner, raisedTo: Timestamp?) async throws(SessionError) -> Timestamp? {
            try await base.watermark(of: owner, raisedTo: raisedTo)
        }

        func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
            try await base.list(query, at: now)
        }

        func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
            try await base.sweep(at: now, limit: limit)
        }

        func checkHealth() async throws(SessionError) { try await base.checkHealth() }

        func close() async throws(SessionError) { try await base.close() }
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
}
