import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Sessions
import SessionsHummingbird
import SessionsTesting
import Synchronization
import Testing

extension SessionKey<Int> { fileprivate static var visits: Self { "shop.visits" } }
extension SessionKey<[String: Int]> { fileprivate static var cart: Self { "shop.cart" } }
extension FlashMessage.Kind { fileprivate static let warning = Self(rawValue: "warning") }

@Suite("The examples of docs/sessions.md, docs/configuration.md and docs/testing.md", .timeLimit(.minutes(10)))
struct GuideTests {
    private let clock = ManualClock()
    private let store = MemorySessionStore()

    private func manager(observers: [any SessionObserver] = []) throws -> SessionManager {
        try SessionManager(store: store, clock: clock, observers: observers)
    }

    /// A browser in front of Hummingbird's test client.
    private final class Browser {
        let client: any TestClientProtocol
        var jar: CookieJar

        init(_ client: any TestClientProtocol, clock: any SessionClock) {
            self.client = client
            jar = CookieJar(clock: clock)
        }

        func send(
            _ method: HTTPRequest.Method, _ path: String, body: String? = nil
        ) async throws -> (status: HTTPResponse.Status, body: String) {
            var headers = jar.headers(for: path)
            if body != nil { headers[.contentType] = "application/json" }
            let response = try await client.execute(
                uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
            jar.receive(response.headers, from: path)
            return (response.status, String(buffer: response.body))
        }
    }

    private func open(
        _ router: Router<GuideContext>, _ body: @escaping @Sendable (Browser) async throws -> Void
    ) async throws {
        try await Application(router: router).test(.router) { [clock] client in
            try await body(Browser(client, clock: clock))
        }
    }

    @Test("update returns the new value, or what its closure returns")
    func updates() async throws {
        let router = Router(context: GuideContext.self)
        router.add(middleware: SessionsMiddleware(try manager(), servesTLS: true))
        router.get("/") { _, context in
            let session = try await context.session()
            let visits = try await session.update(.visits, default: 0) { $0 += 1 }
            let kinds = try await session.update(.cart, default: ["mug": 7]) { cart in
                cart["tea", default: 0] += 1
                return cart.count
            }
            let removed: Int? = try await session.update(.cart, default: [:]) { $0.removeValue(forKey: "mug") }
            return "\(visits) \(kinds) \(removed ?? 0) \(context.locale)"
        }
        try await open(router) { browser in
            let first = try await browser.send(.get, "/"), second = try await browser.send(.get, "/")
            #expect(first.body == "1 2 7 en" && second.body == "2 1 0 en")
        }
    }

    @Test("Flash messages have kinds, also the application's own")
    func flash() async throws {
        let router = Router(context: GuideContext.self)
        router.add(middleware: SessionsMiddleware(try manager(), servesTLS: true))
        router.post("/") { _, context in
            let session = try await context.session()
            try await session.flash("Saved.")
            try await session.flash("The card was declined.", kind: .error)
            try await session.flash("Almost sold out.", kind: .warning)
            return "done"
        }
        router.get("/") { _, context in
            try await context.session().takeFlash().map { "\($0.kind): \($0.text)" }.joined(separator: " ")
        }
        try await open(router) { browser in
            _ = try await browser.send(.post, "/")
            let all = "notice: Saved. error: The card was declined. warning: Almost sold out."
            #expect(try await browser.send(.get, "/").body == all)
            #expect(try await browser.send(.get, "/").body == "")
        }
    }

    private struct EndForm: Codable { var id: String }

