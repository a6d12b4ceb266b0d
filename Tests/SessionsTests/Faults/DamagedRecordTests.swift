import HTTPTypes
import Logging
import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("Records that can't be read", .timeLimit(.minutes(10)))
struct DamagedRecordTests {
    private struct Shop {
        let clock = ManualClock()
        let store = DamagedStore()
        let log = EventLog()
        let manager: SessionManager

        init() throws {
            manager = try SessionManager(store: store, clock: clock, observers: [log])
        }

        func signedIn(_ name: String = "ada") async throws -> Visitor {
            let visitor = Visitor(manager)
            try await visitor.visit { try await $0.signIn(try Principal(name)) }
            return visitor
        }

        func damage(_ visitor: Visitor) async throws -> SessionID {
            let id = try #require(try await visitor.look().id)
            store.damage(id)
            _ = log.takeEvents()
            return id
        }
    }

    @Test("The holder of a record that can't be read is nobody, once told to the operator, and the cookie stays")
    func holder() async throws {
        let shop = try Shop()
        let visitor = try await shop.signedIn()
        let id = try await shop.damage(visitor)
        let seen = try await visitor.look()
        #expect(seen == (nil, nil, nil) && visitor.signedInToken != nil)
        let events = shop.log.takeEvents().filter { $0.kind == .recordUnreadable }
        #expect(events.map(\.id) == [id] && events.map(\.error?.code) == [.corrupt])
        #expect(try await shop.store.quarantined(limit: 10) == [id])
        // It is set aside: the next request finds nothing.
        #expect(try await visitor.look().id == nil)
        #expect(shop.log.takeEvents().map(\.kind) == [.tokenRefused(.unknown)])
    }

    @Test("Signing in and signing out work over a record that can't be read", arguments: [false, true])
    func inAndOut(_ isSignOut: Bool) async throws {
        let shop = try Shop()
        let visitor = try await shop.signedIn()
        _ = try await shop.damage(visitor)
        if isSignOut {
            let response = try await visitor.visit { try await $0.end() }
            #expect(response.error == nil && visitor.signedInToken == nil)
        } else {
            try await visitor.visit { try await $0.signIn(try Principal("ada")) }
            #expect(try await visitor.look().principal == "ada")
        }
    }

    @Test("A visitor's record that can't be read makes way for a new session with the next write")
    func visitor() async throws {
        let shop = try Shop()
        let visitor = Visitor(shop.manager)
        try await visitor.visit { try $0.set(.a, to: 1) }
        _ = try await shop.damage(visitor)
        let response = try await visitor.visit { try $0.set(.b, to: 2) }
        #expect(response.error == nil)
        var values: [Int?] = []
        try await visitor.visit { values = [try $0.value(.a), try $0.value(.b)] }
        #expect(values == [nil, 2])
    }

    @Test("One record that can't be read stops no list, no limit and no “end all”, and is set aside there as well")
    func lists() async throws {
        let shop = try Shop()
        let first = try await shop.signedIn(), second = try await shop.signedIn()
        let id = try await shop.damage(first)
        let ada = try Principal("ada")
        #expect(try await shop.manager.list(of: ada).map(\.id) == [try await second.look().id])
        #expect(shop.log.takeEvents().map(\.kind) == [.recordUnreadable])
        #expect(try await shop.store.quarantined(limit: 10) == [id])

        let third = try await shop.signedIn()
        _ = try await shop.damage(third)
        #expect(try await shop.manager.endAll(of: ada) == 1)
        #expect(try await third.look().id == nil)
        shop.clock.advance(by: .milliseconds(1))
        let fourth = try await shop.signedIn()
        _ = try await shop.damage(fourth)
        #expect(try await shop.manager.list().sessions.isEmpty)
        #expect(try await shop.manager.end(id) == false)
        #expect(try await shop.manager.find(id) == nil)

        let fifth = try await shop.signedIn()
        let last = try await shop.damage(fifth)
        #expect(try await shop.manager.endAll() == 0)
        let events = shop.log.takeEvents()
        #expect(events.map(\.kind) == [.recordUnreadable] && events.map(\.id) == [last])
        #expect(try await shop.store.quarantined(limit: 10).last == last)
    }

