import Sessions
import SessionsTesting
import Testing

@Suite("The health of a manager's store", .timeLimit(.minutes(10))) struct HealthTests {
    @Test("A check asks the store once, throws what it says, and is reported if it fails")
    func theStoreIsAsked() async throws {
        let (log, faulty) = (EventLog(), FaultyStore(MemorySessionStore()))
        let recording = RecordingStore(faulty)
        let manager = try SessionManager(store: recording, observers: [log])
        try await manager.checkHealth()
        #expect(recording.operations == [.checkHealth])
        #expect(log.takeEvents().isEmpty)
        // Loads and lists work on.
        faulty.follow { operation, _ in
            operation == .checkHealth ? .fail(SessionError(.unavailable, "the disk is full")) : .pass
        }
        let error = await #expect(throws: SessionError.self) { try await manager.checkHealth() }
        #expect(error?.code == .unavailable && error?.message == "the disk is full")
        #expect(log.takeEvents().map(\.kind) == [.storeFailed])
        #expect(try await manager.list().sessions.isEmpty)
    }

    @Test("A memory store at its limit serves the sessions it has, so it counts as healthy")
    func aFullMemoryStore() async throws {
        let manager = try SessionManager(store: MemorySessionStore(maximumRecords: 1))
        let visitor = Visitor(manager)
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        try await manager.checkHealth()
        #expect(try await manager.list().sessions.count == 1)
    }
}
