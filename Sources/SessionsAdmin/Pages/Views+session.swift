import Sessions

extension Views {
    /// Everything about one session that may be seen.
    func session(_ session: SessionInfo) -> HTML {
        let end = session.end(at: now)
        let state: HTML
        if let end {
            state = """
                <p class="state over">Ended \(Wording.distance(end.at, from: now))</p>
                <p class="intro">\(Wording.reason(end, of: session.record))</p>
                """
        } else {
            state = "<p class=\"state\">Live</p>"
        }
        return """
            \(state)
            <div class="columns"><div>
            <h2>What it is</h2>
            <dl class="card facts">
            \(facts(of: session, end))</dl>
            \(end == nil ? attributes(of: session) : "")
            </div><div>
            <h2>What happened</h2>
            <ol class="card story">
            \(SessionStory(of: session, activity, at: now).entries.map { line($0) })</ol>
            </div></div>
            \(end == nil ? button("End this session…", at: path.endSession(session.id)) : "")
            """
    }

    private func facts(of session: SessionInfo, _ end: SessionEnd?) -> [HTML] {
        var facts = [fact("User", link(to: session.principal))]
        if let device = session.device {
            facts.append(
                fact("Device", "\(device.name)", "\(device.address.map { "from \($0), " } ?? "")as it says itself"))
        }
        if let end { facts.append(fact("Ended", end.at)) }
        facts += [fact("Created", session.createdAt), fact("Last used", session.lastUsedAt)]
        if end == nil {
            if let deadline = session.idleDeadline { facts.append(fact("Ends", deadline, "unless it is used")) }
            facts.append(fact("Ends at the latest", session.absoluteDeadline))
        }
        if let moment = session.authenticatedAt {
            facts.append(
                fact(
                    "Authenticated", date(moment),
                    "\(session.authentications.map { method -> HTML in "by \(method.method.rawValue), \(time(method.at)) " })"
                ))
        }
        let carrier =
            switch session.carrier {
            case .cookie: "in a cookie"
            case .header: "in a header field"
            case .url: "in a URL"
            }
        let persistence = session.isPersistent ? "kept when the browser closes" : ""
        return facts + [
            fact("Token", "\(carrier)", "\(persistence)"),
            fact("Generation", "\(Int(clamping: session.generation))", "moves at each sign-in and step-up"),
        ]
    }

    private func attributes(of session: SessionInfo) -> HTML {
        let attributes = Array(session.record.attributes)
        guard !attributes.isEmpty else { return "<h2>Attributes</h2>\n<p class=\"none\">There are none.</p>" }
        let rows = attributes.map { attribute -> HTML in
            let value: HTML = showsValue(attribute.name) ? "<pre>\(Self.shortened(attribute.json))</pre>" : ""
            return """
                <tr><th scope="row"><code>\(attribute.name)</code>\(value)</th>\
                <td class="number plain">\(Wording.bytes(attribute.json.utf8.count))</td></tr>

                """
        }
        return """
            <h2>Attributes</h2>
            <div class="card table" role="region" aria-label="Attributes" tabindex="0"><table>
            <thead><tr><th scope="col">Name</th><th scope="col" class="number">Size</th></tr></thead>
            <tbody>
            \(rows)</tbody></table></div>
            """
    }

    /// The characters of a value that are shown.
    private static let maximumValue = 2000

    private static func shortened(_ json: String) -> String {
        json.count > maximumValue ? json.prefix(maximumValue) + " …" : json
    }

    func line(_ entry: SessionStory.Entry) -> HTML {
        let detail: HTML = entry.detail.isEmpty ? "" : "<small>\(entry.detail)</small>"
        return "<li>\(date(entry.at))<div>\(entry.text)\(detail)</div></li>\n"
    }

    /// A form with one button, which leads to the page that asks.
    func button(_ label: String, at action: String, name: Principal? = nil) -> HTML {
        let field: HTML =
            name.map { "<input type=\"hidden\" name=\"name\" value=\"\(exactly: $0.name)\">" } ?? ""
        return """
            <form class="row" method="post" action="\(exactly: action)">\(field)\
            <button id="end" class="danger">\(label)</button></form>
            """
    }

    /// The page that asks before something ends.
    func question(
        _ heading: String, _ explanation: HTML, yes: String, no: HTML, at action: String, name: Principal? = nil
    ) -> HTML {
        let field: HTML =
            name.map { "<input type=\"hidden\" name=\"name\" value=\"\(exactly: $0.name)\">" } ?? ""
        return """
            <h1>\(heading)</h1>
            \(explanation)
            <form class="row" method="post" action="\(exactly: action)">\(field)\
            <input type="hidden" name="sure" value="yes"><button class="danger sure">\(yes)</button>\(no)</form>
            """
    }
}
