import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Sessions
import SessionsHummingbird
import SessionsTesting
import Synchronization
import Testing

@Suite("The Hummingbird adapter", .timeLimit(.minutes(10)))
struct MiddlewareTests {
    private let key: SessionKey<Int> = "n"
    private let store = FaultyStore(MemorySessionStore()) { _, _ in .pass }
    private let log = Log()

    private func withShop(_ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        let router = Router(context: Context.self)
        router.add(middleware: SessionsMiddleware(try SessionManager(store: store)))
        router.get("bare") { _, _ in "bare" }
        router.get("n") { _, context in "\(try await context.session().value(key, default: 0))" }
        router.post("n") { _, context -> String in
            try await context.session().set(key, to: 1)
            return "set"
        }
        router.post("fail/:status") { _, context -> String in
            try await context.session().set(key, to: 2)
            throw HTTPError(.init(code: try context.parameters.require("status", as: Int.self)), message: "as asked")
        }
        router.post("unexpected") { _, context -> String in
            try await context.session().end()
            throw Unexpected()
        }
        router.post("sign-in") { _, context -> String in
            try await context.session().signIn(try Principal("ada"))
            return "hello"
        }
        router.post("count-then-fail") { _, context -> String in
            let session = try await context.session()
            try await session.update(key, default: 0) { $0 += 1 }
            // No user is signed in.
            try await session.stepUp()
            return "stepped up"
        }
        router.get("public") { _, context -> Response in
            _ = try await context.session()
            return Response(status: .ok, headers: [.cacheControl: "public, max-age=600", .vary: "Accept"])
        }
        router.get("stream") { _, context -> Response in
            let session = try await context.session()
            try session.set(key, to: 3)
            return Response(
                status: .ok,
                body: .init { writer in
                    do {
                        try session.set(key, to: 4)
                        try await writer.write(ByteBuffer(string: "stored"))
                    } catch let error as SessionError {
                        try await writer.write(ByteBuffer(string: "\(error.code)"))
                    }
                    try await writer.finish(nil)
                })
        }
        try await Application(router: router, logger: Logger(label: "shop") { [log] _ in LogKeeper(log) }).test(
            .live, body)
    }

    @Test("A route that uses no session, and a 404, carry nothing of it")
    func untouched() async throws {
        try await withShop { client in
            for path in ["/bare", "/nowhere"] {
                let response = try await client.execute(uri: path, method: .get)
                #expect(response.headers[.setCookie] == nil && response.headers[.vary] == nil)
            }
        }
    }

    @Test(
        "A store that fails is a 503 for the visitor, and a line with the reason and without the token for the operator"
    )
    func failuresAreLogged() async throws {
        try await withShop { client in
            var jar = CookieJar()
            jar.receive(try await client.execute(uri: "/n", method: .post).headers)
            #expect(log.text == "")
            store.follow { operation, _ in operation == .load ? .fail : .pass }
            let read = try await client.execute(uri: "/n", method: .get, headers: jar.headers())
            #expect(read.status == .serviceUnavailable && !read.text.contains("script"))
            #expect(log.text.contains("error The session failed") && log.text.contains("as the script says"))
            store.follow { operation, _ in operation == .commit ? .fail : .pass }
            let write = try await client.execute(uri: "/n", method: .post, headers: jar.headers())
            #expect(write.status == .serviceUnavailable)
            #expect(log.lines.withLock { $0.count } == 2, "\(log.text)")
            let token = try #require(jar["__Host-Http-visitor"])
            #expect(!log.text.contains(token))
        }
    }

    @Test("A thrown 4xx commits and carries the cookie; a thrown 5xx discards")
    func thrown() async throws {
        try await withShop { client in
            let discarded = try await client.execute(uri: "/fail/500", method: .post)
            #expect(discarded.status == .internalServerError && discarded.headers[.setCookie] == nil)
            let kept = try await client.execute(uri: "/fail/422", method: .post)
            #expect(kept.status == .unprocessableContent && kept.headers[.cacheControl] == "no-store")
            var jar = CookieJar()
            jar.receive(kept.headers)
            let read = try await client.execute(uri: "/n", method: .get, headers: jar.headers())
            #expect(read.text == "2" && read.headers[.vary] == "Cookie")
        }
    }

    @Test("An error of the session still carries the token of what was stored before it, and is in no cache")
    func storedThenError() async throws {
        try await withShop { client in
            let response = try await client.execute(uri: "/count-then-fail", method: .post)
            #expect(response.status == .unauthorized && response.setCookies.count == 1)
            #expect(response.headers[.cacheControl] == "no-store" && response.headers[.vary] == "Cookie")
            var jar = CookieJar()
            jar.receive(response.headers)
            let read = try await client.execute(uri: "/n", method: .get, headers: jar.headers())
            #expect(read.text == "1")
        }
    }

    @Test("CACHE-1: a handler can't make a page that used the session public")
    func publicPage() async throws {
        try await withShop { client in
            let response = try await client.execute(uri: "/public", method: .get)
            #expect(response.headers[values: .cacheControl] == ["no-store"])
            #expect(response.headers[values: .vary] == ["Accept, Cookie"])
        }
    }

    @Test("end() and then an unexpected error signs out all the same")
    func endThenThrow() async throws {
        try await withShop { client in
            var jar = CookieJar()
            jar.receive(try await client.execute(uri: "/n", method: .post).headers)
            let response = try await client.execute(uri: "/unexpected", method: .post, headers: jar.headers())
            #expect(response.status == .internalServerError)
            #expect(response.headers[.setCookie]?.contains("Max-Age=0") == true)
            let read = try await client.execute(uri: "/n", method: .get, headers: jar.headers())
            #expect(read.text == "0")
        }
    }

    @Test("R-9: the cookie before and after a sign-in differ, one Set-Cookie a name")
    func signIn() async throws {
        try await withShop { client in
            var jar = CookieJar()
            jar.receive(try await client.execute(uri: "/n", method: .post).headers)
            let response = try await client.execute(uri: "/sign-in", method: .post, headers: jar.headers())
            let names = response.setCookies.map { $0.prefix { $0 != "=" } }
            #expect(names.sorted() == ["__Host-Http-id", "__Host-Http-visitor"])
            let old = try await client.execute(uri: "/n", method: .post, headers: jar.headers())
            #expect(old.status == .conflict && old.headers[.setCookie] == nil)
        }
    }

    @Test("What a stream writes late is an error there; what was set before it is stored")
    func stream() async throws {
        try await withShop { client in
            let response = try await client.execute(uri: "/stream", method: .get)
            #expect(response.text == "sealed")
            var jar = CookieJar()
            jar.receive(response.headers)
            let read = try await client.execute(uri: "/n", method: .get, headers: jar.headers())
            #expect(read.text == "3")
        }
    }

    @Test("A store that is down gives 503, says nothing of itself and leaves the cookie alone")
    func outage() async throws {
        try await withShop { client in
            var jar = CookieJar()
            jar.receive(try await client.execute(uri: "/n", method: .post).headers)
            store.follow { _, _ in .fail }
            let response = try await client.execute(uri: "/n", method: .get, headers: jar.headers())
            #expect(response.status == .serviceUnavailable && response.headers[.setCookie] == nil)
            #expect(!response.text.contains("script"))
            store.follow { _, _ in .pass }
            let read = try await client.execute(uri: "/n", method: .get, headers: jar.headers())
            #expect(read.text == "1")
        }
    }
}
