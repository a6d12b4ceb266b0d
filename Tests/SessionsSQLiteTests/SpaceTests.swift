import GRDB
import Sessions
import StoreSupport
import Synchronization
import Testing

@testable import SessionsSQLite

@Suite("The space of a session file", .timeLimit(.minutes(10)))
struct SpaceTests {
    private func pages(of store: SQLiteSessionStore) async throws -> (all: Int, free: Int) {
        try await store.pool.read { db in
            (
                try #require(try Int.fetchOne(db, sql: "PRAGMA page_count")),
                try #require(try Int.fetchOne(db, sql: "PRAGMA freelist_count"))
            )
        }
    }

    /// Sessions of three pages each.
    private func fill(_ store: SQLiteSessionStore, with count: Int) async throws {
        let json = "\"" + String(repeating: "x", count: 10_000) + "\""
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    var large = record(UInt64(number))
                    large.attributes = SessionAttributes([.init(name: "a", json: json, revision: 1)])
                    _ = try await store.create(large)
                }
            }
            try await group.waitForAll()
        }
    }

    /// The pages of each step that the store takes from now on.
    private func watchSteps(of store: SQLiteSessionStore) async throws -> Steps {
        let steps = Steps()
        try await store.pool.writeWithoutTransaction { db in
            db.trace { event in
                guard let match = "\(event)".firstMatch(of: /^PRAGMA incremental_vacuum\((\d+)\)/) else { return }
                if let pages = Int(match.1) { steps.all.withLock { $0.append(pages) } }
            }
        }
        return steps
    }

    private final class Steps: Sendable {
        let all = Mutex<[Int]>([])
    }

    @Test("A sweep gives the space of what it deleted back, in steps of at most 256 pages")
    func aSweepGivesSpaceBack() async throws {
        try await withStore { store in
            try await fill(store, with: 500)
            let before = try await pages(of: store)
            #expect(before.all > 1500)
            let watched = try await watchSteps(of: store)
            #expect(try await store.sweep(at: start + .days(2), limit: 1000).examined == 500)
            let after = try await pages(of: store)
            let steps = watched.all.withLock { $0 }
            #expect(after.free == 256 && steps.allSatisfy { (1...256).contains($0) } && steps.count > 4)
            #expect(after.all < before.all / 4)
        }
    }

    @Test("A sweep of few records takes few steps, and the next one goes on")
    func theStepsOfASweepAreBounded() async throws {
        #expect([0, 1, 16, 31, 32, 500, 10_000, 20_000].map(FreePages.steps) == [1, 1, 1, 1, 2, 31, 625, 625])
        try await withStore { store in
            try await fill(store, with: 500)
            #expect(try await store.sweep(at: start + .days(2), limit: 499).examined == 499)
            try await fill(store, with: 499)
            try await store.pool.write { db in
                try db.execute(sql: "DELETE FROM session_attribute")
                try db.execute(sql: "DELETE FROM session")
            }
            let before = try await pages(of: store)
            let watched = try await watchSteps(of: store)
            for _ in 0..<2 { _ = try await store.sweep(at: start, limit: 1) }
            #expect(watched.all.withLock { $0 } == [256, 256])
            #expect(try await pages(of: store).all <= before.all - 512)
        }
    }

    @Test("A file keeps a quarter of its pages free, and at least a step's")
    func aQuarterStays() {
        #expect([0, 1024, 1027, 1028, 4000].map(FreePages.kept) == [256, 256, 256, 257, 1000])
    }

    @Test("A file keeps a few free pages, since new sessions take them again")
    func aFewFreePagesStay() async throws {
        try await withStore { store in
            try await fill(store, with: 60)
            let before = try await pages(of: store)
            let watched = try await watchSteps(of: store)
            _ = try await store.sweep(at: start + .days(2), limit: 1000)
            let after = try await pages(of: store)
            #expect(
                after.free > 150 && after.free <= 256 && after.all == before.all && watched.all.withLock { $0 } == [])
        }
    }

    @Test("A file made without incremental vacuum keeps its size until it is converted as docs/stores/sqlite.md says")
    func anOldFileIsConverted() async throws {
        try await withPath { path in
            let old = try DatabasePool(path: path)
            try Schema.migrator.migrate(old, upTo: "sessions-1")
            try old.close()
            for isConverted in [false, true] {
                let store = try await SQLiteSessionStore(path: path, configuration: .patient())
                try await fill(store, with: 200)
                let before = try await pages(of: store)
                _ = try await store.sweep(at: start + .days(2), limit: 1000)
                let after = try await pages(of: store)
                #expect((after.all < before.all) == isConverted)
                try await store.close()
                let tool = try DatabaseQueue(path: path)
                try await tool.writeWithoutTransaction { db in
                    try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL; VACUUM")
                }
                try tool.close()
            }
        }
    }
}