    @Test("The operators' page of a user leaves out a record that can't be read, reports it and has it set aside")
    func operatorsPage() async throws {
        let shop = try Shop()
        let first = try await shop.signedIn(), second = try await shop.signedIn()
        let id = try await shop.damage(first)
        let page = try await shop.manager.page(of: try Principal("ada"), limit: 10, after: nil)
        let events = shop.log.takeEvents()
        #expect(events.map(\.kind) == [.recordUnreadable] && events.map(\.id) == [id])
        #expect(try await shop.store.quarantined(limit: 10) == [id])
        let other = try await second.look().id
        #expect(page.sessions.map(\.id) == [other])
    }

    @Test("A stream whose record can't be read any more finds its session over")
    func stream() async throws {
        let shop = try Shop()
        let visitor = try await shop.signedIn()
        let request = visitor.send()
        let session = try await request.session()
        await visitor.finish(request)
        _ = try await shop.damage(visitor)
        try await session.lookAgain()
        #expect(session.principal == nil)
    }

    @Test("A store that can't set it aside keeps it, and its holder can sign in and out all the same")
    func withoutQuarantine() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        bench.faulty.follow { operation, _ in
            operation == .load ? .fail(SessionError(.corrupt, "the record is damaged")) : .pass
        }
        #expect(try await visitor.look().id == nil)
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        try await visitor.visit { try await $0.end() }
        #expect(visitor.signedInToken == nil)
    }

    @Test("A whole store that can't be read is a failure as ever, and no user is signed out by it")
    func wholeStore() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        bench.faulty.follow { operation, _ in
            operation == .load ? .fail(SessionError(.corrupt, "the file is damaged", concernsStore: true)) : .pass
        }
        let error = await #expect(throws: SessionError.self) { try await visitor.look() }
        #expect(error?.code.status == .internalServerError)
        bench.faulty.follow { _, _ in .pass }
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("The request's log names a record that was set aside, at the level of errors")
    func logged() async throws {
        let shop = try Shop()
        let visitor = try await shop.signedIn()
        let id = try await shop.damage(visitor)
        let log = Log()
        var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        request.headerFields[.cookie] = visitor.jar.map { "\($0)=\($1)" }.joined(separator: "; ")
        let handle = shop.manager.begin(request, over: .init(peer: .local, isTLS: true), logger: log.logger)
        _ = try await handle.session()
        #expect(log.lines == ["error A session's record can't be read; it counts as ended"])
        #expect(try await shop.store.quarantined(limit: 10) == [id])
    }
}

/// A memory store some of whose records are damaged.
private final class DamagedStore: QuarantiningStore {
    private let base = MemorySessionStore()
    private let damaged = Mutex<Set<SessionID>>([])
    private let aside = Mutex<[SessionID]>([])

    func damage(_ id: SessionID) { damaged.withLock { _ = $0.insert(id) } }

    var limits: SessionLimits { base.limits }

    func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
        if aside.withLock({ $0.contains(id) }) { return nil }
        if damaged.withLock({ $0.contains(id) }) { throw SessionError(.corrupt, "session \(id) is damaged") }
        return try await base.load(id, at: now)
    }

    func quarantine(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> Bool {
        guard damaged.withLock({ $0.remove(id) }) != nil else { return false }
        aside.withLock { $0.append(id) }
        return true
    }

    func quarantined(limit: Int) async throws(SessionError) -> [SessionID] {
        aside.withLock { Array($0.prefix(limit)) }
    }

    func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
        var page = try await base.list(query, at: now)
        let (aside, damaged) = (aside.withLock { $0 }, damaged.withLock { $0 })
        page.unreadable = page.records.map(\.id).filter(damaged.contains)
        page.records.removeAll { aside.contains($0.id) || damaged.contains($0.id) }
        return page
    }

    func create(_ record: SessionRecord) async throws(SessionError) -> Bool { try await base.create(record) }

    func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        if aside.withLock({ $0.contains(id) }) { return .missing }
        return try await base.commit(changes, to: id, at: now)
    }

    func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp) async throws(SessionError) {
        try await base.enroll(id, of: owner, at: now)
    }

    func watermark(of owner: SessionOwner, raisedTo: Timestamp?) async throws(SessionError) -> Timestamp? {
        try await base.watermark(of: owner, raisedTo: raisedTo)
    }

    func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
        try await base.sweep(at: now, limit: limit)
    }

    func checkHealth() async throws(SessionError) {}

    func close() async throws(SessionError) {}
}
