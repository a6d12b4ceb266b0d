#if FlyingFox
    import FlyingFox
    import Foundation
    import HTTPTypes
    import Sessions
    import SessionsAdmin
    import SessionsFlyingFox
    import Testing

    @Suite("The operators' pages in FlyingFox, as docs/admin.md mounts them", .timeLimit(.minutes(10)))
    struct AdminPagesTests {
        private func handler(
            _ sessions: SessionManager, _ operators: SessionManager, _ activity: SessionActivity
        ) throws -> SessionsHandler {
            let admin = try AdminPages<SessionHandle>(of: sessions, at: "/admin", activity: activity) { visit in
                let session = visit.isAutomatic ? try await visit.context.peek() : try await visit.context.session()
                return session.principal.map { .granted(to: $0) } ?? .signIn(at: "/admin/sign-in")
            }
            return SessionsHandler(operators) { request, handle in
                var head = HTTPTypes.HTTPRequest(
                    method: .init(request.method.rawValue) ?? .get, scheme: "https", authority: request.headers[.host],
                    path: request.target.rawValue)
                for name in ["Origin", "Sec-Fetch-Site"] {
                    head.headerFields[.init(name)!] = request.headers[HTTPHeader(name)]
                }
                let answer = try await admin.response(to: head, body: Array(try await request.bodyData), in: handle)
                var headers = HTTPHeaders()
                for field in answer.head.headerFields { headers[HTTPHeader(field.name.rawName)] = field.value }
                return HTTPResponse(
                    statusCode: HTTPStatusCode(answer.head.status.code, phrase: answer.head.status.reasonPhrase),
                    headers: headers, body: Data(answer.bytes ?? []))
            }
        }

        private func request(
            _ method: FlyingFox.HTTPMethod, _ path: String, _ headers: [HTTPHeader: String], _ body: String = ""
        ) -> FlyingFox.HTTPRequest {
            FlyingFox.HTTPRequest(
                method: method, version: .http11, target: .init(path: path, query: ""), headers: HTTPHeaders(headers),
                body: HTTPBodySequence(data: Data(body.utf8)), remoteAddress: .ip4("127.0.0.1", port: 1))
        }

        @Test("An operator ends a session there; a visitor is sent to sign in, and a form of another site is refused")
        func mounted() async throws {
            let (store, activity) = (MemorySessionStore(), SessionActivity())
            let sessions = try SessionManager(store: store, observers: [activity])
            let operators = try SessionManager(store: store, realm: try Realm("back-office"))
            func signIn(_ name: String, to manager: SessionManager) async throws -> (SessionID, cookie: String) {
                let handle = manager.begin(
                    .init(method: .post, scheme: "https", authority: "shop.test", path: "/"),
                    over: .init(peer: .local, isTLS: true))
                try await handle.session().signIn(try Principal(name))
                let id = try #require(try await handle.session().id)
                var fields = HTTPFields()
                await handle.finish(.response(.ok)).apply(to: &fields)
                return (id, String(try #require(fields[.setCookie]).prefix { $0 != ";" }))
            }
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