    @Test("An account page ends the user's own sessions, and no other user's")
    func accountPage() async throws {
        let sessions = try manager()
        let router = Router(context: GuideContext.self)
        router.add(middleware: SessionsMiddleware(sessions, servesTLS: true))
        router.post("sign-in/:name") { _, context in
            let session = try await context.session()
            try await session.signIn(try Principal(try context.parameters.require("name")), by: .password)
            return "\(session.id, default: "none")"
        }
        router.get("name") { _, context in try await context.session().principal?.name ?? "nobody" }
        router.get("why") { _, context in
            switch try await context.session().explanation?.reason {
            case .expired: "You were away for long, so we signed you out."
            case .endedByUser: "You ended this session on another device."
            default: "no reason"
            }
        }
        router.post("account/sessions/end") { request, context in
            let session = try await context.session()
            guard let user = session.principal else { throw HTTPError(.unauthorized) }
            let form = try await request.decode(as: EndForm.self, context: context)
            guard let id = SessionID(form.id) else { throw HTTPError(.badRequest) }
            if id == session.id { try await session.end() } else { try await sessions.end(id, of: user) }
            return Response.redirect(to: "/account")
        }
        try await Application(router: router).test(.router) { [clock] client in
            let laptop = Browser(client, clock: clock)
            let phone = Browser(client, clock: clock)
            let other = Browser(client, clock: clock)
            let first = try await laptop.send(.post, "/sign-in/ada").body
            clock.advance(by: .seconds(1))
            let second = try await phone.send(.post, "/sign-in/ada").body
            let graces = try await other.send(.post, "/sign-in/grace").body
            #expect(try await sessions.list(of: try Principal("ada")).map { "\($0.id)" } == [second, first])

            let end = "/account/sessions/end"
            #expect(try await laptop.send(.post, end, body: #"{"id": "\#(graces)"}"#).status == .seeOther)
            #expect(try await other.send(.get, "/name").body == "grace")
            _ = try await laptop.send(.post, end, body: #"{"id": "\#(second)"}"#)
            #expect(try await phone.send(.get, "/name").body == "nobody")
            #expect(try await phone.send(.get, "/why").body == "You ended this session on another device.")
            #expect(try await laptop.send(.get, "/name").body == "ada")
            _ = try await laptop.send(.post, end, body: #"{"id": "\#(first)"}"#)
            #expect(try await laptop.send(.get, "/name").body == "nobody" && laptop.jar["__Host-Http-id"] == nil)
            let info = try await sessions.find(try #require(SessionID(second)))
            #expect(info?.end?.reason == .endedByUser)
        }
    }

    @Test("A password is fresh for five minutes by the manager's clock")
    func freshPassword() async throws {
        let sessions = try manager()
        func hasFreshPassword(_ session: Session) -> Bool {
            session.isAuthenticated(within: .seconds(300), by: .password)
        }
        let handle = sessions.begin(
            HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/"), over: .init(peer: .local, isTLS: true))
        let session = try await handle.session()
        #expect(!hasFreshPassword(session))
        try await session.signIn(try Principal("ada"), by: .password)
        clock.advance(by: .milliseconds(299_999))
        #expect(hasFreshPassword(session))
        #expect(!session.isAuthenticated(within: .seconds(300), by: .oneTimePassword))
        clock.advance(by: .milliseconds(1))
        #expect(!session.isAuthenticated(within: .seconds(300)))
        #expect(!hasFreshPassword(session))
        try await session.stepUp(by: .password, authenticatedAt: clock.now)
        #expect(hasFreshPassword(session))
    }

    @Test("Two realms in one router: each session has its own cookie, and the closest middleware gives the session")
    func realms() async throws {
        var configuration = SessionConfiguration()
        configuration.cookies = SessionCookies(
            visitorName: "__Host-Http-office-visitor", signedInName: "__Host-Http-office-id")
        configuration.timeouts = SessionTimeouts(idle: .seconds(600), absolute: .seconds(4 * 3600))
        let office = try SessionManager(
            store: store, realm: try Realm("office"), configuration: configuration, clock: clock)
        let shop = try SessionManager(store: store, realm: try Realm("shop"), clock: clock)
        let router = Router(context: GuideContext.self)
        router.add(middleware: SessionsMiddleware(shop, servesTLS: true))
        router.post("sign-in") { _, context in
            try await context.session().signIn(try Principal("ada"))
            return "done"
        }
        router.group("office").add(middleware: SessionsMiddleware(office, servesTLS: true))
            .post("sign-in") { _, context in
                try await context.session().signIn(try Principal("grace"))
                return "done"
            }
            .get("orders") { _, context in
                let employee = try await context.session()
                let customer = try await context.session(in: shop.realm)
                return "\(employee.principal?.name ?? "?") \(customer.principal?.name ?? "?")"
            }
        try await open(router) { browser in
            _ = try await browser.send(.post, "/sign-in")
            _ = try await browser.send(.post, "/office/sign-in")
            #expect(browser.jar["__Host-Http-id"] != nil && browser.jar["__Host-Http-office-id"] != nil)
            #expect(try await browser.send(.get, "/office/orders").body == "grace ada")
        }
    }

    private final class SecurityLog: SessionObserver {
        let lines = Mutex<[String]>([])

        func observe(_ event: SessionEvent, logger: Logger?) {
            switch event.kind {
            case .theftSuspected: logger?.critical("theft of session \(event.id, default: "?")")
            case .ended(.limit): lines.withLock { $0.append("\(event.principal, default: "?") has too many sessions") }
            default: break
            }
        }

        func observe(_ operation: SessionStoreOperation, logger: Logger?) {
            if operation.duration > .seconds(60) { logger?.warning("slow \(operation.name): \(operation.duration)") }
            lines.withLock { $0.append("\(operation.name)") }
        }
    }

    @Test("An observer is told of events and of store operations; a closure takes events alone")
    func observers() async throws {
        let log = SecurityLog()
        let names = Mutex<[String]>([])
        let handler = SessionEventHandler { event in names.withLock { $0.append(event.kind.name) } }
        var configuration = SessionConfiguration()
        configuration.maximumSessionsPerPrincipal = 1
        let sessions = try SessionManager(
            store: store, configuration: configuration, clock: clock, observers: [log, handler])
        let router = Router(context: GuideContext.self)
        router.add(middleware: SessionsMiddleware(sessions, servesTLS: true))
        router.post("sign-in") { _, context in
            try await context.session().signIn(try Principal("ada"))
            return "done"
        }
        try await Application(router: router).test(.router) { [clock] client in
            _ = try await Browser(client, clock: clock).send(.post, "/sign-in")
            clock.advance(by: .seconds(1))
            log.lines.withLock { $0 = [] }
            _ = try await Browser(client, clock: clock).send(.post, "/sign-in")
        }
        #expect(names.withLock { $0 } == ["created", "signedIn", "created", "signedIn", "ended.limit"])
        let expected = ["enroll", "create", "watermark", "list", "commit", "ada has too many sessions"]
        #expect(log.lines.withLock { $0 } == expected)
    }

    @Test("onError makes the response of every request that fails because of its session")
    func errorPages() async throws {
        let faulty = FaultyStore(store)
        let sessions = try SessionManager(store: faulty, clock: clock)
        let router = Router(context: GuideContext.self)
        let middleware = SessionsMiddleware<GuideContext>(sessions, servesTLS: true) { error, request, context in
            let text = error.code == .unavailable ? "We are back soon." : error.publicMessage
            return try HTTPError(error.code.status, message: text).response(from: request, context: context)
        }
        router.add(middleware: middleware)
        router.post("/") { _, context in
            try await context.session().set(.visits, to: 1)
            return "done"
        }
        try await open(router) { browser in
            faulty.follow { _, _ in .fail }
            let answer = try await browser.send(.post, "/")
            #expect(answer.status == .serviceUnavailable && answer.body.contains("We are back soon."))
        }
    }

    private struct ShiftedClock: SessionClock {
        let offset: Duration
        var now: Timestamp { SystemSessionClock().now + offset }
    }

    /// The adapter of docs/configuration.md.
    private func respond(
        to request: HTTPRequest, from address: NetworkAddress, in sessions: SessionManager, logger: Logger,
        handler: (HTTPRequest, SessionHandle) async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let connection = ClientConnection(peer: .address(address), isTLS: false)
        let handle = sessions.begin(request, over: connection, logger: logger)
        let result: Result<HTTPResponse, any Error>
        let reply: SessionReply
        do {
            try handle.refuseForgery()
            let response = try await handler(request, handle)
            result = .success(response)
            reply = await handle.finish(.response(response.status))
        } catch {
            result = .failure(error)
            reply = await handle.finish(.failure(error, status: nil))
        }
        var response = try await reply.response(to: result) { error in
            HTTPResponse(status: error.code.status)
        } onFailure: { _ in
            HTTPResponse(status: .internalServerError)
        }
        reply.apply(to: &response.headerFields)
        return response
    }

    @Test("An adapter of a few lines answers, passes errors on, and replaces what the session refuses")
    func adapter() async throws {
        struct Mistake: Error {}
        let sessions = try SessionManager(store: store, clock: ShiftedClock(offset: .seconds(3600)))
        let address = try #require(NetworkAddress("127.0.0.1"))
        let request = HTTPRequest(method: .get, scheme: "http", authority: "127.0.0.1", path: "/")
        let logger = Logger(label: "guide") { _ in SwiftLogNoOpLogHandler() }
        func answer(_ handler: (HTTPRequest, SessionHandle) async throws -> HTTPResponse) async throws -> HTTPResponse {
            try await respond(to: request, from: address, in: sessions, logger: logger, handler: handler)
        }
        let written = try await answer { _, handle in
            try await handle.session().set(.visits, to: 1)
            return HTTPResponse(status: .ok)
        }
        #expect(written.status == .ok && written.headerFields[.setCookie]?.hasPrefix("__Host-Http-visitor=") == true)
        await #expect(throws: Mistake.self) { try await answer { _, _ in throw Mistake() } }
        let ended = try await answer { _, handle in
            try await handle.session().update(.visits, default: 0) { $0 += 1 }
            throw Mistake()
        }
        #expect(ended.status == .internalServerError && ended.headerFields[.setCookie] != nil)
        let refused = try await answer { _, handle in
            try await handle.session().stepUp()
            return HTTPResponse(status: .ok)
        }
        #expect(refused.status == .unauthorized)
        var forged = HTTPRequest(method: .post, scheme: "http", authority: "127.0.0.1", path: "/")
        forged.headerFields[.origin] = "https://evil.example"
        let unanswered = try await respond(to: forged, from: address, in: sessions, logger: logger) { _, _ in
            HTTPResponse(status: .ok)
        }
        #expect(unanswered.status == .forbidden && unanswered.headerFields[.setCookie] == nil)
    }
}
