import HTTPTypes
import Sessions

extension AdminPages {
    /// The sessions a page.
    private static var pageSize: Int { 50 }
    /// How many sessions are looked at for half an ID, and how many of them are shown.
    private static var maximumLookedAt: Int { 10_000 }
    private static var maximumCandidates: Int { 20 }

    func overview() async -> AdminPage {
        let (news, isComplete) = await overviewNews()
        return AdminPage(
            title: "Overview", tab: .overview,
            content: """
                <h1>Overview</h1>
                <div data-live="\(exactly: path.live(.overview))">\(news)</div>
                """, isTemporary: !isComplete)
    }

    func list(after cursor: String?) async throws(SessionError) -> AdminPage {
        do {
            let page = try await manager.page(of: nil, limit: Self.pageSize, after: cursor)
            let content = views().list(page, isFirst: cursor == nil)
            return AdminPage(title: "Live sessions", tab: .sessions, content: content)
        } catch {
            throw Self.explained(error, cursor)
        }
    }

    /// What was asked with a cursor and can't be answered is the cursor's fault, which an address brought.
    private static func explained(_ error: SessionError, _ cursor: String?) -> SessionError {
        guard error.code == .invalid, cursor != nil else { return error }
        return SessionError(
            .invalid,
            "This address leads into the list of another store, or is not complete. Begin the list from the start.",
            cause: error)
    }

    func session(_ text: String, notice: String?) async throws(SessionError) -> AdminPage {
        guard case .id(let id) = SessionIDText(text) else { return try await noSession(text) }
        guard let session = try await manager.find(id) else { return missing(id) }
        let word: HTML =
            switch session.end(at: manager.clock.now) == nil ? nil : notice {
            case "ended": self.notice("The session is over. Its next request will be told so.")
            case "over": self.notice("The session was over already.")
            default: ""
            }
        return AdminPage(
            title: "Session \(text.prefix(8))",
            content: """
                \(word)<h1>Session <code>\("\(id)")</code></h1>
                <div data-live="\(exactly: path.live(.session(id)))">\(views().session(session))</div>
                """)
    }

    private func missing(_ id: SessionID) -> AdminPage {
        .problem(.notFound, "No session has this ID", Self.sentence(SessionIDText.missing(id)))
    }

    func principal(_ name: String, after cursor: String?) async throws(SessionError) -> AdminPage {
        let principal = try Principal(name)
        let page: SessionInfoPage
        do {
            page = try await manager.page(of: principal, limit: Self.pageSize, after: cursor)
        } catch {
            throw Self.explained(error, cursor)
        }
        return AdminPage(
            title: "User \(name)", search: name,
            content: """
                <h1>User \(name)</h1>
                <div\(liveAttribute(principal, cursor))>\(views().principal(principal, page, isFirst: cursor == nil))</div>
                """)
    }

    /// Pages behind the first show no news.
    private func liveAttribute(_ principal: Principal, _ cursor: String?) -> HTML {
        cursor == nil ? " data-live=\"\(exactly: path.live(.principal(principal)))\"" : ""
    }

    private func notice(_ sentence: String) -> HTML { "<p class=\"notice\" role=\"status\">\(sentence)</p>" }

    // MARK: - Search

    /// Leads to the session or user that is meant, or says what could be.
    func search(_ text: String, for reader: Principal) async throws(SessionError) -> AdminResponse {
        let text = String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        let written = SessionIDText(text)
        switch written {
        case .id(let id): return redirect(to: path.session(id))
        case .token: return page(try await noSession(text), for: reader)
        case .beginning, .tooShort, .other: break
        }
        // A name may look like half an ID.
        if let principal = try? Principal(text) {
            let page = try await manager.page(of: principal, limit: Self.pageSize, after: nil)
            if !page.sessions.isEmpty || page.next != nil { return redirect(to: path.principal(principal)) }
        }
        return page(try await noSession(text, isSearch: true), for: reader)
    }

    /// The page of what is no ID of a session: it says what it could be.
    private func noSession(_ text: String, isSearch: Bool = false) async throws(SessionError) -> AdminPage {
        let written = SessionIDText(text)
        let sentence: String
        var candidates: HTML = ""
        switch written {
        case .id(let id): return missing(id)
        case .beginning(let digits): (sentence, candidates) = try await self.candidates(for: digits)
        case .tooShort, .token, .other: sentence = written.problem ?? ""
        }
        let heading = candidates.text.isEmpty ? "Nothing found" : "That is half an ID"
        let isToken = if case .token = written { true } else { false }
        let user: HTML =
            isSearch
            ? """
            <p class="intro">No user of the name “\(text)” has a session, nor had one lately. A user is \
            found by the whole name, as the application’s records have it.</p>

            """ : ""
        return AdminPage(
            status: .notFound, title: heading, search: isToken ? "" : text,
            content: """
                <h1>\(heading)</h1>
                \(user)<p class="intro">As the ID of a session: \(sentence).</p>
                \(candidates)
                """)
    }

