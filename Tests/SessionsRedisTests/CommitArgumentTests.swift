import Sessions
import SessionsRedisClient
import StoreSupport
import Testing

@testable import SessionsRedis

/// What is sent for a commit to a session that is known: what changes, and nothing else.
@Suite(.timeLimit(.minutes(10))) struct CommitArgumentTests {
    private let start = Timestamp(milliseconds: 1_700_000_000_000)

    private func known() throws -> SessionRecord {
        var record = record(freshID(), attributes: ["a": "1", "b": "2"], at: start)
        record.previous = .init(digest: digest(5), nonce: RenewalNonce(Block16(6, 7)))
        return record
    }

    private func moving(_ step: SessionChanges.SecretMove.Step, of record: SessionRecord) -> SessionChanges {
        var changes = SessionChanges(expectedGeneration: 1)
        changes.secretMove = .init(expected: record.secretDigest, step: step)
        return changes
    }

    /// The names of the fields to set and of those to remove, and whether it must work while the memory is full.
    private func sent(
        _ changes: SessionChanges, to record: SessionRecord
    ) throws -> (set: [String], removed: [String], isFrugal: Bool) {
        var changed = record
        let result = changes.apply(to: &changed, at: start, limits: .init())
        try #require(result.name == "committed")
        var command = RedisCommand("EVALSHA", key: [], effect: .write)
        // In place of what comes before: the script, its keys, and the moment that fences it.
        command.append("0")
        command.append(
            changes, to: .init(record: record, stamp: 1), which: .init(record: changed, stamp: 2), millisecondsKept: nil
        )
        let texts = command.arguments.dropFirst().map { String(decoding: $0, as: UTF8.self) }
        func argument(_ argument: KnownCommitArgument) -> String { texts[argument.rawValue - 1] }
        let last = try #require(Int(argument(.last)))
        let set = stride(from: KnownCommitArgument.following, to: last, by: 2).map { texts[$0 - 1] }
        #expect(argument(.kept) == "", "when Redis deletes the key stays")
        return (set, Array(texts.dropFirst(last)), argument(.isFrugal) == "1")
    }

    @Test(
        "Each change sends the fields that it changes, and is refused by a full memory only where it stores something")
    func fieldsThatChange() throws {
        let record = try known()
        var removal = SessionChanges(expectedGeneration: 1)
        removal.attributes = ["a": .remove, "nothing": .remove]
        let renewal = SessionChanges.SecretMove.Step.renew(
            digest: digest(9), nonce: RenewalNonce(Block16(1, 2)), issuedAt: start)
        let expected: [(SessionChanges, set: [String], removed: [String], isFrugal: Bool)] = [
            (setting("a", to: "3"), ["h", ".a"], [], false), (setting("c", to: "3"), ["h", ".c"], [], false),
            (removal, ["h"], [".a"], true), (touching(at: start + .seconds(1)), ["h"], [], true),
            (moving(renewal, of: record), ["h", "s", "p"], [], true),
            (moving(.seen(at: start), of: record), ["h", "p"], [], true),
            (moving(.forgetPrevious, of: record), ["h"], ["p"], true),
        ]
        for (changes, set, removed, isFrugal) in expected {
            let sent = try sent(changes, to: record)
            #expect(sent.set == set && sent.removed == removed && sent.isFrugal == isFrugal, "\(changes)")
        }
        var first = record
        first.previous = nil
        #expect(try sent(moving(.forgetPrevious, of: first), to: first).removed == [])
    }
}
