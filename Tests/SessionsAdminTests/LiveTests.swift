import HTTPTypes
import Logging
import ServiceLifecycle
import Sessions
import SessionsTesting
import Synchronization
import Testing

@testable import SessionsAdmin

@testable import SessionsAdmin

@Suite("Operators' pages: news of an open page", .timeLimit(.minutes(10)))
struct LiveTests {
    /// Pages that look again as soon as they are asked, without waiting.
    private func admin(of site: AdminSite) -> AdminPages<String> {
        var admin = site.admin
        admin.pace = {}
        return admin
    }

    private func open(_ path: String, of admin: AdminPages<String>) async throws -> AdminResponse {
        let request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: path)
        return try await admin.response(to: request, in: "olga")
    }

    private func events(_ response: AdminResponse) throws -> AsyncStream<[UInt8]>.AsyncIterator {
        guard case .events(let stream) = response.body else { throw SessionError(.invalid, "no events") }
        return stream.makeAsyncIterator()
    }

    /// The data of an event called `page`, as a browser puts its lines together.
    private func page(_ bytes: [UInt8]?) -> String? {
        let text = String(decoding: bytes ?? [], as: UTF8.self)
        guard text.contains("event: page\n"), text.hasSuffix("\n\n") else { return nil }
        return text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.map { $0.dropFirst(6) }
            .joined(separator: "\n")
    }

    @Test("The first event is what the page shows, and the next ones are what has changed")
    func changes() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        let response = try await open("/admin/live?session=\(id)", of: admin(of: site))
        #expect(response.head.status == .ok && response.head.headerFields[.contentType] == "text/event-stream")
        #expect(response.head.headerFields[.cacheControl] == "no-store")
        var events = try events(response)
        let first = try #require(await events.next())
        #expect(String(decoding: first, as: UTF8.self).hasPrefix("retry: 1000\n\nevent: page\n"))
        let html = try #require(page(first))
        // The very part of the page that it takes the place of.
        #expect(try await site.get("/admin/sessions/\(id)").text.contains("live?session=\(id)\">\(html)</div>"))
        #expect(html.contains("<p class=\"state\">Live</p>"))
        try await site.manager.end(id)
        #expect(page(await events.next())?.contains("An operator ended it.") == true)
    }

    @Test(
        "A store that dies while a page is open is told of on it, and so is its coming back",
        arguments: ["", "?session=", "?principal=ada"])
    func storeDies(_ query: String) async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        let query = query == "?session=" ? "?session=\(id)" : query
        var events = try events(try await open("/admin/live\(query)", of: admin(of: site)))
        #expect(page(await events.next())?.contains("doesn’t answer") == false)
        site.store.follow { _, _ in .fail }
        #expect(page(await events.next())?.contains("The session store doesn’t answer") == true)
        site.store.follow { _, _ in .pass }
        let back = try #require(page(await events.next()))
        #expect(!back.contains("doesn’t answer") && back.contains("\(id)"))
    }

    @Test("Without news a comment goes out now and then; after thirty looks the stream says so and ends")
    func quiet() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        var events = try events(try await open("/admin/live?session=\(id)", of: admin(of: site)))
        var texts: [String] = []
        while let bytes = await events.next() { texts.append(String(decoding: bytes, as: UTF8.self)) }
        #expect(texts.count == 6 && page(Array(texts[0].utf8)) != nil)
        #expect(texts[1...4].allSatisfy { $0 == ": still here\n\n" })
        #expect(texts[5] == "event: pause\ndata: \n\n")
    }

    @Test("After news the wait for the next comment begins anew: seven looks without any")
    func commentAfterNews() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        let looks = Mutex(0)
        var admin = site.admin
        admin.pace = {
            let number = looks.withLock { looks in
                looks += 1
                return looks
            }
            if number == 5 { _ = try await site.manager.end(id) }
        }
        var events = try events(try await open("/admin/live?session=\(id)", of: admin))
        var seen: [Int] = []
        for _ in 0..<3 {
            let bytes = await events.next()
            #expect(page(bytes) == nil || seen.count < 2)
            seen.append(looks.withLock { $0 })
        }
        #expect(seen == [0, 5, 12])
    }

    @Test("A stream ends at once where waiting is cut short, as when the server shuts down")
    func shutdown() async throws {
        let site = try AdminSite()
        var admin = site.admin
        admin.pace = { throw CancellationError() }
        var events = try events(try await open("/admin/live", of: admin))
        #expect(page(await events.next()) != nil)
        #expect(await events.next() == nil)
    }

    /// Waits for the time of a look, as a stream does, when its server has begun to shut down.
    private final class LateLook: Service {
        private let pace: @Sendable () async throws -> Void
        private let begin: AsyncStream<Void>.Continuation
        let hasBegun: AsyncStream<Void>
        let isCutShort = Mutex<Bool?>(nil)

        init(_ pace: @escaping @Sendable () async throws -> Void) {
            self.pace = pace
            (hasBegun, begin) = AsyncStream.makeStream(of: Void.self)
        }

        func run() async throws {
            begin.finish()
            try await gracefulShutdown()
            do {
                try await pace()
                isCutShort.withLock { $0 = false }
            } catch {
                isCutShort.withLock { $0 = true }
            }
        }
    }

    @Test("A server that shuts down cuts the wait for the next look short, so that no open page holds it up")
    func waitAtShutdown() async throws {
        let look = LateLook(LiveNews.pace(of: .seconds(3600)))
        let group = ServiceGroup(services: [look], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        async let running: Void = group.run()
        for await _ in look.hasBegun {}
        await group.triggerGracefulShutdown()
        try await running
        #expect(look.isCutShort.withLock { $0 } == true)
    }

    @Test("A proxy in front is told to pass the news on as they come, and to keep none")
    func passedOn() async throws {
        let site = try AdminSite()
        for method in [HTTPRequest.Method.get, .head] {
            let fields = try await site.send(method, "/admin/live").fields
            #expect(fields[HTTPField.Name("X-Accel-Buffering")!] == "no")
            #expect(fields[.cacheControl] == "no-store" && fields[.contentType] == "text/event-stream")
        }
    }

    @Test("Twenty pages get news at once, the next one is told to come again, and a closed one makes room")
    func bounded() async throws {
        let site = try AdminSite()
        let admin = admin(of: site)
        var streams: [AdminResponse] = []
        for _ in 0..<20 { streams.append(try await open("/admin/live", of: admin)) }
        #expect(streams.allSatisfy { $0.bytes == nil })
        let refused = try await open("/admin/live", of: admin)
        #expect(refused.head.status == .serviceUnavailable && refused.bytes != nil)
        #expect(refused.head.headerFields[.retryAfter] == "5")
        // The script of a page asks by HEAD why it gets none.
        func ask() async throws -> HTTPResponse {
            let request = HTTPRequest(method: .head, scheme: "https", authority: "shop.test", path: "/admin/live")
            let answer = try await admin.response(to: request, in: "olga")
            #expect(answer.bytes == [])
            return answer.head
        }
        let full = HTTPField.Name("Sessions-News")!
        let told = try await ask()
        #expect(told.status == .serviceUnavailable && told.headerFields[full] == "full")
        #expect(refused.head.headerFields[full] == "full")
        streams.removeLast()
        let free = try await ask()
        #expect(free.status == .ok && free.headerFields[full] == nil)
        // Asking takes no place.
        streams.append(try await open("/admin/live", of: admin))
        #expect(streams.last?.head.status == .ok)
    }

    @Test("The news of what no session or user can be called has no page")
    func malformed() async throws {
        let site = try AdminSite()
        for query in ["session=1", "session=", "principal=", "principal=%00"] {
            #expect(try await site.get("/admin/live?\(query)").status == 404, "\(query)")
        }
    }
}
