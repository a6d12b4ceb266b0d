import Sessions

extension SessionStore {
    /// Hands every live session to `body` once, page by page.
    ///
    /// - Returns: the sessions that can't be read, which are on no page
    func visit(
        _ scope: SessionQuery.Scope, pageSize: Int = 500, includesEnded: Bool = false,
        _ body: ([SessionRecord]) async throws -> Void
    ) async throws -> [SessionID] {
        var seen: Set<SessionID> = []
        var unreadable: [SessionID] = []
        var cursor: String?
        repeat {
            let page = try await list(
                SessionQuery(scope, limit: pageSize, after: cursor, includesEnded: includesEnded), at: Timestamp.now)
            let fresh = page.records.filter { seen.insert($0.id).inserted }
            if !fresh.isEmpty { try await body(fresh) }
            unreadable += page.unreadable.filter { seen.insert($0).inserted }
            cursor = page.next
        } while cursor != nil
        return unreadable
    }

    /// Sets aside what can't be read, in a store that does so.
    func setAside(_ ids: [SessionID]) async {
        guard let quarantine = self as? any QuarantiningStore else { return }
        for id in ids { _ = try? await quarantine.quarantine(id, at: .now) }
    }
}

extension Timestamp {
    static var now: Timestamp { SystemSessionClock().now }
}
