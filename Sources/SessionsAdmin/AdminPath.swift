import HTTPTypes
import Sessions

/// Where the pages are, and which of them an address names.
struct AdminPath: Sendable {
    /// The path of the first page without a `/` at its end, so that it is empty at the root.
    let base: String

    init(_ path: String) throws(SessionError) {
        var path = path
        while path.hasSuffix("/") { path.removeLast() }
        guard path.isEmpty || (path.hasPrefix("/") && ReturnPath(path) != nil && !path.contains { "?#%".contains($0) })
        else {
            throw SessionError(
                .configuration,
                "the operators' pages can't be at \"\(path.prefix(200))\": write a path as requests bring it, such as /admin"
            )
        }
        base = path
    }

    /// A page, or something to be done.
    enum Route: Equatable {
        case overview
        case sessions(after: String?)
        case search(String)
        case session(String)
        case principal(String, after: String?)
        case endSession(String)
        case endAll
        case live(Subject)
    }

    /// What an open page shows the news of.
    enum Subject: Equatable {
        case overview
        case session(SessionID)
        case principal(Principal)
    }

    /// Reads an address; `nil` where there is no such page.
    func route(of target: String, query: URLEncodedFields) -> Route? {
        guard let parts = parts(of: target) else { return nil }
        switch parts.count {
        case 0: return .overview
        case 1 where parts[0] == "sessions":
            if let text = query["q"], text.contains(where: { $0 != " " }) { return .search(text) }
            return .sessions(after: query["after"])
        case 1 where parts[0] == "principal": return query["name"].map { .principal($0, after: query["after"]) }
        case 1 where parts[0] == "live": return subject(query).map { .live($0) }
        case 2 where parts[0] == "sessions":
            return URLEncodedFields.text(ofPath: parts[1]).map { .session($0) }
        case 2 where parts == ["principal", "end"]: return .endAll
        case 3 where parts[0] == "sessions" && parts[2] == "end":
            return URLEncodedFields.text(ofPath: parts[1]).map { .endSession($0) }
        default: return nil
        }
    }

    /// What stands between the slashes below the first page, as it came; `nil` for an address that isn't below it.
    private func parts(of target: String) -> [Substring]? {
        let path = target.prefix { $0 != "?" }
        guard path.hasPrefix(base) else { return nil }
        var rest = path.dropFirst(base.count)
        if rest.last == "/" { rest.removeLast() }
        guard !rest.isEmpty else { return [] }
        guard rest.first == "/" else { return nil }
        return rest.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    }

    private func subject(_ query: URLEncodedFields) -> Subject? {
        if let text = query["session"] { return SessionID(text.lowercased()).map { .session($0) } }
        if let text = query["principal"] { return (try? Principal(text)).map { .principal($0) } }
        return .overview
    }

    /// Whether it is the path of the news of open pages, which each way to write it is.
    func isLive(_ target: String) -> Bool { parts(of: target) == ["live"] }

    var overview: String { base.isEmpty ? "/" : base }
    var sessions: String { "\(base)/sessions" }
    var endAll: String { "\(base)/principal/end" }
    func sessions(after cursor: String) -> String { "\(sessions)?after=\(cursor.escapedForQuery())" }
    func session(_ id: SessionID) -> String { "\(sessions)/\(id)" }
    func endSession(_ id: SessionID) -> String { "\(session(id))/end" }

    func principal(_ principal: Principal, after cursor: String? = nil) -> String {
        "\(base)/principal?name=\(principal.name.escapedForQuery())"
            + (cursor.map { "&after=\($0.escapedForQuery())" } ?? "")
    }

    func live(_ subject: Subject) -> String {
        switch subject {
        case .overview: "\(base)/live"
        case .session(let id): "\(base)/live?session=\(id)"
        case .principal(let principal): "\(base)/live?principal=\(principal.name.escapedForQuery())"
        }
    }
}
