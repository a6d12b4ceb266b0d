/// The changes of one commit, and what must still hold for them; they apply in one atomic step or not at all.
public struct SessionChanges: Sendable {
    /// The change of one attribute.
    public enum Edit: Sendable, Hashable {
        /// The attribute gets this value.
        case set(json: String)
        /// The attribute goes.
        case remove
    }

    /// A move of the secret within its generation, fenced by the digest it was decided on.
    ///
    /// Where ``expected`` is no longer the record's digest, this part is left out and the rest still applies.
    public struct SecretMove: Sendable, Hashable {
        /// What becomes of the secret.
        public enum Step: Sendable, Hashable {
            /// The current secret becomes the previous one, with `nonce` as the salt that leads to the new one.
            case renew(digest: SecretDigest, nonce: RenewalNonce, issuedAt: Timestamp)
            /// A client has shown that it keeps the current secret; only the first such write counts.
            case seen(at: Timestamp)
            /// The overlap is over, so the nonce and the previous digest go.
            case forgetPrevious
        }

        /// The digest of the secret that the move was decided on.
        public var expected: SecretDigest
        /// What becomes of the secret.
        public var step: Step

        /// Makes a move that is left out where the secret is another one by then.
        public init(expected: SecretDigest, step: Step) {
            self.expected = expected
            self.step = step
        }
    }

    /// A sign-in or step-up: new family and secret, next generation, the old family superseded.
    public struct PrivilegeChange: Sendable, Hashable {
        /// The digest of the new secret.
        public var secretDigest: SecretDigest
        /// The digest of the new secret's family.
        public var familyDigest: SecretDigest
        /// The user who is signed in from now on.
        public var principal: Principal
        /// When the user's credentials were checked.
        public var authenticatedAt: Timestamp
        /// How the principal was authenticated in this session, in place of what the record has.
        public var authentications: [Authentication]
        /// When it happens: the new secret was issued then, and the old family superseded.
        public var at: Timestamp

        /// Makes a change of privileges from its parts.
        public init(
            secretDigest: SecretDigest, familyDigest: SecretDigest, principal: Principal, authenticatedAt: Timestamp,
            authentications: [Authentication] = [], at: Timestamp
        ) {
            self.secretDigest = secretDigest
            self.familyDigest = familyDigest
            self.principal = principal
            self.authenticatedAt = authenticatedAt
            self.authentications = authentications
            self.at = at
        }
    }

    /// The generation that the writer loaded; `nil` only for an operator's end, which always wins.
    public var expectedGeneration: UInt64?
    /// The revision that each of these attributes must still have; 0 for one that must be absent.
    public var expectedRevisions: AttributeMap<UInt64> = [:]
    /// The session must not have been used after this moment; `nil` for no such condition.
    public var unusedSince: Timestamp?
    /// The attributes to change.
    public var attributes: AttributeMap<Edit> = [:]
    /// The moment of a use, which never moves the record's back.
    public var lastUsedAt: Timestamp?
    /// The moment by which idleness is judged; `nil` or a later moment than that of the commit for the commit's own.
    ///
    /// For a request that takes longer than the idle timeout. The absolute deadline and an end on record hold as ever.
    public var idleAsOf: Timestamp?
    /// The renewal or other upkeep of the secret to write along.
    public var secretMove: SecretMove?
    /// The sign-in or step-up to make.
    public var privilegeChange: PrivilegeChange?
    /// The lifetime from now on.
    public var lifetime: SessionLifetime?
    /// The end to write, in place of all other changes.
    public var end: SessionEnd?

    /// Makes changes of nothing, for a record that was loaded in this generation.
    public init(expectedGeneration: UInt64?) {
        self.expectedGeneration = expectedGeneration
    }
}

extension SessionChanges {
    /// Applies the changes to a record that the caller holds exclusively.
    ///
    /// This is the meaning of a commit, for any store that can read, decide and write in one transaction.
    ///
    /// `record` is left as it was unless the result is ``CommitResult/committed(_:)``.
    public func apply(to record: inout SessionRecord, at now: Timestamp, limits: SessionLimits) -> CommitResult {
        if let end = record.end(at: now, idleAsOf: idleAsOf) { return .ended(end) }
        // Without a generation it can only be an operator's end: anything else would be an unfenced write.
        guard expectedGeneration == record.generation || (expectedGeneration == nil && end != nil) else {
            return .superseded
        }
        for (name, revision) in expectedRevisions where record.attributes.revision(of: name) != revision {
            return .conflict(record)
        }
        if let unusedSince, record.lastUsedAt > unusedSince { return .conflict(record) }
        if let end {
            record.end(end)
            return .committed(record)
        }
        let revision = record.revision + 1
        if !attributes.isEmpty {
            var edited = record.attributes
            for (name, edit) in attributes {
                switch edit {
                case .set(let json): edited.set(.init(name: name, json: json, revision: revision))
                case .remove: edited.remove(name)
                }
            }
            // A session over a limit that was lowered since can still shrink.
            if attributes.contains(where: { $0.value != .remove }), let excess = limits.excess(of: edited) {
                return .tooLarge(excess)
            }
            record.attributes = edited
        }
        if let lastUsedAt { record.lastUsedAt = max(record.lastUsedAt, lastUsedAt) }
        if let lifetime { record.lifetime = lifetime }
        if let secretMove, secretMove.expected == record.secretDigest { record.move(secretMove.step) }
        if let privilegeChange { record.change(privilegeChange) }
        record.revision = revision
        return .committed(record)
    }
}

extension SessionRecord {
    fileprivate mutating func move(_ step: SessionChanges.SecretMove.Step) {
        switch step {
        case .renew(let digest, let nonce, let issuedAt):
            previous = Previous(digest: secretDigest, nonce: nonce)
            secretDigest = digest
            secretIssuedAt = issuedAt
        case .seen(let at):
            if previous?.successorSeenAt == nil { previous?.successorSeenAt = at }
        case .forgetPrevious:
            previous = nil
        }
    }

    fileprivate mutating func change(_ change: SessionChanges.PrivilegeChange) {
        superseded = Superseded(familyDigest: familyDigest, at: change.at, revision: revision)
        previous = nil
        secretDigest = change.secretDigest
        familyDigest = change.familyDigest
        secretIssuedAt = change.at
        generation += 1
        principal = change.principal
        authenticatedAt = change.authenticatedAt
        authentications = change.authentications
    }
}
