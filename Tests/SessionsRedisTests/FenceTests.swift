import RedisServers
import Sessions
import SessionsRedisClient
import StoreSupport
import Synchronization
import Testing

@testable import SessionsRedis

/// A commit that threw to a caller that waited longer than the commit deadline is not applied afterwards.
@Suite(.timeLimit(.minutes(10))) struct FenceTests {
    private let configuration = RedisSessionStore.Configuration(
        commandTimeout: .hours(1), clockTolerance: .seconds(2))

    @Test("The commit deadline is the command timeout and twice the tolerance of clocks")
    func theCommitDeadlineIsStated() {
        #expect(RedisSessionStore.Configuration().commitDeadline == .seconds(9))
        #expect(configuration.commitDeadline == .hours(1) + .seconds(4))
    }

    @Test("Every commit and creation names the moment after which Redis must refuse it")
    func everyWriteNamesItsFence() async throws {
        let commands = RecordingCommands()
        let clock = FixedClock(now: Timestamp(milliseconds: 1_700_000_000_000))
        let store = RedisSessionStore(unchecked: commands, configuration: configuration, clock: clock)
        _ = try await store.commit(setting("n", to: "1"), to: freshID(), at: now)
        _ = try? await store.create(record())
        // EVALSHA, digest, number of keys, the keys, then the script's arguments.
        let fences = commands.sent.map { arguments -> String in
            let keys = Int(String(decoding: arguments[2], as: UTF8.self)) ?? 0
            return String(decoding: arguments[3 + keys], as: UTF8.self)
        }
        let latest = clock.now + .hours(1) + .seconds(2)
        #expect(fences == ["\(latest.milliseconds)", "\(latest.milliseconds)"])
    }

    @Test("Redis refuses by its own clock what arrives later than the command timeout and the tolerance")
    func whatArrivesTooLateIsRefused() async throws {
        let session = record(["n": "0"])
        let (late, lateSession) = (record(), record())
        // What this store sends was asked for so long ago, by its clock, that it is a moment too late.
        let past = FixedClock(now: now - .hours(1) - .seconds(2) - .milliseconds(1))
        try await withStore(configuration) { store, database in
            #expect(try await store.create(session))
            let slow = RedisSessionStore(unchecked: database.client, configuration: store.configuration, clock: past)
            await expectError(.unavailable, mentioning: "too late by Redis's clock", "committing") {
                _ = try await slow.commit(setting("n", to: "1"), to: session.id, at: now)
            }
            await expectError(.unavailable, mentioning: "too late by Redis's clock", "creating") {
                _ = try await slow.create(late)
            }
            let loaded = try await store.load(session.id, at: now)
            #expect(loaded?.attributes["n"]?.json == "0" && loaded?.revision == 1)
            #expect(try await store.load(late.id, at: now) == nil)
            // Ten minutes before that it is in time, however slow this machine is.
            let soon = FixedClock(now: past.now + .minutes(10))
            let timely = RedisSessionStore(unchecked: database.client, configuration: store.configuration, clock: soon)
            #expect(try await timely.create(lateSession))
            #expect(try await timely.commit(setting("n", to: "1"), to: session.id, at: now).record?.revision == 2)
        }
    }
}

/// Answers everything with nothing and keeps what was sent.
private final class RecordingCommands: RedisCommands {
    private let state = Mutex<[[[UInt8]]]>([])

    var sent: [[[UInt8]]] { state.withLock { $0 } }

    func send(
        _ command: RedisCommand, deadline: ContinuousClock.Instant
    ) async throws(RedisFailure) -> RedisReply {
        state.withLock { $0.append(command.arguments) }
        return .null
    }
}
