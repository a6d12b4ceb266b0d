import HTTPTypes
import SessionsTesting

@testable import Sessions

/// A browser that may refuse cookies, at a server with an adapter.
final class URLBrowser {
    struct Answer {
        let status: Int
        let fields: HTTPFields
        /// Whether the handler made the response, rather than the session's own redirect.
        let isHandled: Bool
        var location: String? { fields[.location] }
        /// The value of a parameter in the query of ``location``.
        func parameter(_ name: String) -> String? {
            RequestTarget(location ?? "").values(of: name).first.map { String($0) }
        }
        var sid: String? { parameter("sid") }
        var code: String? { parameter("sid-code") }
    }

    let manager: SessionManager
    let keepsCookies: Bool
    let agent: String
    var client: NetworkAddress
    var host: String
    var jar: [String: String] = [:]

    init(
        _ manager: SessionManager, keepsCookies: Bool = false, agent: String = "Lynx/2.9", client: String = "192.0.2.7",
        host: String = "shop.test"
    ) {
        self.manager = manager
        self.keepsCookies = keepsCookies
        self.agent = agent
        self.client = NetworkAddress(client)!
        self.host = host
    }

    func request(_ method: HTTPRequest.Method, _ path: String, _ fields: HTTPFields = [:]) -> HTTPRequest {
        var request = HTTPRequest(method: method, scheme: "https", authority: host, path: path, headerFields: fields)
        request.headerFields[.userAgent] = agent
        if !jar.isEmpty { request.headerFields[.cookie] = jar.map { "\($0)=\($1)" }.joined(separator: "; ") }
        return request
    }

    /// One request, without redirects followed.
    ///
    /// - Parameters:
    ///   - status: of the handler's response
    ///   - location: where the handler redirects to
    @discardableResult
    func send(
        _ method: HTTPRequest.Method = .get, _ path: String, _ fields: HTTPFields = [:],
        status: HTTPResponse.Status? = nil, to location: String? = nil,
        _ body: (Session) async throws -> Void = { _ in }
    ) async throws -> Answer {
        let handle = manager.begin(
            request(method, path, fields), over: .init(peer: .address(client), isTLS: true))
        try handle.refuseForgery()
        var (status, location, isHandled) = (status ?? (location == nil ? .ok : .seeOther), location, true)
        if handle.needsAdmission, let redirect = try await handle.admit() {
            (status, location, isHandled) = (.seeOther, redirect, false)
        } else {
            try await body(try await handle.session())
        }
        let reply = await handle.finish(.response(status), location: location)
        if let redirect = reply.redirect { (status, location, isHandled) = (.seeOther, redirect, false) }
        var answer = HTTPFields()
        answer[.location] = location
        reply.apply(to: &answer)
        if keepsCookies {
            for cookie in answer[values: .setCookie] {
                let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
                jar[String(pair[0])] = cookie.contains("Max-Age=0") ? nil : pair.count > 1 ? String(pair[1]) : nil
            }
        }
        if let error = reply.error { throw error }
        return Answer(status: status.code, fields: answer, isHandled: isHandled)
    }

    /// Goes where an answer sends the browser, as long as the session does; then the handler makes a page.
    ///
    /// - Returns: where it ends up
    @discardableResult
    func follow(_ answer: Answer, _ body: (Session) async throws -> Void = { _ in }) async throws -> String {
        var answer = answer
        for _ in 0..<5 {
            guard let location = answer.location else { break }
            answer = try await send(.get, location) { try await body($0) }
            if answer.isHandled { return location }
        }
        return "a loop"
    }

    /// Puts something into the cart, by which a session begins, and goes to the cart.
    ///
    /// - Returns: the URL of the cart
    func fill() async throws -> String {
        try await follow(try await send(.post, "/cart", to: "/cart") { try $0.set(.a, to: 1) })
    }

    /// What the page of a URL knows.
    func look(_ url: String, _ fields: HTTPFields = [:]) async throws -> (a: Int?, principal: String?, id: SessionID?) {
        var seen: (Int?, String?, SessionID?) = (nil, nil, nil)
        try await send(.get, url, fields) { seen = (try $0.value(.a), $0.principal?.name, $0.id) }
        return seen
    }
}

/// A manager with tokens in URLs, and one without, at one store.
struct URLBench {
    let clock = ManualClock()
    let log = EventLog()
    let recording = RecordingStore(MemorySessionStore())
    let urls, cookies: SessionManager

    init(_ change: (inout SessionConfiguration) -> Void = { _ in }) throws {
        var configuration = SessionConfiguration()
        configuration.newSessionLimit = nil
        cookies = try SessionManager(store: recording, configuration: configuration, clock: clock, observers: [log])
        var tokens = URLTokens()
        tokens.origins = [try WebOrigin("https://pay.test")]
        configuration.urlTokens = tokens
        change(&configuration)
        urls = try SessionManager(store: recording, configuration: configuration, clock: clock, observers: [log])
    }

    /// A server of its own at another store, with the same settings, clock and log.
    func manager(_ store: any SessionStore) throws -> SessionManager {
        try SessionManager(store: store, configuration: urls.configuration, clock: clock, observers: [log])
    }

    func refusals() -> [SessionEvent.Kind] {
        log.takeEvents().map(\.kind).filter { $0.name.hasPrefix("tokenRefused") }
    }
}
