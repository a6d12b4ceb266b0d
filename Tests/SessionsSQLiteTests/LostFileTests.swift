import Foundation
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite("A session file that is deleted or replaced under a running server", .timeLimit(.minutes(10)))
struct LostFileTests {
    @Test(
        "The next sweep notices that a file was deleted, and every call is refused from then on",
        arguments: ["", "-wal", "-shm"])
    func deleted(_ suffix: String) async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
            _ = try await store.create(record(1))
            #expect(try await store.sweep(at: start, limit: 10).examined == 0)
            let kept = path + ".kept"
            #expect(rename(path + suffix, kept) == 0)
            await expectError(.unavailable, mentioning: "\"\(path + suffix)\" was deleted") {
                _ = try await store.sweep(at: start, limit: 10)
            }
            try await expectRefusal("restart every server", by: store)
            // Whether another server used it meanwhile is unknown.
            #expect(rename(kept, path + suffix) == 0)
            try await expectRefusal("restart every server", by: store)
            try await store.close()
        }
    }

    @Test("No write is acknowledged into a file that was replaced")
    func replaced() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
            _ = try await store.create(record(1))
            let other = path + ".other"
            try await SQLiteSessionStore(path: other).close()
            #expect(rename(other, path) == 0)
            await expectError(.unavailable, mentioning: "\"\(path)\" was replaced") {
                _ = try await store.commit(setting("a", to: "1"), to: id(1), at: start)
            }
            try await expectRefusal("was replaced", by: store)
            try await store.close()
        }
    }

    @Test("What other servers do with the file is no loss of it")
    func shared() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
            for number in 1...3 {
                let other = try await SQLiteSessionStore(path: path, configuration: .patient())
                _ = try await other.create(record(UInt64(number)))
                try await other.close()
                #expect(try await store.load(id(UInt64(number)), at: start) != nil)
                #expect(try await store.sweep(at: start, limit: 10).examined == 0)
            }
            try await store.close()
        }
    }
}
