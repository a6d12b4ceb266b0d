#if FlyingFox
    import FlyingFox
    import FlyingSocks
    import Foundation
    import HTTPTypes
    import Logging
    import Sessions
    import SessionsAdmin
    import Synchronization
    import Testing

    @testable import SessionsFlyingFox

    @Suite("The operators' pages in FlyingFox, as docs/admin.md mounts them", .timeLimit(.minutes(10)))
    struct AdminPagesTests {
        private func handler(
            _ sessions: SessionManager, _ operators: SessionManager, _ activity: SessionActivity,
            isPatient: Bool = true
        ) throws -> SessionsHandler {
            var admin = try AdminPages<SessionHandle>(of: sessions, at: "/admin", activity: activity) { visit in
                let session = visit.isAutomatic ? try await visit.context.peek() : try await visit.context.session()
                return session.principal.map { .granted(to: $0) } ?? .signIn(at: "/admin/sign-in")
            }
            // Looks again as soon as it is asked.
            if !isPatient { admin.pace = {} }
            let pages = admin
            return SessionsHandler(operators) { try await pages.response(to: $0, of: $1) }
        }

        private func request(
            _ method: FlyingFox.HTTPMethod, _ path: String, _ headers: [HTTPHeader: String], _ body: String = "",
            query: String = ""
        ) -> FlyingFox.HTTPRequest {
            FlyingFox.HTTPRequest(
                method: method, version: .http11, target: .init(path: path, query: query),
                headers: HTTPHeaders(headers),
                body: HTTPBodySequence(data: Data(body.utf8)), remoteAddress: .ip4("127.0.0.1", port: 1))
        }

        /// Keeps what a manager reports of operators.
        private final class Acts: SessionObserver {
            let clients = Mutex<[NetworkAddress?]>([])

            func observe(_ event: SessionEvent, logger: Logger?) {
                if event.actingOperator != nil { clients.withLock { $0.append(event.client) } }
            }
        }

        /// Signs a user in, and returns the session with the cookie of its browser.
        private func signIn(_ name: String, to manager: SessionManager) async throws -> (SessionID, cookie: String) {
            let handle = manager.begin(
                .init(method: .post, scheme: "https", authority: "shop.test", path: "/"),
                over: .init(peer: .local, isTLS: true))
            try await handle.session().signIn(try Principal(name))
            let id = try #require(try await handle.session().id)
            var fields = HTTPFields()
            await handle.finish(.response(.ok)).apply(to: &fields)
            return (id, String(try #require(fields[.setCookie]).prefix { $0 != ";" }))
        }

        @Test("An open page gets its news as they come, in pieces, until its client is gone")
        func news() async throws {
            let (store, activity) = (MemorySessionStore(), SessionActivity())
            let sessions = try SessionManager(store: store, observers: [activity])
            let operators = try SessionManager(store: store, realm: try Realm("back-office"))
            let (id, _) = try await signIn("ada", to: sessions)
            let (_, cookie) = try await signIn("olga", to: operators)
            let pages = try handler(sessions, operators, activity, isPatient: false)
            let own: [HTTPHeader: String] = [.host: "shop.test", HTTPHeader("Cookie"): cookie]
            let answer = try await pages.handleRequest(request(.GET, "/admin/live", own, query: "session=\(id)"))
            #expect(answer.statusCode.code == 200 && answer.headers[.contentType] == "text/event-stream")
            guard case .httpBody(let body) = answer.payload else {
                Issue.record("no body")
                return
            }
            // It goes on, so its length isn't known.
            #expect(body.count == nil)
            var parts = body.makeAsyncIterator()
            func part() async throws -> String { String(decoding: try await parts.next() ?? Data(), as: UTF8.self) }
            let first = try await part()
            #expect(first.contains("event: page\n") && first.contains("<p class=\"state\">Live</p>"))
            try await sessions.end(id)
            #expect(try await part().contains("An operator ended it."))
            let head = try await pages.handleRequest(request(.HEAD, "/admin/live", own))
            #expect(head.statusCode.code == 200)
            #expect(try await head.bodyData.isEmpty)
        }

        @Test("News are read event by event or byte by byte: each byte comes once, and two events never as one")
        func bytes() async {
            let events = AsyncStream<[UInt8]> { events in
                for event in [[1, 2, 3], [4, 5], [6], [7, 8]] as [[UInt8]] { events.yield(event) }
                events.finish()
            }
            var bytes = EventBytes(events: events).makeAsyncIterator()
            #expect(await bytes.nextBuffer(suggested: 1) == [1, 2, 3])
            #expect(await bytes.next() == 4)
            #expect(await bytes.nextBuffer(suggested: 4096) == [5])
            #expect(await bytes.nextBuffer(suggested: 4096) == [6])
            #expect(await bytes.next() == 7)
            #expect(await bytes.next() == 8)
            #expect(await bytes.next() == nil)
            #expect(await bytes.nextBuffer(suggested: 1) == nil)
        }

        @Test("A form that is too long is read to its end and refused, and names its client in events")
        func forms() async throws {
            let (store, activity, acts) = (MemorySessionStore(), SessionActivity(), Acts())
            let sessions = try SessionManager(store: store, observers: [activity, acts])
            let operators = try SessionManager(store: store, realm: try Realm("back-office"))
            let (id, _) = try await signIn("ada", to: sessions)
            let (_, cookie) = try await signIn("olga", to: operators)
            let pages = try handler(sessions, operators, activity)
            let own: [HTTPHeader: String] = [
                .host: "shop.test", HTTPHeader("Cookie"): cookie, HTTPHeader("Sec-Fetch-Site"): "same-origin",
            ]
            let path = "/admin/sessions/\(id)/end"
            let long = "sure=yes&x=" + String(repeating: "x", count: 20_000)
            #expect(try await pages.handleRequest(request(.POST, path, own, long)).statusCode.code == 400)
            #expect(try await sessions.find(id)?.end == nil)
            #expect(try await pages.handleRequest(request(.POST, path, own, "sure=yes")).statusCode.code == 303)
            #expect(acts.clients.withLock { $0 } == [try #require(NetworkAddress("127.0.0.1"))])
        }

        @Test("Of a body no more is kept than tells that it is too long, and the rest is read")
        func kept() async throws {
            for (sizes, kept) in [
                ([], 0), ([100, 100], 200), ([99, 1, 100], 200), ([100, 100, 1], 201), ([100, 101, 1, 1], 201),
                ([150, 100, 100, 100], 250),
            ] as [([Int], Int)] {
                let parts = AsyncStream<Data> { body in
                    for size in sizes { body.yield(Data(count: size)) }
                    body.finish()
                }
                #expect(try await parts.collected(upTo: 200).count == kept, "\(sizes)")
                var rest = parts.makeAsyncIterator()
                #expect(await rest.next() == nil, "\(sizes)")
            }
        }

        @Test("An operator ends a session there; a visitor is sent to sign in, and a form of another site is refused")
        func mounted() async throws {
            let (store, activity) = (MemorySessionStore(), SessionActivity())
            let sessions = try SessionManager(store: store, observers: [activity])
            let operators = try SessionManager(store: store, realm: try Realm("back-office"))
            let (id, _) = try await signIn("ada", to: sessions)
            let (_, cookie) = try await signIn("olga", to: operators)
            let pages = try handler(sessions, operators, activity)

            let stranger = try await pages.handleRequest(request(.GET, "/admin", [.host: "shop.test"]))
            #expect(stranger.statusCode.code == 303)
            #expect(stranger.headers[.location] == "/admin/sign-in?return=%2Fadmin")
            let path = "/admin/sessions/\(id)"
            let own: [HTTPHeader: String] = [
                .host: "shop.test", HTTPHeader("Cookie"): cookie, HTTPHeader("Sec-Fetch-Site"): "same-origin",
            ]
            let page = try await pages.handleRequest(request(.GET, path, own))
            #expect(page.statusCode.code == 200)
            #expect(String(decoding: try await page.bodyData, as: UTF8.self).contains("ada"))
            var foreign = own
            foreign[HTTPHeader("Sec-Fetch-Site")] = "cross-site"
            let forged = try await pages.handleRequest(request(.POST, path + "/end", foreign, "sure=yes"))
            #expect(forged.statusCode.code == 403)
            #expect(try await sessions.find(id)?.end == nil)
            let ended = try await pages.handleRequest(request(.POST, path + "/end", own, "sure=yes"))
            #expect(ended.statusCode.code == 303)
            #expect(try await sessions.find(id)?.end?.reason == .endedByOperator)
        }
    }
#endif
