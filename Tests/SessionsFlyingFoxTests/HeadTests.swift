#if FlyingFox
    import FlyingFox
    import Foundation
    import HTTPTypes
    import Sessions
    import Synchronization
    import Testing

    @testable import SessionsFlyingFox

    @Suite("Heads between FlyingFox and the engine", .timeLimit(.minutes(10)))
    struct HeadTests {
        private typealias Head = HTTPTypes.HTTPRequest

        private func request(
            _ method: String = "GET", target: String = "/", _ fields: [(String, String)] = [],
            from address: FlyingFox.HTTPRequest.Address? = .unix("/run/shop.sock"), body: String = ""
        ) -> FlyingFox.HTTPRequest {
            let parts = target.split(separator: "?", maxSplits: 1)
            var headers = HTTPHeaders()
            for (name, value) in fields { headers.addValue(value, for: HTTPHeader(name)) }
            return .init(
                method: .init(method), version: .http11,
                target: .init(path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : ""), headers: headers,
                body: HTTPBodySequence(data: Data(body.utf8)), remoteAddress: address)
        }

        @Test("Method, path with query, authority and every value of a field arrive")
        func everything() throws {
            let head = try #require(
                Head(
                    request(
                        "PATCH", target: "/a%2Fb?q=1&q=2",
                        [("Host", "shop.example:81"), ("cookie", "a=1"), ("Cookie", "b=2"), ("Accept", "text/html")])))
            #expect(head.method == .patch && head.path == "/a%2Fb?q=1&q=2")
            #expect(head.scheme == "http" && head.authority == "shop.example:81")
            #expect(head.headerFields[values: .cookie] == ["a=1", "b=2"])
            #expect(head.headerFields[.accept] == "text/html" && head.headerFields.count == 3)
        }

        @Test("A field whose name is no token is left out, and a method that is none is a bad request")
        func malformed() async throws {
            #expect(Head(request("GET", [("a b", "1")]))?.headerFields.isEmpty == true)
            #expect(Head(request("G(T")) == nil)
            let handler = SessionsHandler(try SessionManager(store: MemorySessionStore())) { _, _ in
                HTTPResponse(statusCode: .ok)
            }
            #expect(try await handler.handleRequest(request("GET")).statusCode == .ok)
            #expect(try await handler.handleRequest(request("G(T")).statusCode == .badRequest)
        }

        @Test("What the handler has set besides the session's fields stays as it is")
        func ownFields() async throws {
            let key: SessionKey<Int> = "n"
            let handler = SessionsHandler(try SessionManager(store: MemorySessionStore())) { _, handle in
                try await handle.session().set(key, to: 1)
                var response = HTTPResponse(statusCode: .ok)
                response.headers.setValues(["theme=dark", "lang=en"], for: .setCookie)
                response.headers.setValues(["caf\u{e9}"], for: HTTPHeader("X-Name"))
                return response
            }
            let headers = try await handler.handleRequest(request("POST")).headers
            let cookies = headers.values(for: .setCookie)
            #expect(cookies.count == 3 && cookies.prefix(2) == ["theme=dark", "lang=en"])
            #expect(cookies.last?.hasPrefix("__Host-Http-visitor=") == true)
            #expect(headers.values(for: HTTPHeader("X-Name")) == ["caf\u{e9}"])
            #expect(headers.values(for: .cacheControl) == ["no-store"])
        }

        @Test(
            "A-12.2.1: a request is one over TLS where it came from this machine or a trusted proxy says so, and not otherwise",
            arguments: [
                (.unix("/run/shop.sock"), nil, true), (.ip4("127.0.0.1", port: 1), nil, true),
                (.ip4("203.0.113.7", port: 1), nil, false), (.ip4("203.0.113.7", port: 1), "https", false),
                (nil, nil, false),
                (.ip4("192.0.2.1", port: 1), "https", true), (.ip4("192.0.2.1", port: 1), "http", false),
                (.ip4("192.0.2.1", port: 1), nil, false),
            ] as [(FlyingFox.HTTPRequest.Address?, String?, Bool)])
        func transport(_ address: FlyingFox.HTTPRequest.Address?, _ proto: String?, isUsed: Bool) async throws {
            var configuration = SessionConfiguration()
            configuration.trustedProxies = [try AddressRange("192.0.2.1")]
            let manager = try SessionManager(store: MemorySessionStore(), configuration: configuration)
            let key: SessionKey<Int> = "n"
            let handler = SessionsHandler(manager) { _, handle in
                _ = try await handle.session().update(key, default: 0) { $0 += 1 }
                return HTTPResponse(statusCode: .ok)
            }
            let fields = proto.map { [("X-Forwarded-Proto", $0)] } ?? []
            let response = try await handler.handleRequest(request("POST", fields, from: address))
            #expect(response.statusCode.code == (isUsed ? 200 : 403))
            #expect((response.headers[.setCookie] != nil) == isUsed)
        }

        @Test(
            "U-11: a handler gets a request without the token in its URL, and with the path as the server has read it")
        func withoutTokens() async throws {
            var configuration = SessionConfiguration()
            configuration.urlTokens = URLTokens()
            let manager = try SessionManager(store: MemorySessionStore(), configuration: configuration)
            let key: SessionKey<Int> = "n"
            let seen = Mutex<[String]>([])
            let handler = SessionsHandler(manager) { request, handle in
                seen.withLock { $0.append("\(request.path) \(request.target.rawValue)") }
                if request.method == .POST {
                    try await handle.session().set(key, to: 1)
                    return HTTPResponse(statusCode: .seeOther, headers: [.location: "/cart?a=%2F"])
                }
                let value = try await handle.session().value(key, default: 0)
                return HTTPResponse(statusCode: .ok, body: Data("\(value)".utf8))
            }
            func visit(_ method: String, _ target: String) -> FlyingFox.HTTPRequest {
                request(method, target: target, [("Host", "shop.example")], from: .ip4("127.0.0.1", port: 1))
            }
            let code = try #require(
                try await handler.handleRequest(visit("POST", "/cart")).headers[.location])
            let url = try #require(try await handler.handleRequest(visit("GET", code)).headers[.location])
            var last = visit("GET", url)
            last.path = "/as/read"
            #expect(try await handler.handleRequest(last).bodyData == Data("1".utf8))
            #expect(seen.withLock { $0 } == ["/cart /cart", "/as/read /cart?a=%2F"])
        }

        @Test("U-9: the form of a browser without cookies reaches the handler whole, and so does where it came from")
        func formWithoutTokens() async throws {
            var configuration = SessionConfiguration()
            configuration.urlTokens = URLTokens()
            let handler = SessionsHandler(
                try SessionManager(store: MemorySessionStore(), configuration: configuration)
            ) { request, _ in
                let form = String(decoding: try await request.bodyData, as: UTF8.self)
                let isFromHere = request.remoteAddress == .ip4("127.0.0.1", port: 1)
                let line = "\(request.method.rawValue) \(request.target.rawValue) \(request.version.rawValue)"
                let text = "\(line) \(form) \(request.headers[.host] ?? "-") \(isFromHere)"
                return HTTPResponse(statusCode: .ok, body: Data(text.utf8))
            }
            for (target, left) in [
                ("/cart", "/cart"), ("/cart?sid=x", "/cart"), ("/cart?sid=x&q=a?b?c", "/cart?q=a?b?c"),
            ] {
                let form = request(
                    "POST", target: target, [("Host", "shop.example")], from: .ip4("127.0.0.1", port: 1),
                    body: "product=tea")
                let body = try await handler.handleRequest(form).bodyData
                let seen = "POST \(left) HTTP/1.1 product=tea shop.example true"
                #expect(String(decoding: body, as: UTF8.self) == seen, "\(target)")
            }
        }

        @Test("An error is a plain text, and to HEAD its head alone, with the length that the text has")
        func errors() async throws {
            let handler = SessionsHandler(try SessionManager(store: MemorySessionStore())) { _, _ in
                throw SessionError(.tooLarge, "“é” is too large")
            }
            let text = Data("“é” is too large\n".utf8)
            let cases: [(String, String?, Data)] = [
                ("GET", nil, text), ("HEAD", "\(text.count)", Data()), ("POST", nil, text),
            ]
            for (method, length, body) in cases {
                let answer = try await handler.handleRequest(request(method))
                #expect(answer.statusCode == HTTPStatusCode(413, phrase: "Content Too Large"), "\(method)")
                #expect(answer.headers[.contentType] == "text/plain; charset=utf-8", "\(method)")
                // Where there is a body, the server writes its length.
                #expect(answer.headers[.contentLength] == length, "\(method)")
                #expect(try await answer.bodyData == body, "\(method)")
            }
        }

        @Test("An error page of the application's own keeps the length that it names to HEAD")
        func ownLength() async throws {
            let handler = SessionsHandler(
                try SessionManager(store: MemorySessionStore()),
                onError: { _, _ in HTTPResponse(statusCode: .teapot, headers: [.contentLength: "7"]) },
                handler: { _, _ in throw SessionError(.full, "made up") })
            let answer = try await handler.handleRequest(request("HEAD"))
            #expect(answer.statusCode == .teapot && answer.headers.values(for: .contentLength) == ["7"])
        }

        @Test(
            "An error page of the application's own gets the request with its token, so its links keep the session"
        )
        func errorPageWithToken() async throws {
            var configuration = SessionConfiguration()
            configuration.urlTokens = URLTokens()
            let seen = Mutex<[String]>([])
            let handler = SessionsHandler(
                try SessionManager(store: MemorySessionStore(), configuration: configuration),
                onError: { _, request in
                    seen.withLock { $0.append(request.target.rawValue) }
                    return HTTPResponse(statusCode: .teapot)
                },
                handler: { _, _ in throw SessionError(.full, "made up") })
            let answer = try await handler.handleRequest(
                request("GET", target: "/cart?sid=x", [("Host", "shop.example")], from: .ip4("127.0.0.1", port: 1)))
            #expect(answer.statusCode == .teapot && seen.withLock { $0 } == ["/cart?sid=x"])
        }

        @Test("A route that leaves a request to the next one before it used the session is followed by it")
        func nextRoute() async throws {
            let manager = try SessionManager(store: MemorySessionStore())
            let key: SessionKey<Int> = "n"
            var routes = RoutedHTTPHandler()
            routes.appendRoute("/*", to: SessionsHandler(manager) { _, _ in throw HTTPUnhandledError() })
            routes.appendRoute(
                "/set",
                to: SessionsHandler(manager) { _, handle in
                    try await handle.session().set(key, to: 1)
                    throw HTTPUnhandledError()
                })
            routes.appendRoute("*") { _ in HTTPResponse(statusCode: .accepted) }
            #expect(try await routes.handleRequest(request(target: "/bare")).statusCode == .accepted)
            let response = try await routes.handleRequest(request(target: "/set"))
            #expect(response.statusCode == .notFound && response.headers[.setCookie] != nil)
        }
    }
#endif
