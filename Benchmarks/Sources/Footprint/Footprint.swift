import Foundation
import HTTPTypes
import Sessions
import SessionsRedis

/// Memory that a visitor's session takes, made through the engine, as an object of JSON.
///
/// `Footprint`: resident memory of a million in the memory store, with one integer each. `Footprint redis://…`: memory of a
/// Redis server with a hundred thousand, with an attribute of 10 bytes each, against as many raw keys of 48 bytes with 256
/// bytes and an expiry. The server must be made for it: what it holds is left there.
@main
struct Footprint {
    static func main() async throws {
        if let url = CommandLine.arguments.dropFirst().first {
            try await redis(url)
        } else {
            try await memory()
        }
    }

    static func memory() async throws {
        let count = 1_000_000
        let manager = try SessionManager(store: MemorySessionStore(maximumRecords: count, reserve: 0))
        let before = try residentBytes()
        for index in 0..<count { try await visit(manager) { try $0.set("n", to: index) } }
        let bytes = try residentBytes() - before
        print(#"{"sessions": \#(count), "bytes": \#(bytes / count)}"#)
    }

    static func redis(_ url: String) async throws {
        let count = 100_000
        let client = try RedisClient(try RedisURL(url).servers[0])
        let manager = try SessionManager(store: try await RedisSessionStore(client))
        func each(_ work: @escaping @Sendable (Int) async throws -> Void) async throws -> Int {
            let before = try await usedBytes(client)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<50 {
                    group.addTask { for number in 0..<count / 50 { try await work(caller * (count / 50) + number) } }
                }
                try await group.waitForAll()
            }
            return (try await usedBytes(client) - before) / count
        }
        let raw = try await each { number in
            let digits = String(number)
            var command = RedisCommand("SET", key: [], effect: .write)
            command.append("raw:" + String(repeating: "0", count: 44 - digits.count) + digits)
            command.append(String(repeating: "x", count: 256))
            command.append("PX")
            command.append(Int64(3_600_000))
            _ = try await client.send(command, deadline: .now + .seconds(10))
        }
        let session = try await each { _ in try await visit(manager) { try $0.set("n", to: "12345678") } }
        print(#"{"raw": \#(raw), "session": \#(session)}"#)
        client.close()
    }

    /// One request of somebody new.
    static func visit(_ manager: SessionManager, _ body: (Session) throws -> Void) async throws {
        let request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
        let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
        try body(try await handle.session())
        if let error = await handle.finish(status: .ok).error { throw error }
    }

    /// The resident set of this process, from `/proc/self/statm`, which counts in pages.
    static func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }

    static func usedBytes(_ client: RedisClient) async throws -> Int {
        var command = RedisCommand("INFO", key: [], effect: .read)
        command.append("memory")
        guard case .bytes(let text) = try await client.send(command, deadline: .now + .seconds(10)),
            let line = String(decoding: text, as: UTF8.self).split(separator: "\r\n").first(where: {
                $0.hasPrefix("used_memory:")
            }), let bytes = Int(line.dropFirst("used_memory:".count))
        else { throw SessionError(.unavailable, "Redis doesn't say how much memory it uses") }
        return bytes
    }
}
