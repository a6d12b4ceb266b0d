import StoreSupport
import Testing

@testable import Sessions

@Suite(.timeLimit(.minutes(10))) struct DifferenceTests {
    private static let others: [@Sendable (inout SessionRecord) -> Void] = [
        { $0.secretDigest = digest(9) },
        { $0.familyDigest = digest(9) },
        { $0.secretIssuedAt = start + .seconds(1) },
        { $0.createdAt = start + .seconds(1) },
        { $0.generation += 1 },
        {
            $0.lifetime = SessionLifetime(
                idleTimeout: nil, touchInterval: .seconds(1), absoluteDeadline: start, retention: .zero,
                isPersistent: true)
        },
        { $0.previous = .init(digest: digest(9), nonce: RenewalNonce(Block16(1, 2))) },
        { $0.superseded = .init(familyDigest: digest(9), at: start, revision: 1) },
        { $0.principal = nil },
        { $0.authenticatedAt = nil },
        { $0.authentications = [.init(.password, at: start)] },
        { $0.end = SessionEnd(reason: .signedOut, at: start) },
    ]

    @Test("A record differs in its use alone where nothing but use, revision and attributes has changed")
    func use() throws {
        let before = record(id(1), principal: try Principal("ann"), attributes: ["a": "1"], at: start)
        var after = before
        #expect(after.differsInUseAlone(from: before))
        after.lastUsedAt = start + .seconds(1)
        after.revision += 1
        after.attributes = SessionAttributes()
        #expect(after.differsInUseAlone(from: before) && before.differsInUseAlone(from: after))
    }

    @Test("A record with any other change doesn't differ in its use alone", arguments: others.indices)
    func other(_ index: Int) throws {
        let before = record(id(1), principal: try Principal("ann"), attributes: ["a": "1"], at: start)
        var after = before
        Self.others[index](&after)
        #expect(!after.differsInUseAlone(from: before))
    }
}
