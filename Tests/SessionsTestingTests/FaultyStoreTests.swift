import Sessions
import SessionsTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct FaultyStoreTests {
    private let owner: SessionOwner
    private let moment = ManualClock().now

    init() throws {
        owner = SessionOwner(realm: .default, principal: try Principal("somebody"))
    }

    @Test func failsBeforeTheStoreSeesTheCall() async throws {
        let recording = RecordingStore(MemorySessionStore())
        let store = FaultyStore(recording) { operation, call in operation == .watermark && call == 2 ? .fail : .pass }
        #expect(try await store.watermark(of: owner, raisedTo: nil) == nil)
        await #expect(throws: SessionError.self) { try await store.watermark(of: owner, raisedTo: moment) }
        #expect(try await store.watermark(of: owner, raisedTo: nil) == nil)
        #expect(recording.operations == [.watermark, .watermark])
        #expect(recording.count(of: .watermark) == 2)
        #expect(recording.count(of: .load) == 0)
    }

    @Test func losesTheAnswerAfterTheStoreActed() async throws {
        let store = FaultyStore(MemorySessionStore()) { _, call in call == 1 ? .loseAnswer : .pass }
        await #expect(throws: SessionError.self) { try await store.watermark(of: owner, raisedTo: moment) }
        #expect(try await store.watermark(of: owner, raisedTo: nil) == moment)
    }

    @Test func aRecordIsSetAsideByTheStoreBehindTheDoubles() async throws {
        for isDamaged in [true, false] {
            let base = ReferenceStore(Variation(quarantine: { _, _ in isDamaged }))
            let id = try #require(SessionID(bytes: [UInt8](repeating: 7, count: 16)))
            for store in [FaultyStore(base), RecordingStore(base)] as [any QuarantiningStore] {
                let isSetAside = try await store.quarantine(id, at: moment)
                #expect(isSetAside == isDamaged)
            }
        }
    }

    @Test func hangsUntilReleased() async throws {
        let store = FaultyStore(MemorySessionStore()) { _, call in call == 1 ? .hang : .pass }
        async let raised = store.watermark(of: owner, raisedTo: moment)
        await store.untilHanging()
        #expect(store.hanging == 1)
        #expect(try await store.watermark(of: owner, raisedTo: nil) == nil)
        store.release()
        #expect(try await raised == moment)
        #expect(store.hanging == 0)
    }

    @Test func aCancelledCallThatHangsNeverReachesTheStore() async throws {
        let store = FaultyStore(MemorySessionStore()) { _, call in call == 1 ? .hang : .pass }
        let task = Task { try await store.watermark(of: owner, raisedTo: moment) }
        await store.untilHanging()
        task.cancel()
        await #expect(throws: SessionError.self) { try await task.value }
        #expect(try await store.watermark(of: owner, raisedTo: nil) == nil)
    }

    @Test func aCallThatWasCancelledBeforeItHangsNeitherHangsNorReachesTheStore() async throws {
        let store = FaultyStore(MemorySessionStore()) { _, call in call == 1 ? .hang : .pass }
        let isOver = Mutex(false)
        let task = Task {
            defer { isOver.withLock { $0 = true } }
            withUnsafeCurrentTask { $0?.cancel() }
            return try await store.watermark(of: owner, raisedTo: moment)
        }
        while !isOver.withLock({ $0 }), store.hanging == 0 { await Task.yield() }
        #expect(store.hanging == 0)
        store.release()
        let error = await #expect(throws: SessionError.self) { try await task.value }
        #expect(error?.code == .unavailable)
        #expect(try await store.watermark(of: owner, raisedTo: nil) == nil)
    }
}
