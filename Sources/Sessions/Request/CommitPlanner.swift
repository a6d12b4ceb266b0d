/// Decides what the end of a request writes: a pure function of what the request knows.
struct CommitPlanner: Sendable {
    enum Plan: Sendable {
        case nothing
        /// The first state of a visitor: a session comes into being.
        case create
        /// One commit of the buffered writes, and the move of the secret that is due with it.
        case commit(SecretMoveDue?)
        case refuse(SessionError)
    }

    let policy: SessionPolicy
    let arrivedAt: Timestamp
    let now: Timestamp

    /// - Parameters:
    ///   - discards: the response failed, so what was buffered is not written
    func plan(
        _ standing: Standing, presented: SecretDigest?, buffered: AttributeMap<SessionChanges.Edit>, discards: Bool
    ) -> Plan {
        let writes = !discards && !buffered.isEmpty
        switch standing {
        case .over, .unreachable:
            return .nothing
        case .superseded:
            return writes ? .refuse(.supersededToken) : .nothing
        case .nobody:
            return writes && buffered.values.contains { $0 != .remove } ? .create : .nothing
        case .live(let record):
            let due = policy.moveDue(
                of: record, arrivedWithCurrent: presented == record.secretDigest, arrivedAt: arrivedAt, now: now)
            return writes || due != nil ? .commit(due) : .nothing
        }
    }

    /// Whether the response may carry the successor of the presented secret: not when its head leaves so late that a
    /// newer one may have taken its place.
    var maySendSuccessor: Bool { now < arrivedAt + policy.overlap }
}

extension SessionError {
    static var supersededToken: Self {
        .init(.superseded, "the session's privileges changed while this request was running; send it again")
    }

    static func over(_ end: SessionEnd) -> Self {
        .init(.ended, "the session has ended (\(end.reason)); what was to be written was not")
    }
}
