import Foundation
import PostgresServers
import RedisServers
import Sessions
import SessionsStores
import Testing

@Suite("Store URLs", .timeLimit(.minutes(10)))
struct StoreURLTests {
    /// What the refusal of a URL says.
    private func refusal(_ text: String) throws -> String {
        do throws(SessionError) {
            let url = try SessionStoreURL(text)
            Issue.record("\(url) was accepted")
            return ""
        } catch {
            #expect(error.code == .configuration, "\(error)")
            return error.message
        }
    }

    private func withDirectory(_ body: (_ path: String) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("stores-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(directory.path)
    }

    private static let forms =
        "memory, sqlite:PATH, postgres://HOST/DATABASE, redis://HOST, rediss://HOST, redis+cluster://HOST, "
        + "rediss+cluster://HOST, redis+sentinel://HOST/NAME, rediss+sentinel://HOST/NAME, redis+unix:///PATH"

    @Test(
        "A URL that names no store is refused with what is wrong and what to write",
        arguments: [
            ("", "the store URL is empty; write one of \(forms)"),
            ("sessions.db", "\"sessions.db\" is no store URL; write one of \(forms)"),
            ("mysql://db.example", "mysql: is no kind of store; write one of \(forms)"),
            (" memory", "the store URL doesn't begin with a kind of store; write one of \(forms)"),
            ("!~", "\"!~\" is no store URL; write one of \(forms)"),
            ("caché:", "the store URL doesn't begin with a kind of store; write one of \(forms)"),
            (
                String(repeating: "a", count: 64),
                "\"\(String(repeating: "a", count: 64))\" is no store URL; write one of \(forms)"
            ),
            (
                String(repeating: "a", count: 65),
                "the store URL doesn't begin with a kind of store; write one of \(forms)"
            ),
            (
                "memory\n",
                "the store URL holds a control character, such as a line break at its end; write one of \(forms)"
            ),
            (
                "\u{1f}memory",
                "the store URL holds a control character, such as a line break at its end; write one of \(forms)"
            ),
            (
                "memory\u{7f}",
                "the store URL holds a control character, such as a line break at its end; write one of \(forms)"
            ),
            ("memory:", "the memory store takes no address: write memory alone"),
            ("sqlite:", "sqlite: names no file; write a path after it, as in sqlite:sessions.db"),
            ("sqlite", "sqlite: names no file; write a path after it, as in sqlite:sessions.db"),
            (
                "sqlite://sessions.db",
                "sqlite://sessions.db names a host, and a SQLite file has none: write sqlite:sessions.db for a file in "
                    + "the working directory, or sqlite:/sessions.db"
            ),
        ])
    func refused(_ text: String, _ message: String) throws {
        #expect(try refusal(text) == message)
    }

    @Test(
        "No refusal of a store URL holds a password",
        arguments: [
            "mysql://user:hunter2@db.example/x", "hunter2@db.example", "user:hunter2@db.example",
            "redis//user:hunter2@db.example", "hunter2:x@db.example", "redis:user:hunter2@db.example",
            "redis://user:hunter2@", "redis://user:hunter2@db.example:x", "redis://:hunter2@db.example/x",
            "redis://:hunter2@db.example?keyprefix=a&keyprefix=b", "redis://user:hunter2?keyprefix=x@db.example",
            "redis://user:a?keyprefix=hunter2@db.example", "redis://:hunter2@db.example?unknown=1&keyprefix=a",
            "memory:hunter2", "postgres://user:hunter2@b@db.example/x", "postgres://user:hunter2@db.example/x?y=1",
            "postgres://user:a/hunter2@db.example/x", "rediss://:hunter2@db.example?keyprefix=a&cafile=",
        ])
    func noPassword(_ text: String) throws {
        let message = try refusal(text)
        #expect(!message.isEmpty)
        #expect(!message.contains("hunter2"), "\(message)")
    }

    @Test(
        "A store URL prints without its password",
        arguments: [
            ("memory", "memory"), ("sqlite:a b.db", "sqlite:a b.db"), ("sqlite:///var/a.db", "sqlite:/var/a.db"),
            ("redis://user:hunter2@db.example/3?keyprefix=shop", "redis://user:…@db.example:6379/3?keyprefix=shop"),
            ("postgres://user:hunter2@a,b:7000/shop?sslmode=verify-full", "postgres://user:…@a,b:7000/shop"),
            ("rediss+cluster://:hunter2@a,b:7000", "rediss+cluster://:…@a:6379,b:7000"),
            (
                "redis-sentinel://:hunter2@a,b:7000/shop/1?keyprefix=x",
                "redis+sentinel://:…@a:26379,b:7000/shop/1?keyprefix=x"
            ),
            (
                "redis+unix://:hunter2@/run/redis.sock?database=1&keyprefix=x",
                "redis+unix://:…@/run/redis.sock?database=1&keyprefix=x"
            ),
        ])
    func printed(_ text: String, _ description: String) throws {
        let url = try SessionStoreURL(text)
        #expect("\(url)" == description)
        var dumped = ""
        dump(url, to: &dumped)
        #expect(dumped.contains(description), "\(dumped)")
        #expect(!dumped.contains("hunter2") && !String(reflecting: url).contains("hunter2"))
    }

    @Test("A URL opens the store that it names, with the limits of its server")
    func opens() async throws {
        try await withDirectory { path in
            let limits = SessionLimits(attributeBytes: 100, sessionBytes: 200, attributeCount: 3)
            for text in ["memory", "sqlite:\(path)/a.db", "sqlite://\(path)/b.db"] {
                let store = try await SessionStoreURL(text).open(limits: limits)
                #expect(store.limits == limits)
                try await store.close()
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".db") }
            #expect(files.sorted() == ["a.db", "b.db"])
        }
    }

