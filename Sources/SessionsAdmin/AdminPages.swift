public import HTTPTypes
public import Sessions

/// Pages on which operators watch the sessions of a realm, find a user's, see why one ended, and end them.
///
/// They are closed: nothing is shown before your authoriser has said whose request it is. They mount in any server:
///
/// ```swift
/// let admin = try AdminPages<BasicSessionsRequestContext>(of: sessions, at: "/admin", activity: activity) { visit in
///     let session = try await visit.context.session(in: office)
///     return session.principal.map { .granted(to: $0) } ?? .signIn(at: "/admin/sign-in")
/// }
/// let response = try await admin.response(to: request, body: bytes, in: context)
/// ```
public struct AdminPages<Context: Sendable>: Sendable {
    /// Says whose request it is.
    public typealias Authorizer = @Sendable (AdminVisit<Context>) async throws -> AdminAccess

    let manager: SessionManager
    let path: AdminPath
    let activity: SessionActivity?
    let showsValue: @Sendable (String) -> Bool
    let layout: Layout
    private let authorizer: Authorizer
    /// The open pages that may get news at once; the others are told to come again.
    private let slots = StreamSlots(20)
    let counts = RecentValues<Bool, SessionCount>(age: .seconds(10))
    /// Waits for the time to look again at what an open page shows.
    package var pace = LiveNews.pace()

    /// Makes the pages of the realm of one manager.
    ///
    /// - Parameters:
    ///   - manager: whose sessions are shown and ended
    ///   - path: where the pages are, as requests bring it
    ///   - activity: what the manager has as an observer, so that pages show what happened on this server
    ///   - signOutPath: what the button for signing out sends a POST to; `nil` for no button
    ///   - authorizer: says whose request it is; what it throws is thrown on, but for a `SessionError`, which is a page
    ///   - showsValue: whether the value of an attribute of this name is shown; by default only names and sizes are
    /// - Throws: `SessionError.Code.configuration` for a path of another form
    public init(
        of manager: SessionManager, at path: String = "/admin", activity: SessionActivity? = nil,
        signOutPath: String? = nil, authorizer: @escaping Authorizer,
        showsValue: @escaping @Sendable (_ name: String) -> Bool = { _ in false }
    ) throws(SessionError) {
        self.manager = manager
        self.path = try AdminPath(path)
        self.activity = activity
        self.showsValue = showsValue
        self.authorizer = authorizer
        layout = Layout(path: self.path, realm: manager.realm, signOutPath: signOutPath)
    }

    /// The bytes of the longest body that a request for a page has.
    public static var maximumBodyBytes: Int { 16 * 1024 }

    /// Answers a request.
    ///
    /// A request that may change something and doesn't come from one of the pages gets 403, whatever the manager's
    /// `SessionConfiguration.forgeryProtection` says.
    /// - Parameters:
    ///   - request: the head, with every header field of the request
    ///   - body: its body; no form of the pages is longer than ``maximumBodyBytes``
    ///   - context: what the authoriser gets with it
    ///   - handle: the request's way to its session, of any manager, by which events name the client's address; `nil` where
    ///     there is none, and then `SessionManager.begin(_:over:logger:)` makes one
    /// - Throws: what the authoriser throws that is no `SessionError`
    public func response(
        to request: HTTPRequest, body: [UInt8] = [], in context: Context, of handle: SessionHandle? = nil
    ) async throws -> AdminResponse {
        var response: AdminResponse
        do {
            try manager.refuseOperatorsForgery(request, of: handle)
            response = try await authorizedResponse(to: request, body: body, in: context, of: handle)
        } catch let error as SessionError {
            response = failure(error, isReading: request.isReading, for: nil)
        }
        if request.method == .head { response.body = .bytes([]) }
        return response
    }

    private func authorizedResponse(
        to request: HTTPRequest, body: [UInt8], in context: Context, of handle: SessionHandle?
    ) async throws -> AdminResponse {
        let target = request.path ?? ""
        let isLive = path.isLive(target)
        let visit = AdminVisit(request: request, context: context, isAutomatic: isLive)
        switch try await authorizer(visit) {
        case .granted(let reader):
            return await response(to: request, target, body, of: handle, for: reader)
        case .signIn(let page):
            guard !isLive, request.isReading, let way = ReturnPath(target) else {
                return self.page(
                    .problem(.unauthorized, "Please sign in", "These pages need to know who you are."), for: nil)
            }
            let separator = page.contains("?") ? "&" : "?"
            return redirect(to: "\(page)\(separator)return=\(way.text.escapedForQuery())")
        case .refused:
            manager.report(ofOperators: .operatorRefused, handle: handle)
            return self.page(.problem(.forbidden, "Not for you", "These pages are for operators."), for: nil)
        }
    }

