import HTTPTypes
import RedisServers
import Sessions
import StoreSupport
import Synchronization
import Testing

@testable import SessionsRedis
@testable import SessionsRedisClient

/// Redis is killed, restarted, paused and demoted while it is in use.
@Suite(.timeLimit(.minutes(10))) struct OutageTests {
    /// Stores on one client, which are not checked: those with short timeouts must fail, the others have all the time.
    private func client(_ server: RedisProcess, tolerance: Duration = .seconds(300)) throws -> RedisClient {
        try RedisClient(
            .init(host: "127.0.0.1", port: server.port),
            configuration: .init(
                connections: 1, outageTolerance: tolerance, silenceTimeout: .seconds(600)))
    }

    private func store(
        _ client: RedisClient, timeout: Duration = .seconds(300), clock: any SessionClock = SystemSessionClock()
    ) -> RedisSessionStore {
        RedisSessionStore(
            unchecked: client, configuration: .init(commandTimeout: timeout, clockTolerance: .zero), clock: clock,
            ownClient: client)
    }

    /// With `appendfsync always`, whatever was acknowledged is there after `kill -9`.
    @Test func aServerThatLogsEveryWriteKeepsWhatItAcknowledged() async throws {
        let server = try RedisProcess(["--appendonly", "yes", "--appendfsync", "always"])
        try await server.start()
        let client = try client(server)
        let (patient, store) = (store(client), store(client, timeout: .seconds(1)))
        let session = record(["n": "0"])
        #expect(try await patient.create(session))
        for round in 1...3 {
            let acknowledged = Mutex(0)
            let isKilled = Mutex(false)
            let writing = Task {
                while true {
                    do {
                        let next = acknowledged.withLock { $0 } + 1
                        _ = try await store.commit(setting("n", to: "\(next)"), to: session.id, at: now)
                        acknowledged.withLock { $0 = next }
                    } catch {
                        // On a slow machine a commit can fail at its deadline too; the next one writes the same again.
                        if isKilled.withLock({ $0 }) { return }
                    }
                }
            }
            try await eventually("some are acknowledged") { acknowledged.withLock { $0 } >= 10 * round }
            server.kill()
            isKilled.withLock { $0 = true }
            await writing.value
            let last = acknowledged.withLock { $0 }
            await expectError(.unavailable, mentioning: "127.0.0.1:\(server.port)") {
                _ = try await store.load(session.id, at: now)
            }
            try await server.start()
            let loaded = try await patient.load(session.id, at: now)
            let n = try #require(Int(loaded?.attributes["n"]?.json ?? ""))
            // The one commit without an answer may have been applied or not.
            #expect(n == last || n == last + 1, "round \(round): \(last) were acknowledged, \(n) is there")
            _ = try await patient.commit(setting("n", to: "0"), to: session.id, at: now)
        }
        client.close()
    }

    /// Without persistence a restarted server is empty: everybody is signed out, and nothing is half there.
    @Test func aServerWithoutPersistenceForgetsEverythingAtOnce() async throws {
        let server = try RedisProcess()
        try await server.start()
        let client = try client(server)
        let store = store(client)
        let session = record()
        #expect(try await store.create(session))
        server.kill()
        try await server.start()
        let loaded = try await store.load(session.id, at: now)
        #expect(loaded == nil)
        guard case .missing = try await store.commit(setting("n", to: "1"), to: session.id, at: now) else {
            Issue.record("a commit brought a lost session back")
            return
        }
        client.close()
    }

    @Test("A restart within the tolerance costs nobody an error")
    func aRestartWithinTheToleranceIsWaitedFor() async throws {
        let server = try RedisProcess(["--appendonly", "yes", "--appendfsync", "always"])
        try await server.start()
        let client = try client(server)
        let store = store(client)
        let session = record()
        #expect(try await store.create(session))
        server.kill()
        // What goes into the dying connection has an unknown outcome, and rightly isn't sent again.
        try await eventually("the client has noticed") {
            let ping = RedisCommand("PING", key: [], effect: .write)
            guard case .failure(let failure) = await client.execute(ping, deadline: .now + .seconds(280)) else {
                return false
            }
            return failure.reason == .disconnected && !failure.isSent
        }
        async let result = store.commit(setting("n", to: "1"), to: session.id, at: now)
        async let loaded = store.load(session.id, at: now)
        try await server.start()
        #expect(try await result.record?.revision == 2)
        #expect(try await loaded?.id == session.id)
        client.close()
    }

    @Test(
        "No client waits longer than one deadline an outage, and the first success ends it",
        arguments: ["killed", "paused", "demoted"])
    func noClientWaitsTwice(_ trouble: String) async throws {
        let server = try RedisProcess()
        try await server.start()
        let client = try client(server, tolerance: .milliseconds(200))
        let (patient, store) = (store(client), store(client, timeout: .seconds(1)))
        let session = record(["n": "0"])
        #expect(try await patient.create(session))
        switch trouble {
        case "killed": server.kill()
        case "paused": server.pause()
        default: try server.cli("REPLICAOF", "127.0.0.1", "1")
        }
        let clients = try await withThrowingTaskGroup(of: [String].self) { group in
            for number in 0..<8 {
                group.addTask {
                    var messages: [String] = []
                    for turn in 0..<20 {
                        do throws(SessionError) {
                            if (number + turn).isMultiple(of: 2) {
                                _ = try await store.load(session.id, at: now)
                            } else {
                                _ = try await store.commit(setting("n", to: "1"), to: session.id, at: now)
                            }
                            // What became a replica answers loads until a write or the next second tells.
                            messages.append("answered")
                        } catch {
                            #expect(error.code == .unavailable)
                            messages.append(error.message)
                        }
                    }
                    return messages
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(clients.count == 8)
        for messages in clients {
            #expect(messages.count == 20)
            // Each message says what its call waited for: its deadline, or nothing.
            let waits = messages.count { $0.contains("within the deadline") && !$0.contains("isn't waited for") }
            #expect(waits <= 1, "\(messages)")
            let last = try #require(messages.last)
            #expect(last.contains("isn't waited for") || last.contains("name the primary"), "\(last)")
        }
        // With five minutes for each call, a wait would outlast the test.
        for _ in 0..<100 { await expectError(.unavailable) { _ = try await patient.load(session.id, at: now) } }
        switch trouble {
        case "killed": try await server.start()
        case "paused": server.resume()
        default: try server.cli("REPLICAOF", "NO", "ONE")
        }
        try await eventually("calls are answered again") {
            do {
                _ = try await patient.load(session.id, at: now)
                return true
            } catch {
                return false
            }
        }
        client.close()
    }

    /// A paused server keeps what was sent to it; when it goes on it must not apply what was reported as failed.
    @Test("A commit that threw is not applied after the deadline")
    func aCommitThatThrewIsNotAppliedAfterTheDeadline() async throws {
        let server = try RedisProcess()
        try await server.start()
        let client = try client(server)
        let patient = store(client)
        let session = record(["n": "0"])
        // Connected, so that the commit gets into the paused server's buffer.
        #expect(try await patient.create(session))
        // By this clock the fence stands two seconds after the call, and the caller waits for four: no time needs to pass
        // between what the caller is told and what the server does.
        let store = store(client, timeout: .seconds(4), clock: ShiftedClock(by: .seconds(-2)))
        server.pause()
        let other = record()
        let calls: [@Sendable () async throws -> Void] = [
            { _ = try await store.commit(setting("n", to: "1"), to: session.id, at: now) },
            { _ = try await store.create(other) },
        ]
        for call in calls {
            let error = try await #require(throws: SessionError.self) { try await call() }
            #expect(error.code == .unavailable && error.message.contains("within the deadline"), "\(error)")
            #expect((error.cause as? RedisFailure)?.outcome == .unknown, "it was sent")
        }
        server.resume()
        let loaded = try await patient.load(session.id, at: now)
        #expect(loaded?.attributes["n"]?.json == "0" && loaded?.revision == 1)
        let created = try await patient.load(other.id, at: now)
        #expect(created == nil)
        let result = try await patient.commit(setting("n", to: "2"), to: session.id, at: now)
        #expect(result.record?.revision == 2)
        client.close()
    }

    /// A server that was made a replica answers with what may be old; its answers are not taken for long.
    @Test func aServerThatBecameAReplicaIsLeft() async throws {
        let (server, primary) = (try RedisProcess(), try RedisProcess())
        try await server.start()
        try await primary.start()
        // The one that writes has the server's refusal told at once, and not at the end of a deadline.
        let (writing, reading) = (try client(server, tolerance: .zero), try client(server))
        let session = record()
        #expect(try await store(writing).create(session))
        #expect(try await store(reading).load(session.id, at: now)?.id == session.id)
        try server.cli("REPLICAOF", "127.0.0.1", "\(primary.port)")
        await expectError(.unavailable, mentioning: "127.0.0.1:\(server.port)", "replica") {
            _ = try await store(writing).commit(setting("n", to: "1"), to: session.id, at: now)
        }
        // Also where nothing is ever written.
        for client in [writing, reading] {
            let store = store(client, timeout: .seconds(2))
            try await eventually("loads are refused too") {
                do throws(SessionError) {
                    _ = try await store.load(session.id, at: now)
                    return false
                } catch {
                    return error.code == .unavailable && error.message.contains("name the primary")
                }
            }
        }
        try server.cli("REPLICAOF", "NO", "ONE")
        try await eventually("it is written to again") { (try? await store(writing).create(record())) == true }
        for client in [writing, reading] { client.close() }
    }

    @Test("G10: a request while Redis is paused gets 503 and keeps its cookie, and works afterwards")
    func aPauseSignsNobodyOut() async throws {
        let server = try RedisProcess()
        try await server.start()
        let client = try client(server)
        let visitor = try Visitor(store(client))
        let created = try await visitor.request { try $0.set("n", to: 1) }
        #expect(created.cookies.count == 1)
        server.pause()
        let failed = try await visitor.moved(to: store(client, timeout: .seconds(1))).request { session in
            _ = try session.value("n" as SessionKey<Int>)
        }
        #expect(failed.error?.code == .unavailable && failed.error?.code.status == .serviceUnavailable)
        #expect(failed.cookies.isEmpty)
        server.resume()
        let next = try await visitor.request { session in
            let n: Int? = try session.value("n")
            #expect(n == 1)
        }
        #expect(next.error == nil)
        client.close()
    }
}
