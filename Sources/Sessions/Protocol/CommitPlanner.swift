/// Decides what the end of a request writes: a pure function of what the request knows.
struct CommitPlanner: Sendable {
    enum Plan: Sendable {
        case nothing
        /// The first state of a visitor: a session comes into being with these attributes.
        case create(SessionAttributes)
        /// One commit of the buffered writes to the session, and the move of the secret that is due with it.
        case commit(RequestState.Live, SecretMoveDue?)
        case refuse(SessionError)
    }

    let policy: SessionPolicy
    let arrivedAt: Timestamp
    let now: Timestamp

    /// - Parameter edits: what the handler has buffered and the response doesn't discard
    func plan(_ state: RequestState, edits: AttributeMap<SessionChanges.Edit>) -> Plan {
        switch state.standing {
        case .unread, .unreachable, .abandoned:
            return .nothing
        case .over(let explanation):
            return edits.isEmpty ? .nothing : .refuse(.over(explanation.end))
        case .superseded:
            return edits.isEmpty ? .nothing : .refuse(.supersededToken)
        case .nobody:
            let attributes = state.attributes(with: edits)
            return attributes.isEmpty ? .nothing : .create(attributes.written(in: 1))
        case .live(let live):
            let due =
                state.isPeeked ? nil : policy.moveDue(of: live.record, live.secret, arrivedAt: arrivedAt, now: now)
            return edits.isEmpty && due == nil ? .nothing : .commit(live, due)
        }
    }
}

extension SessionError {
    static var supersededToken: Self {
        .init(
            .superseded,
            "the session's privileges changed since this request's page was loaded; reload it, and sign in if it asks you to"
        )
    }

    static func over(_ end: SessionEnd) -> Self {
        .init(.ended, "the session has ended (\(end.reason)); what was to be written was not")
    }
}