    @Test("A tool that looks at a server's store makes no file, and is told where it is mistaken")
    func onlyExisting() async throws {
        try await withDirectory { path in
            let url = try SessionStoreURL("sqlite:\(path)/typo.db")
            let error = try await #require(throws: SessionError.self) { try await url.open(onlyExisting: true) }
            #expect(error.code == .configuration)
            #expect(
                error.message
                    == "there is no session file \"\(path)/typo.db\"; check the path, or start the server that makes it"
            )
            #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [])
            try await url.open().close()
            try await url.open(onlyExisting: true).close()
            let memory = try SessionStoreURL("memory")
            await #expect(throws: SessionError.self) { try await memory.open(onlyExisting: true) }
        }
    }

    #if Postgres
        @Test("A PostgreSQL URL opens the store with the limits of its server, and a tool that looks makes no table")
        func postgres() async throws {
            // A store refuses a server that doesn't flush, as the shared one.
            let server = try PostgresProcess(["fsync=on"])
            try await server.initialize()
            try await server.start()
            let url = try SessionStoreURL(server.url())
            let error = try await #require(throws: SessionError.self) { try await url.open(onlyExisting: true) }
            #expect(error.code == .configuration, "\(error)")
            #expect(try server.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0")
            let limits = SessionLimits(attributeBytes: 100, sessionBytes: 200, attributeCount: 3)
            for onlyExisting in [false, true] {
                let store = try await url.open(limits: limits, onlyExisting: onlyExisting)
                #expect(store.limits == limits)
                try await store.close()
            }
            #expect(try server.sql("SELECT count(*) FROM sessions") == "0")
        }
    #endif

    @Test("What stands in a Redis URL beside the prefix of the keys reaches the client, such as where the password is")
    func besideTheKeyPrefix() async throws {
        let server = try await FakeServer { _ in nil }
        try await withDirectory { path in
            try "hunter2".write(toFile: "\(path)/password", atomically: true, encoding: .utf8)
            let file = "passwordfile=\(path)/password"
            for options in ["keyprefix=shop&\(file)", "\(file)&keyprefix=shop"] {
                let before = server.received.count
                let url = try SessionStoreURL("redis://127.0.0.1:\(server.port)?\(options)")
                try await eventually("this machine keeps the store's own deadlines") {
                    do throws(SessionError) {
                        try await url.open().close()
                        return true
                    } catch {
                        #expect(error.code == .unavailable, "\(error)")
                        return false
                    }
                }
                let hasPassword = server.received.dropFirst(before).contains { $0.contains("hunter2") }
                #expect(hasPassword, "\(options)")
            }
        }
        try await server.close()
    }

    @Test("A Redis URL may name the prefix of the store's keys, and opens the store with the limits of its server")
    func keyPrefix() async throws {
        let server = try await FakeServer { _ in nil }
        let id = try #require(SessionID(bytes: [UInt8](repeating: 7, count: 16)))
        for (option, prefix) in [
            ("", "sessions:{"), ("?keyprefix=shop", "shop:{"), ("?keyprefix=a%26b%2Fc", "a&b/c:{"),
        ] {
            let limits = SessionLimits(attributeBytes: 100, sessionBytes: 200, attributeCount: 3)
            let url = try SessionStoreURL("redis://127.0.0.1:\(server.port)\(option)")
            try await eventually("this machine keeps the store's own deadlines") {
                do throws(SessionError) {
                    let store = try await url.open(limits: limits)
                    #expect(store.limits == limits)
                    _ = try await store.load(id, at: Timestamp(milliseconds: 0))
                    try await store.close()
                    return true
                } catch {
                    #expect(error.code == .unavailable, "\(error)")
                    return false
                }
            }
            let key = try #require(server.received.last { $0.first == "HGETALL" }?.last)
            #expect(key.hasPrefix(prefix), "\(key)")
        }
        let url = try SessionStoreURL("redis://127.0.0.1:\(server.port)?keyprefix=a{b}")
        let error = try await #require(throws: SessionError.self) { try await url.open() }
        #expect(error.code == .configuration && error.message.contains("keyPrefix is \"a{b}\""), "\(error)")
        try await server.close()
    }
}
