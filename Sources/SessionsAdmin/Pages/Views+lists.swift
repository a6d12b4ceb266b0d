import Sessions

extension Views {
    /// The state of the whole, at one moment.
    func overview(_ store: Result<SessionInfoPage, SessionError>) -> HTML {
        let events = activity?.latest(20) ?? []
        return """
            \(trouble(with: store))
            <h2>What this server saw last</h2>
            \(table(of: events))
            """
    }

    /// Says that the store doesn't answer; nothing where it does.
    func trouble<Answer>(with store: Result<Answer, SessionError>) -> HTML {
        guard case .failure(let error) = store else { return "" }
        let sentence =
            error.code == .unavailable
            ? "The session store doesn’t answer. This page tries again by itself."
            : "The session store fails (\(error.code))."
        return "<p class=\"notice trouble\" role=\"alert\">\(sentence)</p>"
    }

    /// Events as a table, in their order.
    private func table(of events: [SessionActivity.Entry]) -> HTML {
        guard activity != nil else {
            return
                "<p class=\"none\">The server was built without <code>SessionActivity</code>, so nothing is counted.</p>"
        }
        guard !events.isEmpty else { return "<p class=\"none\">Nothing since it was started.</p>" }
        let rows = events.map { event -> HTML in
            """
            <tr><td>\(time(event.at))</td><th scope="row">\(event.text ?? event.kind.name)</th>\
            <td>\(event.id.map { link(to: $0) } ?? "")</td><td>\(link(to: event.principal))</td>\
            <td class="wide-only"><code>\(event.client.map { "\($0)" } ?? "")</code></td></tr>

            """
        }
        return """
            <div class="card table" role="region" aria-label="Events" tabindex="0"><table>
            <thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col">Session</th>\
            <th scope="col">User</th><th scope="col" class="wide-only">From</th></tr></thead>
            <tbody>
            \(rows)</tbody></table></div>
            """
    }

    /// A page of the realm's sessions.
    func list(_ page: SessionInfoPage, isFirst: Bool) -> HTML {
        """
        <h1>Live sessions</h1>
        <p class="intro">Page by page in the order of the store; the newest of a page come first.</p>
        \(sessions(page, isFirst: isFirst, none: "There is no live session.", showsPrincipal: true))
        \(pager(next: page.next.map { path.sessions(after: $0) }, first: isFirst ? nil : path.sessions))
        """
    }

    private func sessions(
        _ page: SessionInfoPage, isFirst: Bool, none: String, showsPrincipal: Bool
    ) -> HTML {
        if !page.sessions.isEmpty { return table(of: page.sessions, showsPrincipal: showsPrincipal) }
        return "<p class=\"none\">\(isFirst && page.next == nil ? none : "There is none on this page.")</p>"
    }

    private func pager(next: String?, first: String?) -> HTML {
        guard next != nil || first != nil else { return "" }
        let back: HTML = first.map { "<a class=\"button quiet\" href=\"\(exactly: $0)\">From the beginning</a>" } ?? ""
        let forth: HTML = next.map { "<a class=\"button\" href=\"\(exactly: $0)\">More sessions</a>" } ?? ""
        return "<nav class=\"row\" aria-label=\"Pages\">\(forth)\(back)</nav>"
    }

    /// The sessions of a user: the live ones, and those of which this server saw the end.
    func principal(_ principal: Principal, _ page: SessionInfoPage, isFirst: Bool) -> HTML {
        let ended = activity?.latest(20) { $0.principal == principal && $0.endReason != nil } ?? []
        let lately: HTML =
            ended.isEmpty ? "" : "<h2>Ended lately, as this server saw it</h2>\n\(endings(ended))"
        let more: HTML =
            page.sessions.isEmpty
            ? "" : button("End all sessions of this user…", at: path.endAll, name: principal)
        return """
            <h2>Live sessions</h2>
            \(sessions(page, isFirst: isFirst, none: "The user has no live session.", showsPrincipal: false))
            \(pager(
                next: page.next.map { path.principal(principal, after: $0) },
                first: isFirst ? nil : path.principal(principal)))
            \(more)
            \(lately)
            """
    }

    private func endings(_ events: [SessionActivity.Entry]) -> HTML {
        let rows = events.map { event -> HTML in
            """
            <tr><th scope="row">\(event.id.map { link(to: $0) } ?? "")</th><td>\(time(event.at))</td>\
            <td>\(event.endReason ?? "")</td></tr>

            """
        }
        return """
            <div class="card table" role="region" aria-label="Ended sessions" tabindex="0"><table>
            <thead><tr><th scope="col">Session</th><th scope="col">Ended</th><th scope="col">Reason</th></tr></thead>
            <tbody>
            \(rows)</tbody></table></div>
            """
    }
}
