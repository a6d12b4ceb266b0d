import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("G11: the memory store has room for users whatever strangers do", .timeLimit(.minutes(10)))
struct MemoryRoomTests {
    private let clock = ManualClock()
    private let ada = try! Principal("ada")
    private let text: SessionKey<String> = "a"

    private func isMade(_ manager: SessionManager, bytes: Int = 1) async throws -> Bool {
        let error = try await Visitor(manager).visit {
            try $0.set(text, to: String(repeating: "x", count: bytes))
        }.error
        #expect(error == nil || error?.code == .full)
        return error == nil
    }

    private func signsIn(_ manager: SessionManager) async throws -> Bool {
        let visitor = Visitor(manager)
        do {
            try await visitor.visit { try await $0.signIn(ada) }
            return true
        } catch let error as SessionError {
            #expect(error.code == .full && error.message.contains("maximumRecords"))
            return false
        }
    }

    @Test(
        "Visitors get what is not reserved, users get all of it, and a full store says which limit to raise",
        arguments: [(10, 0.2, 8), (10, 0.0, 10), (10, 1.0, 0), (1, 0.1, 1), (20, 0.1, 18)])
    func reserve(records: Int, share: Double, visitors: Int) async throws {
        let store = MemorySessionStore(maximumRecords: records, reserve: share)
        let manager = try SessionManager(store: store, clock: clock)
        for number in 1...(records + 2) { #expect(try await isMade(manager) == (number <= visitors)) }
        for number in (visitors + 1)...(records + 2) { #expect(try await signsIn(manager) == (number <= records)) }
        #expect(try await manager.list().sessions.count == records)
    }

    @Test("A visitor's session that is there becomes a user's in a store that is full")
    func signInInPlace() async throws {
        let manager = try SessionManager(store: MemorySessionStore(maximumRecords: 1), clock: clock)
        let visitor = Visitor(manager)
        try await visitor.visit { try $0.set(.a, to: 1) }
        #expect(try await !isMade(manager))
        try await visitor.visit { try await $0.signIn(ada) }
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("Sessions take no more bytes than the limit, to the byte, whether they are made or grow")
    func bytes() async throws {
        // A record counts 400, the name "a" 1, and the quotes of the text 2.
        let store = MemorySessionStore(maximumBytes: 2 * 403 + 10, reserve: 0)
        let manager = try SessionManager(store: store, clock: clock)
        let visitor = Visitor(manager)
        try await visitor.visit { try $0.set(text, to: "12345") }
        #expect(try await !isMade(manager, bytes: 6))
        #expect(try await isMade(manager, bytes: 5))
        let grown = try await visitor.visit { try $0.set(text, to: "123456") }
        #expect(grown.error?.code == .full && grown.error?.message.contains("816 bytes") == true)
        try await visitor.visit { session in
            let kept = try session.value(text)
            #expect(kept == "12345")
        }
        #expect(try await visitor.visit { try $0.set(text, to: "1234") }.error == nil)
        #expect(try await visitor.visit { try $0.set(text, to: "12345") }.error == nil)
        #expect(try await visitor.visit { try $0.set(text, to: "123456") }.error?.code == .full)
    }

    @Test("A session that may not grow is a failure of the store also to observers of events alone")
    func reported() async throws {
        let kinds = Mutex<[SessionEvent.Kind]>([])
        let observer = SessionEventHandler { event in kinds.withLock { $0.append(event.kind) } }
        let store = MemorySessionStore(maximumBytes: 403, reserve: 0)
        let manager = try SessionManager(store: store, clock: clock, observers: [observer])
        let visitor = Visitor(manager)
        try await visitor.visit { try $0.set(text, to: "") }
        #expect(try await visitor.visit { try $0.set(text, to: "x") }.error?.code == .full)
        #expect(kinds.withLock { $0 } == [.created, .storeFailed, .writeRefused(.full)])
        kinds.withLock { $0 = [] }
        try await visitor.visit { session in
            await #expect(throws: SessionError.self) { try await session.update(text, default: "") { $0 += "x" } }
        }
        #expect(kinds.withLock { $0 } == [.storeFailed])
    }

    @Test("The bytes that are reserved are for users: their sessions grow where a visitor's may not")
    func reservedBytes() async throws {
        let store = MemorySessionStore(maximumBytes: 1000, reserve: 0.2)
        let manager = try SessionManager(store: store, clock: clock)
        let visitor = Visitor(manager)
        try await visitor.visit { try $0.set(text, to: String(repeating: "x", count: 397)) }
        #expect(
            try await visitor.visit { try $0.set(text, to: String(repeating: "x", count: 398)) }.error?.code == .full)
        try await visitor.visit { try await $0.signIn(ada) }
        #expect(try await visitor.visit { try $0.set(text, to: String(repeating: "x", count: 597)) }.error == nil)
        #expect(
            try await visitor.visit { try $0.set(text, to: String(repeating: "x", count: 598)) }.error?.code == .full)
    }

    @Test("A session that ended or expired makes room at once, and its client is still told why")
    func tombstones() async throws {
        let store = MemorySessionStore(maximumRecords: 2, reserve: 0)
        let manager = try SessionManager(store: store, clock: clock)
        let (first, second) = (Visitor(manager), Visitor(manager))
        for visitor in [first, second] { try await visitor.visit { try $0.set(.a, to: 1) } }
        let old = first.jar
        try await first.visit { try await $0.end() }
        #expect(try await isMade(manager))
        #expect(try await !isMade(manager))
        first.jar = old
        #expect(try await first.look().ended == .signedOut)
        clock.advance(by: .hours(1))
        #expect(try await store.sweep(at: clock.now, limit: 100).expired.count == 2)
        #expect(try await second.look().ended == .expired)
        #expect(try await [isMade(manager), isMade(manager), isMade(manager)] == [true, true, false])
    }

    @Test(
        "Of more than a hundred tombstones, or a quarter of the records, the oldest are forgotten, and nothing comes back"
    )
    func tombstonesAreBounded() async throws {
        let store = MemorySessionStore(maximumRecords: 1, reserve: 0)
        let manager = try SessionManager(store: store, clock: clock)
        var jars: [[String: String]] = []
        for _ in 0..<500 {
            let visitor = Visitor(manager)
            try await visitor.visit { try await $0.signIn(ada) }
            jars.append(visitor.jar)
            try await visitor.visit { try await $0.end() }
        }
        var told = 0
        for jar in jars {
            let sight = try await Visitor(manager, jar: jar).look()
            #expect(sight.id == nil)
            if sight.ended == .signedOut { told += 1 }
        }
        #expect(told == 100)
        clock.advance(by: .days(1))
        #expect(try await store.sweep(at: clock.now, limit: 1000).examined == 100)
        #expect(try await signsIn(manager))
    }
}
