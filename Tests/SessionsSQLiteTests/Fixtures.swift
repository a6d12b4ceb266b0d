import Dispatch
import Foundation
import GRDB
import Sessions
import StoreSupport
import Synchronization
import Testing

@testable import SessionsSQLite

let start = Timestamp(milliseconds: 1_700_000_000_000)

/// Runs `body` with the path of a session file that doesn't exist yet, in a directory of its own.
func withPath(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("sessions-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    try await body(directory.appendingPathComponent("sessions.db").path)
}

extension SQLiteSessionStore.Configuration {
    /// Deadlines that a machine with much else to do keeps; tests of deadlines bring a stopwatch of their own.
    static func patient(
        synchronous: Synchronous = .full, commitDeadline: Duration = .seconds(300), maximumReaders: Int = 5,
        maximumQueuedCommits: Int = 10_000, maximumQueuedLoads: Int = 10_000
    ) -> Self {
        .init(
            synchronous: synchronous, busyTimeout: .seconds(300), lockTolerance: .seconds(300),
            commitDeadline: commitDeadline, loadDeadline: .seconds(300), maximumReaders: maximumReaders,
            maximumQueuedCommits: maximumQueuedCommits, maximumQueuedLoads: maximumQueuedLoads)
    }
}

func withStore(
    configuration: SQLiteSessionStore.Configuration = .patient(), limits: SessionLimits = .init(),
    _ body: (SQLiteSessionStore) async throws -> Void
) async throws {
    try await withPath { path in
        let store = try await SQLiteSessionStore(path: path, configuration: configuration, limits: limits)
        try await body(store)
        try await store.close()
    }
}

func id(_ number: UInt64) -> SessionID { SessionID(Block16(0xfeed, number)) }

/// A visitor's session made at `start`: idle timeout 30 minutes, touch interval 1, absolute 8 hours, retention 1 hour.
func record(_ number: UInt64, of realm: Realm = .default, principal: Principal? = nil) -> SessionRecord {
    record(id(number), realm: realm, digests: number, principal: principal, at: start)
}

func owner(_ principal: Principal, in realm: Realm = .default) -> SessionOwner {
    SessionOwner(realm: realm, principal: principal)
}

/// Expects every call of a store to be refused as unavailable, with a text that is mentioned.
func expectRefusal(_ text: String, by store: SQLiteSessionStore) async throws {
    let ann = owner(try Principal("ann"))
    let calls: [@Sendable () async throws -> Void] = [
        { _ = try await store.load(id(1), at: start) },
        { _ = try await store.create(record(2)) },
        { _ = try await store.commit(setting("a", to: "1"), to: id(1), at: start) },
        { try await store.enroll(id(1), of: ann, at: start) },
        { _ = try await store.watermark(of: ann, raisedTo: nil) },
        { _ = try await store.watermark(of: ann, raisedTo: start) },
        { _ = try await store.list(.init(.all), at: start) },
        { _ = try await store.sweep(at: start, limit: 10) },
        { try await store.checkHealth() },
    ]
    for call in calls { await expectError(.unavailable, mentioning: text, body: call) }
}

/// Counts across tasks.
final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
}

/// A stopwatch that moves only when told to.
final class ManualUptime: Sendable {
    private let instant = Mutex(ContinuousClock.now)
    var now: ContinuousClock.Instant { instant.withLock { $0 } }
    func advance(by span: Duration) { instant.withLock { $0 += span } }
}

/// Lets other tasks run until `isTrue`; a test's time limit ends the wait.
func waitUntil(_ isTrue: () async throws -> Bool) async throws {
    while try await !isTrue() {
        try Task.checkCancellation()
        await Task.yield()
    }
}

/// Holds the store's writer while `queue` submits writes, and lets go when `count` of them wait and `then` has returned.
func withHeldWriter(
    of store: SQLiteSessionStore, until count: Int, then: @escaping @Sendable () async throws -> Void = {},
    _ queue: (inout ThrowingTaskGroup<CommitResult, any Error>) -> Void
) async throws -> [Result<CommitResult, any Error>] {
    let gate = DispatchSemaphore(value: 0)
    store.pool.asyncWriteWithoutTransaction { _ in gate.wait() }
    return try await withThrowingTaskGroup(of: CommitResult.self) { group in
        queue(&group)
        do {
            try await waitUntil { store.writes.count >= count }
            try await then()
        } catch {
            gate.signal()
            throw error
        }
        gate.signal()
        var results: [Result<CommitResult, any Error>] = []
        while let result = await group.nextResult() { results.append(result) }
        return results
    }
}

/// Holds the write lock of a session file, as another program does, until it is told to let go.
final class OtherProgram: Sendable {
    private let database: DatabaseQueue

    init(_ path: String) async throws {
        var settings = GRDB.Configuration()
        settings.allowsUnsafeTransactions = true
        database = try DatabaseQueue(path: path, configuration: settings)
        try await hold()
    }

    func hold() async throws {
        try await database.writeWithoutTransaction { db in try db.beginTransaction(.immediate) }
    }

    /// Commits something and lets go.
    func commit(enrolling number: UInt64) async throws {
        try await database.writeWithoutTransaction { db in
            let ann = SessionOwner(realm: .default, principal: try Principal("ann"))
            try OwnerTable.enroll(id(number), of: ann, at: start, deadline: .seconds(10), in: db)
            try db.commit()
        }
    }

    func letGo() async throws {
        try await database.writeWithoutTransaction { db in try db.rollback() }
    }
}
