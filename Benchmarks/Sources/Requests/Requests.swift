import Foundation
import HTTPTypes
import Sessions

/// What the engine costs a request by itself, without a server: begin, use the session, finish.
///
/// `Requests ROUNDS` prints nanoseconds a request, a line of JSON a round; `Requests WORK COUNT` does that many requests and
/// prints nothing, for programs that count instructions. The manager has an alarm that counts refused tokens, as the shop's.
@main
struct Requests {
    /// What a request does: its name, and its cookie and its handler.
    typealias Work = (name: String, cookie: String?, body: @Sendable (Session) async throws -> Void)

    static let key: SessionKey<Int> = "n"

    static func main() {
        Task.detached {
            do {
                try await measure()
                exit(0)
            } catch {
                FileHandle.standardError.write(Data("\(error)\n".utf8))
                exit(1)
            }
        }
        // An asynchronous `main` would end this thread, and valgrind doesn't survive how that is done.
        while true { sleep(1000) }
    }

    static func measure() async throws {
        let manager = try SessionManager(store: MemorySessionStore(), observers: [GuessingAlarm { _, _ in }])
        let first = try await run(manager, request(cookie: nil)) { try $0.set(key, to: 1) }
        let cookie = String(first[.setCookie]!.prefix { $0 != ";" })
        let name = cookie.prefix { $0 != "=" }
        let read: @Sendable (Session) async throws -> Void = { _ = try $0.value(key, default: 0) }
        let update: @Sendable (Session) async throws -> Void = { try await $0.update(key, default: 0) { $0 += 1 } }
        let works: [Work] = [
            ("read", cookie, read), ("update", cookie, update), ("stranger", nil, read),
            ("unknown token", "\(name)=\(String(repeating: "garbage_", count: 8))", read),
            ("malformed token", "\(name)=\(String(repeating: "garbage.", count: 8))", read),
        ]

        let arguments = CommandLine.arguments.dropFirst()
        if arguments.count == 1, let rounds = arguments.first.flatMap({ Int($0) }), rounds > 0 {
            let count = 200_000
            for _ in 0..<rounds {
                var times: [String] = []
                for work in works {
                    let start = ContinuousClock.now
                    try await doing(work, count, manager)
                    let (seconds, attoseconds) = (ContinuousClock.now - start).components
                    let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
                    times.append(#""\#(work.name)": \#(nanoseconds / Int64(count))"#)
                }
                print("{\(times.joined(separator: ", "))}")
            }
        } else if let work = works.first(where: { $0.name == arguments.first }), arguments.count == 2,
            let count = arguments.last.flatMap({ Int($0) }), count > 0
        {
            try await doing(work, count, manager)
        } else {
            FileHandle.standardError.write(
                Data("usage: Requests ROUNDS | WORK COUNT; works: \(works.map(\.name).joined(separator: ", "))\n".utf8))
            exit(64)
        }
    }

    static func request(cookie: String?) -> HTTPRequest {
        var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        request.headerFields[.userAgent] = "a benchmark"
        request.headerFields[.accept] = "*/*"
        if let cookie { request.headerFields[.cookie] = cookie }
        return request
    }

    static func doing(_ work: Work, _ count: Int, _ manager: SessionManager) async throws {
        let request = request(cookie: work.cookie)
        for _ in 0..<count { try await run(manager, request, work.body) }
    }

    static let connection = ClientConnection(peer: .address(.init(ipv4: 0x7f00_0001)), isTLS: true)

    @discardableResult
    static func run(
        _ manager: SessionManager, _ request: HTTPRequest, _ body: @Sendable (Session) async throws -> Void
    ) async throws -> HTTPFields {
        let handle = manager.begin(request, over: connection)
        try await body(try await handle.session())
        var fields: HTTPFields = [.contentType: "text/plain", .contentLength: "50"]
        await handle.finish(status: .ok).apply(to: &fields)
        return fields
    }
}
