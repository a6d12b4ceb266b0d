/// What a record says about a token that names it.
enum TokenVerdict: Sendable, Equatable {
    /// The token holds the current secret.
    case current
    /// The token holds the secret before, and its overlap runs.
    case previous
    /// The session is over, and the holder may know why.
    case ended(SessionEnd)
    /// The session's privileges moved on without this token a moment ago.
    case superseded
    /// The request waited so long before it loaded that nothing fair can be said of its old secret: refused, not theft.
    case late
    /// An old secret of this generation came back after its overlap.
    case theft
    /// The token proves nothing: the same answer as for an unknown ID.
    case none
}

extension SessionPolicy {
    /// Judges a token by a record.
    ///
    /// Overlap and theft count from `arrivedAt`, when the request's head arrived, and so does idleness, within
    /// `lateness`. The absolute deadline counts from `now`.
    func judge(
        _ secret: SessionSecret, _ digest: SecretDigest, in realm: RealmTag, against record: SessionRecord,
        arrivedAt: Timestamp, now: Timestamp
    ) -> TokenVerdict {
        let isCurrent = digest == record.secretDigest
        if record.end(at: now) != nil,
            let end = record.end(at: now, idleAsOf: idleMoment(arrivedAt: arrivedAt, now: now))
        {
            return isCurrent || secret.familyDigest(in: realm) == record.familyDigest ? .ended(end) : .none
        }
        if isCurrent { return .current }
        let isPrevious = record.previous.map { $0.digest == digest } ?? false
        if isPrevious, let previous = record.previous {
            guard let seenAt = previous.successorSeenAt, arrivedAt >= seenAt + overlap else { return .previous }
        }
        let familyDigest = secret.familyDigest(in: realm)
        if familyDigest == record.familyDigest {
            if now >= arrivedAt + overlap { return .late }
            // When the request arrived, this secret may still have been in its overlap.
            if !isPrevious, arrivedAt < record.secretIssuedAt { return .late }
            return .theft
        }
        if let superseded = record.superseded, superseded.familyDigest == familyDigest,
            now < superseded.at + supersededWindow
        {
            return .superseded
        }
        return .none
    }

    /// The renewal or seen-mark that a request which has come this far with `record` should write.
    ///
    /// Upkeep is for a secret that the client came with.
    func moveDue(
        of record: SessionRecord, _ secret: RequestState.Secret, arrivedAt: Timestamp, now: Timestamp
    ) -> SecretMoveDue? {
        guard case .presented(_, let digest) = secret, digest == record.secretDigest else { return nil }
        if let previous = record.previous, previous.successorSeenAt == nil {
            // A browser may use a new cookie and die before it has saved it: only a later request counts.
            return arrivedAt >= record.secretIssuedAt + settle ? .seen : nil
        }
        guard let interval = renewalInterval, now >= record.secretIssuedAt + interval else { return nil }
        return mayRenew(record, at: now) ? .renewal : nil
    }

    /// No renewal while a successor is unseen or an overlap runs, so that one previous secret is enough.
    ///
    /// None either for a token in URLs: the pages of a browser's history keep the old ones, which would look like theft.
    func mayRenew(_ record: SessionRecord, at now: Timestamp) -> Bool {
        guard record.carrier != .url || urlTimeouts == nil else { return false }
        guard let previous = record.previous else { return true }
        guard let seenAt = previous.successorSeenAt else { return false }
        return now >= seenAt + overlap
    }

    /// The moment by which a request's idleness is judged: its arrival, within `lateness`.
    func idleMoment(arrivedAt: Timestamp, now: Timestamp) -> Timestamp {
        min(now, max(arrivedAt, now - lateness))
    }

    /// Whether a response may carry the successor of the presented secret: not when its head leaves so late that a newer
    /// one may have taken its place (rule 6).
    func maySendSuccessor(arrivedAt: Timestamp, now: Timestamp) -> Bool { now < arrivedAt + overlap }

    /// What a write takes along when an overlap is long over: with nonce and digest gone, nothing can be derived.
    func forgetting(_ record: SessionRecord, at now: Timestamp) -> SessionChanges.SecretMove? {
        mayForgetPrevious(of: record, at: now) ? .init(expected: record.secretDigest, step: .forgetPrevious) : nil
    }

    /// The overlap is so long over that no request that arrived in it can still be judged by the previous digest.
    func mayForgetPrevious(of record: SessionRecord, at now: Timestamp) -> Bool {
        guard let seenAt = record.previous?.successorSeenAt else { return false }
        return now >= seenAt + forgetAfter
    }
}

/// The renewal or seen-mark that a request should write.
enum SecretMoveDue: Sendable, Equatable {
    case renewal
    case seen
}
