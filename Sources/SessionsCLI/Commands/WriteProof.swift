import Sessions

/// A session that a store is asked to keep, change and end, to see that it does.
struct WriteProof {
    let store: any SessionStore

    private static let doing = "the store answered, and not with what was written: it loses or mixes up writes"

    func run(_ step: (_ name: String, _ work: () async throws -> Void) async throws -> Void) async throws {
        let record = try Self.record(at: .now)
        try await step("make a session") {
            guard try await store.create(record) else { throw Self.lost }
        }
        try await step("read it") { try await expect(record) }
        var changes = SessionChanges(expectedGeneration: record.generation)
        changes.attributes["check"] = .set(json: "2")
        try await step("change it") {
            guard case .committed = try await store.commit(changes, to: record.id, at: .now) else { throw Self.lost }
        }
        var changed = record
        changed.revision += 1
        changed.attributes = SessionAttributes([.init(name: "check", json: "2", revision: changed.revision)])
        try await step("read the change") { try await expect(changed) }
        try await step("end it") {
            var end = SessionChanges(expectedGeneration: nil)
            end.end = SessionEnd(reason: .endedByOperator, at: .now)
            guard case .committed = try await store.commit(end, to: record.id, at: .now) else { throw Self.lost }
        }
    }

    private func expect(_ record: SessionRecord) async throws {
        guard let there = try await store.load(record.id, at: .now), RecordComparison.differences(record, there).isEmpty
        else { throw Self.lost }
    }

    private static var lost: SessionError { SessionError(.unavailable, doing) }

    /// A visitor's session of a minute, of which nothing is kept once it is over.
    private static func record(at now: Timestamp) throws -> SessionRecord {
        func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: .min ... .max) } }
        guard let id = SessionID(bytes: bytes(16)), let secret = SecretDigest(bytes: bytes(32)),
            let family = SecretDigest(bytes: bytes(32))
        else { throw lost }
        return SessionRecord(
            id: id, realm: try Realm("sessions-check"), secretDigest: secret, secretIssuedAt: now,
            familyDigest: family, createdAt: now, lastUsedAt: now,
            lifetime: SessionLifetime(
                idleTimeout: nil, touchInterval: .seconds(1), absoluteDeadline: now + .seconds(60), retention: .zero,
                isPersistent: false),
            attributes: SessionAttributes([.init(name: "check", json: "1", revision: 1)]))
    }
}