    private func candidates(for digits: String) async throws(SessionError) -> (String, HTML) {
        var found: [SessionInfo] = []
        var lookedAt = 0
        var cursor: String?
        repeat {
            let page = try await manager.list(limit: 1000, after: cursor)
            found += page.sessions.filter { $0.id.description.hasPrefix(digits) }
            lookedAt += page.sessions.count
            cursor = page.next
        } while cursor != nil && lookedAt < Self.maximumLookedAt && found.count < Self.maximumCandidates
        var sentence = SessionIDText.ambiguity(of: digits, count: found.count)
        if cursor != nil { sentence += "; \(Wording.count(lookedAt, "session")) were looked at, and there are more" }
        let shown = Array(found.prefix(Self.maximumCandidates))
        return (sentence, shown.isEmpty ? "" : views().table(of: shown))
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() + "." }

    // MARK: - Ending

    func endSession(
        _ text: String, _ form: URLEncodedFields, of handle: SessionHandle?, for reader: Principal
    ) async throws(SessionError) -> AdminResponse {
        guard case .id(let id) = SessionIDText(text) else { return page(try await noSession(text), for: reader) }
        guard let session = try await manager.find(id) else { return page(missing(id), for: reader) }
        guard session.end(at: manager.clock.now) == nil else { return redirect(to: "\(path.session(id))?notice=over") }
        guard form["sure"] == "yes" else { return page(question(about: session), for: reader) }
        let hasEnded: Bool
        do {
            hasEnded = try await manager.end(id)
        } catch {
            manager.report(
                ofOperators: .operatorActed(.endedSession), by: reader, id: id, of: session.principal, error: error,
                handle: handle)
            throw error
        }
        if hasEnded {
            manager.report(
                ofOperators: .operatorActed(.endedSession), by: reader, id: id, of: session.principal, handle: handle)
        }
        return redirect(to: "\(path.session(id))?notice=\(hasEnded ? "ended" : "over")")
    }

    private func question(about session: SessionInfo) -> AdminPage {
        let views = views()
        let owner: HTML = session.principal.map { "of \($0.name)" } ?? "of a visitor"
        let rest: HTML =
            session.principal == nil
            ? "What is in it, such as a cart, is lost." : "The user is signed out, and told that an operator did it."
        return AdminPage(
            title: "End this session?",
            content: views.question(
                "End this session?",
                """
                <p class="intro">It is the session \(owner), created \(views.time(session.createdAt)) and last used \
                \(views.time(session.lastUsedAt)): <code>\("\(session.id)")</code>. \(rest) This can’t be undone.</p>
                """,
                yes: "End the session",
                no: "<a class=\"button quiet\" href=\"\(exactly: path.session(session.id))\">Keep it</a>",
                at: path.endSession(session.id)))
    }

    func endAll(
        _ form: URLEncodedFields, of handle: SessionHandle?, for reader: Principal
    ) async throws(SessionError) -> AdminResponse {
        let principal = try Principal(form["name"] ?? "")
        guard form["sure"] == "yes" else {
            return page(
                AdminPage(
                    title: "End all sessions?",
                    content: views().question(
                        "End all sessions of \(principal.name)?",
                        """
                        <p class="intro">The user is signed out everywhere, also where a sign-in is under way, and told \
                        that an operator did it. This can’t be undone.</p>
                        """,
                        yes: "End all sessions",
                        no: "<a class=\"button quiet\" href=\"\(exactly: path.principal(principal))\">Keep them</a>",
                        at: path.endAll, name: principal)), for: reader)
        }
        do {
            try await manager.endAll(of: principal)
        } catch {
            manager.report(
                ofOperators: .operatorActed(.endedAll), by: reader, of: principal, error: error, handle: handle)
            throw error
        }
        manager.report(ofOperators: .operatorActed(.endedAll), by: reader, of: principal, handle: handle)
        // What has ended stands on the page, as the store has it: an address could say anything.
        return redirect(to: path.principal(principal))
    }

    // MARK: - News

    /// What an open page shows at this moment.
    func news(of subject: AdminPath.Subject) async -> HTML {
        switch subject {
        case .overview:
            return await overviewNews().html
        case .session(let id):
            let session = await result { () async throws(SessionError) in try await manager.find(id) }
            if case .success(let session?) = session { return views().session(session) }
            let sentence: HTML = "<p class=\"intro\">\(Self.sentence(SessionIDText.missing(id)))</p>"
            return if case .success = session { sentence } else { views().trouble(with: session) }
        case .principal(let principal):
            let page = await result { () async throws(SessionError) in
                try await manager.page(of: principal, limit: Self.pageSize, after: nil)
            }
            return if case .success(let page) = page {
                views().principal(principal, page, isFirst: true)
            } else {
                views().trouble(with: page)
            }
        }
    }

    /// - Returns: what the page shows, and whether the store has answered
    private func overviewNews() async -> (html: HTML, isComplete: Bool) {
        let page = await result { () async throws(SessionError) in
            try await manager.page(of: nil, limit: 1, after: nil)
        }
        return (views().overview(page, await count()), (try? page.get()) != nil)
    }

    /// How many sessions the store had when it was last asked, which is every ten seconds however many pages are open.
    private func count() async -> SessionCount? {
        if counts.takeTurn(on: true, at: manager.clock.now) {
            let found = try? await manager.countOfStore()
            counts.change(true) { $0 = found }
        }
        return counts[true]
    }

    private func result<Answer>(
        _ call: () async throws(SessionError) -> Answer
    ) async -> Result<Answer, SessionError> {
        do {
            return .success(try await call())
        } catch {
            return .failure(error)
        }
    }
}
