import Sessions

extension Views {
    /// The state of the whole, at one moment.
    func overview(_ store: Result<SessionInfoPage, SessionError>, _ count: SessionCount?) -> HTML {
        let events = activity?.latest(20) ?? []
        let hour = activity?.hour(at: now)
        return """
            \(trouble(with: store))
            <dl class="figures">
            \(figure(of: count))\(hour.map { figures(of: $0) } ?? [])</dl>
            \(hour.map { Chart(minutes: $0).html } ?? "")
            <h2>What this server saw last</h2>
            \(table(of: events))
            """
    }

    private func figure(of count: SessionCount?) -> HTML {
        guard let count else { return figure("Sessions in the store", "–", "the store doesn’t say") }
        return figure(
            "Sessions in the store", (count.isExact ? "" : "≈ ") + Wording.number(count.sessions), "of all realms")
    }

    private func figures(of hour: [SessionActivity.Minute]) -> [HTML] {
        [
            figure("In use", Wording.number(hour.suffix(2).map(\.active).max() ?? 0), "in a minute, on this server"),
            figure("Created", Wording.number(hour.map(\.created).reduce(0, +)), "in the last hour, on this server"),
            figure("Ended", Wording.number(hour.map(\.ended).reduce(0, +)), "in the last hour, on this server"),
        ]
    }

    private func figure(_ label: String, _ value: String, _ remark: String) -> HTML {
        "<div class=\"card\"><dt>\(label)</dt><dd>\(value)<small>\(remark)</small></dd></div>\n"
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
        let none: HTML = "<p class=\"none\">\(isOnly(page, isFirst) ? "There is none." : "None on this page.")</p>"
        return """
            <h1>Live sessions</h1>
            <p class="intro">Page by page in the order of the store; the newest of a page come first. \(freshness)</p>
            \(page.sessions.isEmpty ? none : table(of: page.sessions))
            \(pager(next: page.next.map { path.sessions(after: $0) }, first: isFirst ? nil : path.sessions))
            """
    }

    /// What a page says that shows no news.
    private var freshness: HTML { "As of \(date(now)): reload the page for what came since." }

    private func pager(next: String?, first: String?) -> HTML {
        guard next != nil || first != nil else { return "" }
        let back: HTML = first.map { "<a class=\"button quiet\" href=\"\(exactly: $0)\">From the beginning</a>" } ?? ""
        let forth: HTML = next.map { "<a class=\"button\" href=\"\(exactly: $0)\">More sessions</a>" } ?? ""
        return "<nav class=\"row\" aria-label=\"Pages\">\(forth)\(back)</nav>"
    }

    /// The sessions of a user: the live ones, and those of which it is still known why they ended.
    func principal(_ principal: Principal, _ page: SessionInfoPage, isFirst: Bool) -> HTML {
        let live = page.sessions.filter { $0.end(at: now) == nil }
        let ended = page.sessions.filter { $0.end(at: now) != nil }
        let none: HTML = "<p class=\"none\">\(isOnly(page, isFirst) ? "The user has none." : "None on this page.")</p>"
        let more: HTML = live.isEmpty ? "" : button("End all sessions of this user…", at: path.endAll, name: principal)
        let lately: HTML = ended.isEmpty ? "" : "<h2>Ended lately</h2>\n\(table(ofEnded: ended))"
        return """
            \(isFirst ? notice(of: ended, isComplete: page.next == nil) : "<p class=\"intro\">\(freshness)</p>")
            <h2>Live sessions</h2>
            \(live.isEmpty ? none : table(of: live, showsPrincipal: false))
            \(more)
            \(lately)
            \(pager(
                next: page.next.map { path.principal(principal, after: $0) },
                first: isFirst ? nil : path.principal(principal)))
            """
    }

    /// Says how many sessions of a user operators have just ended, as the store has it.
    private func notice(of ended: [SessionInfo], isComplete: Bool) -> HTML {
        let count = ended.count { session in
            guard let end = session.end(at: now), end.reason == .endedByOperator else { return false }
            return now - end.at < .seconds(60)
        }
        guard count > 0 else { return "" }
        let sessions = Wording.count(count, "session") + (isComplete ? "" : " or more")
        return "<p class=\"notice\">Operators ended \(sessions) of this user in the last minute.</p>"
    }

    /// Whether there is nothing but this page.
    private func isOnly(_ page: SessionInfoPage, _ isFirst: Bool) -> Bool { isFirst && page.next == nil }

    private func table(ofEnded sessions: [SessionInfo]) -> HTML {
        let ends = sessions.compactMap { session in session.end(at: now).map { (session, $0) } }
        let rows = ends.sorted { $0.1.at > $1.1.at }.map { session, end -> HTML in
            """
            <tr><th scope="row">\(link(to: session.id))</th><td>\(time(end.at))</td>\
            <td>\(Wording.reason(end, of: session.record))</td></tr>

            """
        }
        return """
            <div class="card table" role="region" aria-label="Ended sessions" tabindex="0"><table>
            <thead><tr><th scope="col">Session</th><th scope="col">Ended</th><th scope="col">Why</th></tr></thead>
            <tbody>
            \(rows)</tbody></table></div>
            """
    }
}
