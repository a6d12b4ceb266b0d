import HTTPTypes
import Sessions
import SessionsTesting

/// One user agent with a cookie jar, and the requests it makes of a manager.
final class Visitor {
    let manager: SessionManager
    var jar: [String: String] = [:]

    init(_ manager: SessionManager, jar: [String: String] = [:]) {
        self.manager = manager
        self.jar = jar
    }

    /// A request whose head has arrived, with the cookies of this moment.
    struct Request {
        let handle: SessionHandle

        func session() async throws -> Session { try await handle.session() }
    }

    struct Response {
        let outcome: SessionReply
        let fields: HTTPFields
        var error: SessionError? { outcome.error }
        var setCookies: [String] { fields[values: .setCookie] }
    }

    func send(raw: String? = nil) -> Request {
        var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        let cookies = raw ?? jar.map { "\($0)=\($1)" }.joined(separator: "; ")
        if !cookies.isEmpty { request.headerFields[.cookie] = cookies }
        return Request(handle: manager.begin(request, over: .init(peer: .local, isTLS: true)))
    }

    /// Ends the request and, unless the response is lost, takes its cookies.
    @discardableResult
    func finish(_ request: Request, status: HTTPResponse.Status = .ok, isLost: Bool = false) async -> Response {
        let outcome = await request.handle.finish(status: status)
        var fields = HTTPFields()
        outcome.apply(to: &fields)
        if !isLost { take(fields) }
        return Response(outcome: outcome, fields: fields)
    }

    func take(_ fields: HTTPFields) {
        for cookie in fields[values: .setCookie] {
            let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            jar[String(pair[0])] = cookie.contains("Max-Age=0") ? nil : String(pair[1])
        }
    }

    @discardableResult
    func visit(
        status: HTTPResponse.Status = .ok, isLost: Bool = false, _ body: (Session) async throws -> Void = { _ in }
    ) async throws -> Response {
        let request = send()
        try await body(try await request.session())
        return await finish(request, status: status, isLost: isLost)
    }

    /// What the session says of itself, in a request that changes nothing.
    func look() async throws -> (id: SessionID?, principal: String?, ended: SessionEnd.Reason?) {
        let request = send()
        let session = try await request.session()
        let seen = (session.id, session.principal?.name, session.explanation?.reason)
        await finish(request)
        return seen
    }
}

/// A manager on a memory store that can be watched and made to fail, on a clock that stands still.
struct Bench {
    let clock = ManualClock()
    let store = MemorySessionStore()
    let recording: RecordingStore
    let faulty: FaultyStore
    let manager: SessionManager

    init(_ change: (inout SessionConfiguration) -> Void = { _ in }) throws {
        faulty = FaultyStore(store) { _, _ in .pass }
        recording = RecordingStore(faulty)
        var configuration = SessionConfiguration()
        configuration.renewalInterval = nil
        change(&configuration)
        manager = try SessionManager(
            store: recording, configuration: configuration, clock: clock, random: SeededRandomSource(seed: 7))
    }

    var visitor: Visitor { Visitor(manager) }

    func signedIn(_ name: String = "ada") async throws -> Visitor {
        let visitor = visitor
        try await visitor.visit { try await $0.signIn(try Principal(name)) }
        return visitor
    }
}

extension SessionKey<Int> {
    static var a: Self { "a" }
    static var b: Self { "b" }
    static var n: Self { "n" }
}

extension Visitor {
    static let signedInName = "__Host-Http-id"
    static let visitorName = "__Host-Http-visitor"
    var signedInToken: String? { jar[Self.signedInName] }
    var visitorToken: String? { jar[Self.visitorName] }
}
