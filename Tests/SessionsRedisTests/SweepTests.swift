import RedisServers
import Sessions
import SessionsRedisClient
import StoreSupport
import Synchronization
import Testing

@testable import SessionsRedis

/// What the sweep looks at, how much of it, and what it says.
@Suite(.timeLimit(.minutes(10))) struct SweepTests {
    private let start = now

    /// In one shard: the first ten bits of an ID say which.
    private func id(_ number: UInt64) -> SessionID { SessionID(Block16(0x1234 << 48, number)) }

    @Test("A sweep that says that nothing more is due has looked at everything", arguments: [255, 256, 257, 300])
    func aSweepIsDoneWhenNothingIsDue(_ count: Int) async throws {
        try await withStore { store, _ in
            let sessions = (0..<UInt64(count)).map { record(id($0), at: start) }
            for session in sessions { #expect(try await store.create(session)) }
            var expired: Set<SessionID> = []
            var result = SweepResult(examined: 0)
            repeat {
                result = try await store.sweep(at: sessions[0].deadline, limit: 1000)
                expired.formUnion(result.expired.map(\.id))
            } while result.examined == 1000
            #expect(expired == Set(sessions.map(\.id)))
        }
    }

    @Test("A sweep looks at no more sessions than its limit")
    func aSweepKeepsItsLimit() async throws {
        try await withStore { store, _ in
            // In all shards, of which many are looked at together, and five in one.
            let ids = (0..<195).map { _ in freshID() } + (0..<5).map { id($0) }
            for id in ids { #expect(try await store.create(record(id, at: start))) }
            let due = start + .minutes(31)
            var seen: [[Int]] = []
            for limit in [0, 1, 3, 1000, 1000] {
                let result = try await store.sweep(at: due, limit: limit)
                seen.append([result.examined, result.expired.count])
            }
            #expect(seen == [[0, 0], [1, 1], [3, 3], [196, 196], [0, 0]])
        }
    }

    @Test("A sweep reports each session that expired as its tombstone, whether it is still kept or not")
    func expiredSessionsAreReported() async throws {
        try await withStore { store, _ in
            let realm = try Realm("shop")
            var session = record(
                freshID(), realm: realm, principal: try Principal("ada"), attributes: ["a": "1"], at: start)
            session.authentications = [.init(.password, at: start)]
            #expect(try await store.create(session))
            let early = try await store.sweep(at: session.deadline + .milliseconds(-1), limit: 10)
            #expect(early.examined == 0 && early.expired.isEmpty)
            var tombstone = session
            tombstone.end(SessionEnd(reason: .expired, at: session.deadline))
            let result = try await store.sweep(at: session.deadline, limit: 10)
            #expect(result.examined == 1 && result.expired.map(fields) == [fields(tombstone)])
            let stored = try await store.load(session.id, at: session.deadline)
            #expect(stored.map(fields) == fields(tombstone))
            let late = record(at: start)
            #expect(try await store.create(late))
            let forgotten = try await store.sweep(at: late.forgettableAt, limit: 10)
            #expect(forgotten.examined == 2 && forgotten.expired.map(\.id) == [late.id])
            for id in [session.id, late.id] { #expect(try await store.load(id, at: start) == nil) }
        }
    }

    @Test("What may be forgotten at the moment of a sweep is gone after it, and a millisecond before not")
    func toTheMillisecond() async throws {
        try await withStore { store, _ async throws in
            let sessions = [record(at: start), record(at: start)]
            for session in sessions { #expect(try await store.create(session)) }
            let moment = sessions[0].forgettableAt
            #expect(try await store.sweep(at: moment + .milliseconds(-1), limit: 1).expired.count == 1)
            for session in sessions { #expect(try await store.load(session.id, at: moment) != nil) }
            #expect(try await store.sweep(at: moment, limit: 10).expired.count == 1)
            for session in sessions { #expect(try await store.load(session.id, at: moment) == nil) }
        }
    }

    @Test("The tombstone of a session that ended early is forgotten when it may be, and not before")
    func tombstonesAreForgottenInTime() async throws {
        try await withStore { store, database in
            var session = record(at: start)
            session.lifetime.idleTimeout = nil
            #expect(try await store.create(session))
            #expect(try await database.due(session.id) == start + .hours(8))
            let ended = start + .minutes(5)
            let result = try await store.commit(ending(at: ended), to: session.id, at: ended)
            let forgettable = try #require(result.record?.forgettableAt)
            #expect(forgettable == ended + .hours(1))
            #expect(try await database.due(session.id) == forgettable)
            let early = try await store.sweep(at: forgettable + .milliseconds(-1), limit: 10)
            #expect(early.examined == 0)
            #expect(try await store.load(session.id, at: forgettable)?.end?.at == ended)
            let late = try await store.sweep(at: forgettable, limit: 10)
            #expect(late.examined == 1 && late.expired.isEmpty)
            #expect(try await database.isEmpty())
        }
    }

    @Test("A session whose lifetime was shortened expires by the new one, and one that was used by its last use")
    func theIndexFollowsTheDeadline() async throws {
        try await withStore { store, database in
            let session = record(at: start)
            #expect(try await store.create(session))
            var shorter = SessionChanges(expectedGeneration: 1)
            shorter.lifetime = session.lifetime
            shorter.lifetime?.idleTimeout = .minutes(10)
            #expect(try await store.commit(shorter, to: session.id, at: start).record != nil)
            #expect(try await database.due(session.id) == start + .minutes(11))
            let used = start + .minutes(5)
            #expect(try await store.commit(touching(at: used), to: session.id, at: used).record != nil)
            // The index may be early: the sweep looks, and finds that the session lives on.
            let early = try await store.sweep(at: start + .minutes(11), limit: 10)
            #expect(early.examined == 1 && early.expired.isEmpty)
            #expect(try await database.due(session.id) == start + .minutes(16))
            let late = try await store.sweep(at: start + .minutes(16), limit: 10)
            #expect(late.expired.map(\.end?.at) == [start + .minutes(16)])
        }
    }

    @Test("A sweep that fails in the middle reports what it has ended, and the next one the rest")
    func partOfASweep() async throws {
        try await withStore { store, database in
            let sessions = (0..<20 as Range<UInt64>).map { record(id($0), at: start) }
            for session in sessions { #expect(try await store.create(session)) }
            let script = store.scripts.sweep.digest
            let commands = FailingCommands(base: store.commands, script: script, failing: [6, 9])
            let broken = try await RedisSessionStore(commands, configuration: store.configuration)
            let first = try await broken.sweep(at: sessions[0].deadline, limit: 1000)
            #expect(first.failure?.code == .unavailable && first.expired.count == 18)
            let rest = try await broken.sweep(at: sessions[0].deadline, limit: 1000)
            #expect(rest.failure == nil && rest.expired.count == 2)
            #expect(Set((first.expired + rest.expired).map(\.id)) == Set(sessions.map(\.id)))
        }
    }

    @Test(
        "What can't be read is named, stops no sweep and is looked at again a day later",
        arguments: [("h", "short"), ("l", "short"), ("s", "short"), ("f", "short"), ("e", "now")])
    func whatCannotBeReadIsNamedAndStopsNoSweep(_ field: String, _ value: String) async throws {
        try await withStore { store, database in
            let (broken, whole) = (record(at: start), record(at: start))
            for session in [broken, whole] { #expect(try await store.create(session)) }
            _ = try await database.ask(
                "HSET", store.keys.session(broken.id), Array(field.utf8), Array(value.utf8))
            await expectError(.corrupt, mentioning: "\(broken.id)", "\"\(field)\"") {
                _ = try await store.load(broken.id, at: start)
            }
            await expectError(.corrupt, mentioning: "\(broken.id)") {
                _ = try await store.commit(setting("n", to: "1"), to: broken.id, at: start)
            }
            let due = whole.deadline
            let result = try await store.sweep(at: due, limit: 100)
            #expect(result.unreadable == [broken.id] && result.failure == nil && result.expired.map(\.id) == [whole.id])
            let swept = try await store.load(whole.id, at: due)
            #expect(swept?.end?.reason == .expired)
            let again = try await store.sweep(at: due, limit: 100)
            #expect(again.examined == 0)
            #expect(try await database.due(broken.id) == due + .days(1))
        }
    }

    @Test("What Redis has deleted by itself leaves the index with the next sweep")
    func whatRedisHasDeletedLeavesTheIndex() async throws {
        try await withStore { store, database in
            let session = record(at: start)
            let isCreated = try await store.create(session)
            let deleted = try await database.ask("DEL", store.keys.session(session.id))
            #expect(isCreated && deleted == .integer(1))
            let result = try await store.sweep(at: session.deadline, limit: 10)
            #expect(result.examined == 1 && result.expired.isEmpty && result.failure == nil)
            let isEmpty = try await database.isEmpty()
            #expect(isEmpty)
        }
    }

    /// Redis forgets by itself what no sweep came by to delete: a minute after the record may be forgotten.
    @Test("Redis's own timer runs out a minute after a session may be forgotten, after every kind of commit")
    func everySessionHasAnExpiryOfItsOwn() async throws {
        try await withStore { store, database in
            let session = record(at: start)
            let key = store.keys.session(session.id)
            // Redis counts real time from a commit on, and not every commit sets the timer.
            let began = ContinuousClock.now
            /// - Parameter expected: what is left of the session and its retention at the commit's moment
            func expect(_ expected: Duration, _ what: String, after step: () async throws -> Void) async throws {
                try await step()
                let left = try await database.timeLeft(key)
                let kept = expected + .minutes(1)
                let elapsed = began.duration(to: .now)
                #expect(left <= kept && left >= kept - elapsed - .milliseconds(2), "\(what): \(left) of \(kept)")
            }
            func commit(_ changes: SessionChanges, after time: Duration) async throws {
                #expect(try await store.commit(changes, to: session.id, at: start + time).record != nil)
            }
            try await expect(.minutes(31) + .hours(1), "a new session") {
                let isNew = try await store.create(session)
                #expect(isNew)
            }
            // The use was ten minutes before the commit.
            try await expect(.minutes(21) + .hours(1), "a touch") {
                try await commit(touching(at: start + .minutes(10)), after: .minutes(20))
            }
            try await expect(.minutes(21) + .hours(1), "a use that was no later") {
                try await commit(touching(at: start + .minutes(10)), after: .minutes(25))
            }
            try await expect(.minutes(21) + .hours(1), "a write that is no use") {
                try await commit(setting("n", to: "1"), after: .minutes(30))
            }
            try await expect(.hours(5) - .minutes(19) + .hours(1), "a longer lifetime") {
                var longer = SessionChanges(expectedGeneration: 1)
                longer.lifetime = session.lifetime
                longer.lifetime?.idleTimeout = .hours(5)
                try await commit(longer, after: .minutes(30))
            }
            try await expect(.hours(1) - .minutes(10), "an end") {
                try await commit(ending(.endedByOperator, at: start + .minutes(20)), after: .minutes(30))
            }
            let other = record(at: start)
            #expect(try await store.create(other))
            _ = try await store.sweep(at: other.deadline + .minutes(5), limit: 10)
            let left = try await database.timeLeft(store.keys.session(other.id))
            let kept = Duration.minutes(56)
            #expect(left <= kept && left >= kept - began.duration(to: .now) - .milliseconds(2))
        }
    }
}

/// Passes commands on, except some runs of a script, by their number.
private final class FailingCommands: RedisCommands {
    private let base: any RedisCommands
    private let script: [UInt8]
    private let failing: Set<Int>
    private let count = Mutex(0)

    init(base: any RedisCommands, script: String, failing: Set<Int>) {
        self.base = base
        self.script = Array(script.utf8)
        self.failing = failing
    }

    func send(_ command: RedisCommand, deadline: ContinuousClock.Instant) async throws(RedisFailure) -> RedisReply {
        if command.arguments.dropFirst().first == script {
            let number = count.withLock { count in
                count += 1
                return count
            }
            if failing.contains(number) { throw RedisFailure(.notApplied, "the connection was lost") }
        }
        return try await base.send(command, deadline: deadline)
    }
}
