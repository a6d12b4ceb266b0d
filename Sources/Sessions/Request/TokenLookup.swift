import HTTPTypes

/// Looks up what a request presents: loads, judges, and touches the session if that is due.
struct TokenLookup {
    enum Finding {
        case live(SessionRecord, SessionToken, SecretDigest)
        case superseded(SessionRecord, family: SecretDigest)
        /// The token is dead; why, for its holder.
        case nothing(SessionExplanation?)
    }

    let manager: SessionManager
    let handle: SessionHandle

    /// - Parameter place: where the token came from, which must be the place for the tokens of its session
    func find(_ token: SessionToken, at place: TokenPlace) async throws(SessionError) -> Finding {
        var now = manager.clock.now
        guard var record = try await manager.load(token.id, at: now, handle: handle) else {
            report(.unknown, id: token.id)
            return .nothing(nil)
        }
        let digest = token.secret.digest(in: manager.realmTag)
        // At most one more turn: a touch that finds the session changed is judged by what is there then.
        for attempt in 0...1 {
            let verdict = manager.policy.judge(
                token.secret, digest, in: manager.realmTag, against: record, arrivedAt: handle.arrivedAt, now: now)
            switch verdict {
            case .none:
                report(.unknown, id: token.id)
                return .nothing(nil)
            case .ended(let end):
                report(.ended, record)
                return .nothing(.init(end, of: record))
            case .theft:
                return .nothing(try await suspectTheft(record, at: now).map { .init($0, of: record) })
            case .superseded where place == .url && !isBound(record):
                report(.misbound, record)
                return .nothing(nil)
            case .superseded, .late:
                report(verdict == .late ? .late : .superseded, record)
                return .superseded(record, family: token.secret.familyDigest(in: manager.realmTag))
            case .current, .previous:
                guard TokenPlace(for: record) == place else {
                    report(.misplaced, record)
                    return .nothing(nil)
                }
                guard place != .url || isBound(record) else {
                    report(.misbound, record)
                    _ = try await handle.endRecord(record, reason: .otherClient, at: now)
                    return .nothing(nil)
                }
            }
            guard !handle.isPeeking, attempt == 0, manager.policy.isTouchDue(record, at: now) else {
                return .live(record, token, digest)
            }
            var touch = handle.changes(to: record, at: now)
            touch.lastUsedAt = now
            touch.secretMove = manager.policy.forgetting(record, at: now)
            switch try await manager.calls.commit(touch, to: record.id, at: now, for: handle.logger) {
            case .committed(let touched), .conflict(let touched):
                return .live(touched, token, digest)
            case .missing:
                return .nothing(nil)
            case .ended(let end):
                return .nothing(.init(end, of: record))
            case .superseded, .tooLarge:
                now = manager.clock.now
                guard let current = try await manager.load(token.id, at: now, handle: handle) else {
                    return .nothing(nil)
                }
                record = current
            }
        }
        throw SessionError(.contention, "the session changed twice while it was loaded; send the request again")
    }

    /// Whether a session whose token travels in URLs was made for this client.
    private func isBound(_ record: SessionRecord) -> Bool {
        guard manager.urls != nil else { return true }
        return record.attributes[ClientBinding.name]?.json == handle.bindingJSON
    }

    private func suspectTheft(_ record: SessionRecord, at now: Timestamp) async throws(SessionError) -> SessionEnd? {
        manager.report(.theftSuspected, record, handle: handle)
        guard manager.configuration.endsOnSuspectedTheft else { return nil }
        return try await handle.endRecord(record, reason: .suspectedTheft, at: now)
    }

    private func report(_ refusal: SessionEvent.Refusal, _ record: SessionRecord? = nil, id: SessionID? = nil) {
        manager.report(.tokenRefused(refusal), record, id: id, handle: handle)
    }
}
