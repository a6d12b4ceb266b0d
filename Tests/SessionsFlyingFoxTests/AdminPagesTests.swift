#if FlyingFox
    import FlyingFox
    import Foundation
    import HTTPTypes
    import Logging
    import Sessions
    import SessionsAdmin
    import SessionsFlyingFox
    import Synchronization
    import Testing

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
