import Sessions

extension SessionStore {
    /// Hands every live session to `body` once, page by page.
    func visit(
        _ scope: SessionQuery.Scope, pageSize: Int = 500, includesEnded: Bool = false,
        _ body: ([SessionRecord]) async throws -> Void
    ) async throws {
        var seen: Set<SessionID> = []
        var cursor: String?
        repeat {
            let page = try await list(
                SessionQuery(scope, limit: pageSize, after: cursor, includesEnded: includesEnded), at: Timestamp.now)
            let fresh = page.records.filter { seen.insert($0.id).inserted }
            if !fresh.isEmpty { try await body(fresh) }
            cursor = page.next
        } while cursor != nil
    }
}

extension Timestamp {
    static var now: Timestamp { SystemSessionClock().now }
}
