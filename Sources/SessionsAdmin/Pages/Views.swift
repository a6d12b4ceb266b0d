import Sessions

/// Makes what pages show of sessions, as of one moment.
struct Views: Sendable {
    let path: AdminPath
    let activity: SessionActivity?
    let showsValue: @Sendable (String) -> Bool
    let now: Timestamp

    func time(_ moment: Timestamp) -> HTML {
        "<time datetime=\"\("\(moment)")\" title=\"\(Wording.date(moment))\">\(Wording.distance(moment, from: now))</time>"
    }

    func date(_ moment: Timestamp) -> HTML {
        "<time datetime=\"\("\(moment)")\">\(Wording.date(moment))</time>"
    }

    /// A link to a session by its ID, of which a narrow screen shows the first digits.
    func link(to id: SessionID) -> HTML {
        let digits = "\(id)"
        return """
            <a href="\(exactly: path.session(id))"><code>\(String(digits.prefix(8)))\
            <span class="wide-only">\(String(digits.dropFirst(8)))</span></code></a>
            """
    }

    func link(to principal: Principal?) -> HTML {
        guard let principal else { return "<span class=\"none\">visitor</span>" }
        return "<a href=\"\(exactly: path.principal(principal))\">\(principal.name)</a>"
    }

    /// Sessions as a table, the newest first.
    func table(of sessions: [SessionInfo], showsPrincipal: Bool = true) -> HTML {
        let sorted = sessions.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        let showsDevice = sorted.contains { $0.device != nil }
        let rows = sorted.map { session -> HTML in
            let owner: HTML = showsPrincipal ? "<td>\(link(to: session.principal))</td>" : ""
            let device: HTML = showsDevice ? "<td class=\"wide-only\">\(session.device?.name ?? "")</td>" : ""
            return """
                <tr><th scope="row">\(link(to: session.id))</th>\(owner)\(device)\
                <td class="wide-only">\(time(session.createdAt))</td><td>\(time(session.lastUsedAt))</td>\
                <td class="wide-only">\(ending(of: session))</td></tr>

                """
        }
        let owner: HTML = showsPrincipal ? "<th scope=\"col\">User</th>" : ""
        let device: HTML = showsDevice ? "<th scope=\"col\" class=\"wide-only\">Device</th>" : ""
        return """
            <div class="card table" role="region" aria-label="Sessions" tabindex="0"><table>
            <thead><tr><th scope="col">Session</th>\(owner)\(device)<th scope="col" class="wide-only">Created</th>\
            <th scope="col">Last used</th><th scope="col" class="wide-only">Ends</th></tr></thead>
            <tbody>
            \(rows)</tbody></table></div>
            """
    }

    private func ending(of session: SessionInfo) -> HTML {
        if let end = session.end(at: now) { return "ended \(time(end.at))" }
        return time(session.record.deadline)
    }

    /// A label and what belongs to it, in a list of facts.
    func fact(_ label: String, _ value: HTML, _ remark: HTML = "") -> HTML {
        let small: HTML = remark.text.isEmpty ? "" : "<small>\(remark)</small>"
        return "<div><dt>\(label)</dt><dd>\(value)\(small)</dd></div>\n"
    }

    func fact(_ label: String, _ moment: Timestamp, _ remark: String = "") -> HTML {
        let comma = remark.isEmpty ? "" : ", "
        return fact(label, date(moment), "\(Wording.distance(moment, from: now))\(comma)\(remark)")
    }
}

extension SessionInfo {
    /// The device, where the application has said it.
    var device: SessionDevice? { try? value(.device) }
}
