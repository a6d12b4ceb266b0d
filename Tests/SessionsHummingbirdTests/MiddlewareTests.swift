import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Sessions
import SessionsHummingbird
import SessionsTesting
import Synchronization
import Testing

@Suite("The Hummingbird adapter")
struct MiddlewareTests {
    struct Context: SessionsRequestContext {
        var coreContext: CoreRequestContextStorage
        var sessions: RequestSessions

        init(source: Source) {
            coreContext = .init(source: source)
            sessions = .init(source: source)
        }
    }

    struct Unexpected: Error {}

    /// What was logged, as one text.
    final class Log: Sendable {
        let lines = Mutex<[String]>([])
        var text: String { lines.withLock { $0.joined(separator: "\n") } }
    }

    struct Handler: LogHandler {
        let log: Log
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.notice

        init(_ log: Log) { self.log = log }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }

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
        try await Application(router: router, logger: Logger(label: "shop") { [log] _ in Handler(log) }).test(
            .live, body)
    }

    private func pair(_ response: TestResponse) throws -> String {
        String(try #require(response.headers[values: .setCookie].first).prefix { $0 != ";" })
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
            let cookie = try pair(try await client.execute(uri: "/n", method: .post))
            #expect(log.text == "")
            store.follow { operation, _ in operation == .load ? .fail : .pass }
            let read = try await client.execute(uri: "/n", method: .get, headers: [.cookie: cookie])
            #expect(read.status == .serviceUnavailable && !String(buffer: read.body).contains("script"))
            #expect(log.text.contains("error The session failed") && log.text.contains("as the script says"))
            store.follow { operation, _ in operation == .commit ? .fail : .pass }
            let write = try await client.execute(uri: "/n", method: .post, headers: [.cookie: cookie])
            #expect(write.status == .serviceUnavailable)
            #expect(log.lines.withLock { $0.count } == 2, "\(log.text)")
            #expect(!log.text.contains(cookie.drop { $0 != "=" }.dropFirst()))
        }
    }

    @Test("A thrown 4xx commits and carries the cookie; a thrown 5xx discards")
    func thrown() async throws {
        try await withShop { client in
            let discarded = try await client.execute(uri: "/fail/500", method: .post)
            #expect(discarded.status == .internalServerError && discarded.headers[.setCookie] == nil)
            let kept = try await client.execute(uri: "/fail/422", method: .post)
            #expect(kept.status == .unprocessableContent && kept.headers[.cacheControl] == "no-store")
            let cookie = try pair(kept)
            let read = try await client.execute(uri: "/n", method: .get, headers: [.cookie: cookie])
            #expect(String(buffer: read.body) == "2" && read.headers[.vary] == "Cookie")
        }
    }

    @Test("end() and then an unexpected error signs out all the same")
    func endThenThrow() async throws {
        try await withShop { client in
            let cookie = try pair(try await client.execute(uri: "/n", method: .post))
            let response = try await client.execute(uri: "/unexpected", method: .post, headers: [.cookie: cookie])
            #expect(response.status == .internalServerError)
            #expect(response.headers[.setCookie]?.contains("Max-Age=0") == true)
            let read = try await client.execute(uri: "/n", method: .get, headers: [.cookie: cookie])
            #expect(String(buffer: read.body) == "0")
        }
    }

    @Test("R-9: the cookie before and after a sign-in differ, one Set-Cookie a name")
    func signIn() async throws {
        try await withShop { client in
            let cookie = try pair(try await client.execute(uri: "/n", method: .post))
            let response = try await client.execute(uri: "/sign-in", method: .post, headers: [.cookie: cookie])
            let names = response.headers[values: .setCookie].map { $0.prefix { $0 != "=" } }
            #expect(names.sorted() == ["__Host-id", "__Host-visitor"])
            let old = try await client.execute(uri: "/n", method: .post, headers: [.cookie: cookie])
            #expect(old.status == .conflict && old.headers[.setCookie] == nil)
        }
    }

    @Test("What a stream writes late is an error there; what was set before it is stored")
    func stream() async throws {
        try await withShop { client in
            let response = try await client.execute(uri: "/stream", method: .get)
            #expect(String(buffer: response.body) == "sealed")
            let read = try await client.execute(uri: "/n", method: .get, headers: [.cookie: try pair(response)])
            #expect(String(buffer: read.body) == "3")
        }
    }

    @Test("A store that is down gives 503, says nothing of itself and leaves the cookie alone")
    func outage() async throws {
        try await withShop { client in
            let cookie = try pair(try await client.execute(uri: "/n", method: .post))
            store.follow { _, _ in .fail }
            let response = try await client.execute(uri: "/n", method: .get, headers: [.cookie: cookie])
            #expect(response.status == .serviceUnavailable && response.headers[.setCookie] == nil)
            #expect(!String(buffer: response.body).contains("script"))
            store.follow { _, _ in .pass }
            let read = try await client.execute(uri: "/n", method: .get, headers: [.cookie: cookie])
            #expect(String(buffer: read.body) == "1")
        }
    }
}
