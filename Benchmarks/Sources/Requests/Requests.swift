import Foundation
import HTTPTypes
import Sessions

/// What the engine costs a request by itself, without a server: begin, load, read or update one integer, finish.
///
/// `Requests ROUNDS` prints nanoseconds a request, a line of JSON a round; `Requests read|update COUNT` does that many
/// requests and prints nothing, for programs that count instructions.
@main
struct Requests {
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
        let manager = try SessionManager(store: MemorySessionStore())
        var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        request.headerFields[.userAgent] = "a benchmark"
        request.headerFields[.accept] = "*/*"
        let first = try await run(manager, request) { try $0.set(key, to: 1) }
        let cookie = String(first[.setCookie]!.prefix { $0 != ";" })
        request.headerFields[.cookie] = cookie
        let again = request
        let read: @Sendable () async throws -> Void = {
            try await run(manager, again) { _ = try $0.value(key) }
        }
        let update: @Sendable () async throws -> Void = {
            try await run(manager, again) { try await $0.update(key, default: 0) { $0 += 1 } }
        }

        let arguments = CommandLine.arguments.dropFirst()
        if arguments.count == 1, let rounds = arguments.first.flatMap({ Int($0) }), rounds > 0 {
            let count = 200_000
            for _ in 0..<rounds {
                let nanoseconds = try await (nanoseconds(count, read), nanoseconds(count, update))
                print(#"{"read": \#(nanoseconds.0), "update": \#(nanoseconds.1)}"#)
            }
        } else if let body = ["read": read, "update": update][arguments.first ?? ""], arguments.count == 2,
            let count = arguments.last.flatMap({ Int($0) }), count > 0
        {
            for _ in 0..<count { try await body() }
        } else {
            FileHandle.standardError.write(Data("usage: Requests ROUNDS | read COUNT | update COUNT\n".utf8))
            exit(64)
        }
    }

    @discardableResult
    static func run(
        _ manager: SessionManager, _ request: HTTPRequest, _ body: @Sendable (Session) async throws -> Void
    ) async throws -> HTTPFields {
        let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
        try await body(try await handle.session())
        var fields: HTTPFields = [.contentType: "text/plain", .contentLength: "50"]
        await handle.finish(status: .ok).apply(to: &fields)
        return fields
    }

    static func nanoseconds(_ count: Int, _ body: @Sendable () async throws -> Void) async throws -> Int64 {
        let start = ContinuousClock.now
        for _ in 0..<count { try await body() }
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return (seconds * 1_000_000_000 + attoseconds / 1_000_000_000) / Int64(count)
    }
}
