import RedisServers
import Sessions
import SessionsTesting
import StoreSupport
import Testing

@testable import SessionsRedis

/// The script in Redis does what the engine's own `SessionChanges.apply` does, whatever is thrown at both.
@Suite(.timeLimit(.minutes(10))) struct DifferentialTests {
    private let limits = SessionLimits(attributeBytes: 40, sessionBytes: 120, attributeCount: 5)
    private let names = ["a", "b", "c", "é", "e\u{301}", "x y", String(repeating: "n", count: 128)]

    @Test(arguments: 0..<8)
    func commitsAreThoseOfTheReference(_ seed: Int) async throws {
        var random = SplitMix64(seed: UInt64(seed) &* 7919 &+ 1)
        let store = try await RedisSessionStore(
            url: "redis://127.0.0.1:\(TestServers.single.port)",
            configuration: .patient(keyPrefix: freshPrefix()),
            limits: limits)
        let reference = MemorySessionStore(limits: limits)
        for _ in 0..<12 {
            var moment = now
            let session = session(at: moment, &random)
            #expect(try await store.create(session))
            #expect(try await reference.create(session))
            for step in 0..<25 {
                moment = moment + .seconds(Int.random(in: 0...90, using: &random))
                let current = try #require(try await reference.load(session.id, at: moment))
                let changes = changes(on: current, at: moment, &random)
                let seen = try await store.commit(changes, to: session.id, at: moment)
                let expected = try await reference.commit(changes, to: session.id, at: moment)
                #expect(text(seen) == text(expected), "seed \(seed), step \(step): \(changes)")
                let stored = try await store.load(session.id, at: moment)
                let kept = try await reference.load(session.id, at: moment)
                #expect(stored.map(fields) == kept.map(fields), "seed \(seed), step \(step): \(changes)")
            }
        }
        try await store.close()
    }

    private func session(at now: Timestamp, _ random: inout SplitMix64) -> SessionRecord {
        var session = record(at: now)
        session.lifetime.idleTimeout = Bool.random(using: &random) ? .minutes(10) : nil
        session.lifetime.absoluteDeadline = now + .minutes(Int.random(in: 5...40, using: &random))
        if Bool.random(using: &random) {
            session.previous = .init(
                digest: digest(random.next()), nonce: RenewalNonce(Block16(random.next(), random.next())))
        }
        return session
    }

    /// Mostly what a holder of the record would write, and now and then something stale, wrong or too large.
    private func changes(on record: SessionRecord, at now: Timestamp, _ random: inout SplitMix64) -> SessionChanges {
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        var changes = SessionChanges(expectedGeneration: chance(95) ? record.generation : record.generation + 1)
        for name in names where chance(25) {
            changes.attributes[name] =
                chance(30)
                ? .remove
                : .set(
                    json: "\""
                        + String(repeating: "v", count: Int.random(in: 0...(chance(10) ? 50 : 20), using: &random))
                        + "\"")
            if chance(40) {
                changes.expectedRevisions[name] = chance(90) ? record.attributes.revision(of: name) : record.revision
            }
        }
        if chance(40) { changes.lastUsedAt = now - .seconds(Int.random(in: -5...60, using: &random)) }
        if chance(15) {
            var lifetime = record.lifetime
            lifetime.idleTimeout = chance(70) ? .minutes(Int.random(in: 1...20, using: &random)) : nil
            lifetime.absoluteDeadline = now + .minutes(Int.random(in: 1...60, using: &random))
            lifetime.isPersistent = chance(50)
            changes.lifetime = lifetime
        }
        if chance(40) {
            let steps: [SessionChanges.SecretMove.Step] = [
                .renew(
                    digest: digest(random.next()), nonce: RenewalNonce(Block16(random.next(), random.next())),
                    issuedAt: now),
                .seen(at: now), .forgetPrevious,
            ]
            changes.secretMove = .init(
                expected: chance(85) ? record.secretDigest : digest(random.next()),
                step: steps.randomElement(using: &random)!)
        }
        if chance(12), let principal = try? Principal(chance(50) ? "ada" : String(repeating: "ß", count: 120)) {
            changes.privilegeChange = .init(
                secretDigest: digest(random.next()), familyDigest: digest(random.next()), principal: principal,
                authenticatedAt: now - .seconds(3),
                authentications: chance(50) ? [.init(.password, at: now - .seconds(3))] : [], at: now)
        }
        if chance(3) {
            changes.end = SessionEnd(reason: .init(rawValue: "the shop's: \"closed\""), at: now)
            if chance(50) { changes.expectedGeneration = nil }
        } else if chance(3) {
            changes.expectedGeneration = nil
        }
        return changes
    }

    private func text(_ result: CommitResult) -> String {
        switch result {
        case .committed(let record): "committed \(fields(record))"
        case .conflict(let record): "conflict \(fields(record))"
        case .superseded: "superseded"
        case .ended(let end): "ended \(end)"
        case .missing: "missing"
        // Which of several limits is named first is left open.
        case .tooLarge: "too large"
        }
    }
}