    private func response(
        to request: HTTPRequest, _ target: String, _ body: [UInt8], of handle: SessionHandle?, for reader: Principal
    ) async -> AdminResponse {
        let query = target.utf8.firstIndex(of: UInt8(ascii: "?")).map { target.utf8[$0...].dropFirst() }
        guard let query = URLEncodedFields(query ?? ""[...].utf8[...]) else {
            return page(
                .problem(.badRequest, "That address isn’t complete", "A part of it can’t be read."), for: reader)
        }
        guard let route = path.route(of: target, query: query) else {
            return page(.problem(.notFound, "There is no such page", "The address may have a mistake."), for: reader)
        }
        guard route.changes ? request.method == .post : request.isReading else {
            return wrongMethod(for: route, reader)
        }
        do throws(SessionError) {
            switch route {
            case .overview: return page(await overview(), for: reader)
            case .sessions(let cursor): return page(try await list(after: cursor), for: reader)
            case .search(let text): return try await search(text, for: reader)
            case .session(let text): return page(try await session(text, notice: query["notice"]), for: reader)
            case .principal(let name, let cursor): return page(try await principal(name, after: cursor), for: reader)
            case .endSession(let text): return try await endSession(text, try form(body), of: handle, for: reader)
            case .endAll: return try await endAll(try form(body), of: handle, for: reader)
            case .live(let subject): return live(subject, isHead: request.method == .head, for: reader)
            }
        } catch {
            return failure(error, isReading: request.isReading, for: reader)
        }
    }

    private func live(_ subject: AdminPath.Subject, isHead: Bool, for reader: Principal) -> AdminResponse {
        var fields = Layout.fields
        fields[.contentType] = "text/event-stream"
        // nginx would keep the events until it has a buffer full of them.
        fields[.init("X-Accel-Buffering")!] = "no"
        let head = HTTPResponse(status: .ok, headerFields: fields)
        if isHead, !slots.areTaken { return AdminResponse(head: head, body: .bytes([])) }
        guard !isHead, let slot = slots.take() else { return tooManyPages(for: reader) }
        return AdminResponse(
            head: head, body: .events(LiveNews(pace: pace).stream(slot) { await news(of: subject) }))
    }

    private func tooManyPages(for reader: Principal) -> AdminResponse {
        var response = page(
            .problem(
                .serviceUnavailable, Script.tooManyPages, "Close one, or reload this one now and then.",
                isTemporary: true),
            for: reader)
        // By this the script of a page tells it from a server or a store that is down.
        response.head.headerFields[.init(Script.newsField)!] = "full"
        return response
    }

    private func form(_ body: [UInt8]) throws(SessionError) -> URLEncodedFields {
        guard body.count <= Self.maximumBodyBytes, let form = URLEncodedFields(body) else {
            throw SessionError(.invalid, "The form can’t be read; nothing was ended.")
        }
        return form
    }

    private func wrongMethod(for route: AdminPath.Route, _ reader: Principal) -> AdminResponse {
        let advice =
            route.changes ? "Nothing was ended: that takes a button on a page." : "This page can only be looked at."
        var response = page(.problem(.methodNotAllowed, "Not this way", advice), for: reader)
        response.head.headerFields[.allow] = route.changes ? "POST" : "GET, HEAD"
        return response
    }

    private func failure(_ error: SessionError, isReading: Bool, for reader: Principal?) -> AdminResponse {
        let isTemporary = error.code == .unavailable && isReading
        let advice: String
        switch error.code {
        case .unavailable where isReading:
            advice = "This page tries again by itself, every few seconds."
        case .unavailable where reader == nil: advice = "Nothing was ended."
        case .unavailable, .contention:
            advice = "The store gave no answer, so what was to end may be over or not. Look at the session again."
        // What the operator has sent; it says nothing of a server's inside.
        case .invalid: advice = error.message
        default: advice = error.publicMessage
        }
        return page(
            .problem(error.code.status, Self.heading(of: error), advice, isTemporary: isTemporary), for: reader)
    }

    private static func heading(of error: SessionError) -> String {
        switch error.code {
        case .unavailable: "The session store doesn’t answer"
        case .forgedRequest: "This request came from elsewhere"
        case .invalid: "That can’t be shown"
        default: "That didn’t work"
        }
    }

    func views() -> Views {
        Views(path: path, activity: activity, showsValue: showsValue, now: manager.clock.now)
    }

    /// Makes the response of a page.
    func page(_ page: AdminPage, for reader: Principal?) -> AdminResponse {
        let html = layout.page(page.title, for: reader, tab: page.tab, search: page.search, page.content)
        var fields = Layout.fields
        fields[.contentType] = "text/html; charset=utf-8"
        if page.isTemporary {
            fields[.init("Refresh")!] = "5"
            fields[.retryAfter] = "5"
        }
        return AdminResponse(
            head: HTTPResponse(status: page.status, headerFields: fields), body: .bytes(Array(html.text.utf8)))
    }

    func redirect(to target: String) -> AdminResponse {
        var fields = Layout.fields
        fields[.location] = target
        return AdminResponse(head: HTTPResponse(status: .seeOther, headerFields: fields), body: .bytes([]))
    }
}

extension HTTPRequest {
    fileprivate var isReading: Bool { method == .get || method == .head }
}

extension AdminPath.Route {
    /// Whether a request for it may end something, and so has to be a POST.
    var changes: Bool {
        switch self {
        case .endSession, .endAll: true
        default: false
        }
    }
}
