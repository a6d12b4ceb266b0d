import Sessions

/// What a clause works with: the store, a moment, fresh records, and checks that name what they expected.
struct Bench: Sendable {
    /// 2040-01-01: later than any real clock, so that a store with expiry of its own keeps the records.
    static let usualMoment = Timestamp(milliseconds: 2_208_988_800_000)

    let store: any SessionStore
    let limits: SessionLimits
    let clause: SessionStoreContract.Clause
    let now: Timestamp
}

// MARK: - Fresh values

extension Bench {
    static func block() -> Block16 {
        Block16(.random(in: .min ... .max), .random(in: .min ... .max))
    }

    static func nonce() -> RenewalNonce { RenewalNonce(block()) }

    static func digest() -> SecretDigest { SecretDigest(Block32(block(), block())) }

    static func id() -> SessionID { SessionID(block()) }

    /// A principal that no other clause has, whose name begins with `start`.
    static func principal(_ start: String = "user-") throws -> Principal {
        try Principal(start + id().description)
    }

    /// The owner of a principal's sessions in the realm of the records that `record` makes.
    static func owner(_ principal: Principal) -> SessionOwner { SessionOwner(realm: .default, principal: principal) }

    /// Thirty minutes idle, twelve hours in all, an hour of explanation.
    func lifetime(
        idle: Duration? = .minutes(30), touch: Duration = .minutes(1), absolute: Duration = .hours(12),
        retention: Duration = .hours(1)
    ) -> SessionLifetime {
        SessionLifetime(
            idleTimeout: idle, touchInterval: touch, absoluteDeadline: now + absolute, retention: retention,
            isPersistent: false)
    }

    /// A record that no store has, made and used at `now`.
    func record(
        _ attributes: [String: String] = [:], realm: Realm = .default, carrier: SessionRecord.Carrier = .cookie,
        _ adjust: (inout SessionRecord) -> Void = { _ in }
    ) -> SessionRecord {
        var record = SessionRecord(
            id: Self.id(), realm: realm, secretDigest: Self.digest(), secretIssuedAt: now, familyDigest: Self.digest(),
            createdAt: now, lastUsedAt: now, lifetime: lifetime(), carrier: carrier,
            attributes: SessionAttributes(attributes.map { .init(name: $0.key, json: $0.value, revision: 1) }))
        adjust(&record)
        return record
    }

    /// A record that the store now has.
    func created(
        _ attributes: [String: String] = [:], realm: Realm = .default, carrier: SessionRecord.Carrier = .cookie,
        _ adjust: (inout SessionRecord) -> Void = { _ in }
    ) async throws -> SessionRecord {
        let record = record(attributes, realm: realm, carrier: carrier, adjust)
        try expect(await store.create(record), "a record with a new ID to be created", saw: "create returned false")
        return record
    }

    /// Changes that a holder of `record` may make.
    func changes(_ record: SessionRecord, _ adjust: (inout SessionChanges) -> Void = { _ in }) -> SessionChanges {
        var changes = SessionChanges(expectedGeneration: record.generation)
        adjust(&changes)
        return changes
    }

    func setting(_ attributes: [String: String], on record: SessionRecord) -> SessionChanges {
        changes(record) { $0.attributes = .init(attributes.map { ($0.key, .set(json: $0.value)) }) }
    }

    func privilegeChange(to principal: Principal, at moment: Timestamp? = nil) -> SessionChanges.PrivilegeChange {
        SessionChanges.PrivilegeChange(
            secretDigest: Self.digest(), familyDigest: Self.digest(), principal: principal,
            authenticatedAt: moment ?? now, authentications: [.init(.password, at: moment ?? now)], at: moment ?? now)
    }

    /// One commit of every kind, each under the generation of `record`.
    func everyWrite(
        on record: SessionRecord, at moment: Timestamp
    ) throws -> [(kind: String, changes: SessionChanges)] {
        let principal = try Self.principal()
        let steps: [(String, SessionChanges.SecretMove.Step)] = [
            ("a renewal", .renew(digest: Self.digest(), nonce: Self.nonce(), issuedAt: moment)),
            ("a note that the secret was seen", .seen(at: moment)),
            ("dropping the previous secret", .forgetPrevious),
        ]
        return [
            ("an empty commit", changes(record)),
            ("a touch", changes(record) { $0.lastUsedAt = moment }),
            ("a set", setting(["late": "1"], on: record)),
            ("a removal", changes(record) { $0.attributes = ["kept": .remove] }),
            ("a change of lifetime", changes(record) { $0.lifetime = lifetime(absolute: .days(30)) }),
            ("a sign-in", changes(record) { $0.privilegeChange = privilegeChange(to: principal, at: moment) }),
            ("an end", changes(record) { $0.end = SessionEnd(reason: .signedOut, at: moment) }),
        ]
            + steps.map { kind, step in
                (kind, changes(record) { $0.secretMove = .init(expected: record.secretDigest, step: step) })
            }
    }

    /// An end that no generation fences.
    func operatorsEnd(_ reason: SessionEnd.Reason = .endedByOperator, at moment: Timestamp? = nil) -> SessionChanges {
        var changes = SessionChanges(expectedGeneration: nil)
        changes.end = SessionEnd(reason: reason, at: moment ?? now)
        return changes
    }
}

extension Bench {
    /// A JSON string that takes this many bytes.
    static func text(bytes: Int) -> String { "\"" + String(repeating: "x", count: max(bytes - 2, 0)) + "\"" }
}

extension Bench {
    /// A move of the secret that `record` has.
    func moving(_ record: SessionRecord, _ step: SessionChanges.SecretMove.Step) -> SessionChanges {
        changes(record) { $0.secretMove = .init(expected: record.secretDigest, step: step) }
    }
}
