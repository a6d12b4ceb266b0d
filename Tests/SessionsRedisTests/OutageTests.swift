import Foundation
import HTTPTypes
import RedisServers
import Sessions
import StoreSupport
import Testing

@testable import SessionsRedis

/// Redis is killed, restarted, paused and demoted while it is in use.
@Suite(.timeLimit(.minutes(10))) struct OutageTests {
    /// - Parameter timeout: long where a call must succeed, also on a machine that has much else to do
    private func store(
        _ server: RedisProcess, timeout: Duration = .seconds(30), tolerance: Duration = .seconds(2)
    ) async throws -> RedisSessionStore {
        try await RedisSessionStore(
            url: "redis://127.0.0.1:\(server.port)",
            configuration: .init(commandTimeout: timeout, clockTolerance: tolerance))
    }

    /// With `appendfsync always`, whatever was acknowledged is there after `kill -9`.
    @Test func aServerThatLogsEveryWriteKeepsWhatItAcknowledged() async throws {
        let server = try RedisProcess(["--appendonly", "yes", "--appendfsync", "always"])
        try await server.start()
        let patient = try await store(server)
        let store = try await store(server, timeout: .seconds(2))
        let session = record(["n": "0"])
        #expect(try await patient.create(session))
        for round in 1...3 {
            let acknowledged = Task {
                var last = 0
                while true {
                    do {
                        _ = try await store.commit(setting("n", to: "\(last + 1)"), to: session.id, at: now)
                        last += 1
                    } catch {
                        return last
                    }
                }
            }
            try await Task.sleep(for: .milliseconds(100 * round))
            server.kill()
            let last = await acknowledged.value
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
        store.close()
        patient.close()
    }

    /// Without persistence a restarted server is empty: everybody is signed out, and nothing is half there.
    @Test func aServerWithoutPersistenceForgetsEverythingAtOnce() async throws {
        let server = try RedisProcess()
        try await server.start()
        let store = try await store(server)
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
        store.close()
    }

    /// A call that began while the server was away succeeds when it comes back in time.
    @Test func aRestartWithinTheDeadlineIsWaitedFor() async throws {
        let server = try RedisProcess(["--appendonly", "yes", "--appendfsync", "always"])
        try await server.start()
        let store = try await store(server)
        let session = record()
        #expect(try await store.create(session))
        server.kill()
        async let result = store.commit(setting("n", to: "1"), to: session.id, at: now)
        async let loaded = store.load(session.id, at: now)
        try await Task.sleep(for: .milliseconds(300))
        try await server.start()
        guard case .committed = try await result else {
            Issue.record("the commit was refused")
            return
        }
        #expect(try await loaded?.id == session.id)
        store.close()
    }

    /// A paused server keeps what was sent to it; when it goes on it must not apply what was reported as failed.
    @Test("A commit that threw is not applied after the deadline")
    func aCommitThatThrewIsNotAppliedAfterTheDeadline() async throws {
        let server = try RedisProcess()
        try await server.start()
        let patient = try await store(server)
        let session = record(["n": "0"])
        #expect(try await patient.create(session))
        let store = try await store(server, timeout: .milliseconds(1500), tolerance: .milliseconds(500))
        // Connected, so that the commit gets into the paused server's buffer.
        try await eventually("a quick answer") { (try? await store.load(session.id, at: now)) != nil }
        server.pause()
        await expectError(.unavailable, mentioning: "127.0.0.1:\(server.port)", "within the deadline") {
            _ = try await store.commit(setting("n", to: "1"), to: session.id, at: now)
        }
        let other = record()
        await expectError(.unavailable, mentioning: "127.0.0.1:\(server.port)") { _ = try await store.create(other) }
        try await Task.sleep(for: store.configuration.commitDeadline)
        server.resume()
        let loaded = try await patient.load(session.id, at: now)
        #expect(loaded?.attributes["n"]?.json == "0" && loaded?.revision == 1)
        let created = try await patient.load(other.id, at: now)
        #expect(created == nil)
        guard case .committed(let current) = try await patient.commit(setting("n", to: "2"), to: session.id, at: now)
        else {
            Issue.record("a commit after the pause was refused")
            return
        }
        #expect(current.revision == 2)
        store.close()
        patient.close()
    }

    /// A server that was made a replica answers with what may be old; its answers are not taken for long.
    @Test func aServerThatBecameAReplicaIsLeft() async throws {
        let (server, primary) = (try RedisProcess(), try RedisProcess())
        try await server.start()
        try await primary.start()
        let store = try await store(server, timeout: .seconds(8))
        let reader = try await self.store(server, timeout: .seconds(8))
        let session = record()
        #expect(try await store.create(session))
        try server.cli("REPLICAOF", "127.0.0.1", "\(primary.port)")
        await expectError(.unavailable, mentioning: "127.0.0.1:\(server.port)", "name the primary") {
            _ = try await store.commit(setting("n", to: "1"), to: session.id, at: now)
        }
        // Also where nothing is ever written.
        for store in [store, reader] {
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
        try await eventually("it is used again") {
            (try? await store.create(record())) == true
        }
        store.close()
        reader.close()
    }

    @Test("G10: a request while Redis is paused gets 503 and keeps its cookie, and works afterwards")
    func aPauseSignsNobodyOut() async throws {
        let server = try RedisProcess()
        try await server.start()
        let store = try await store(server, timeout: .seconds(5))
        let visitor = try Visitor(store)
        let created = try await visitor.request { try $0.set("n", 1) }
        #expect(created.cookies.count == 1)
        server.pause()
        let failed = try await visitor.request { session in _ = try session.value("n" as SessionKey<Int>) }
        #expect(failed.error?.code == .unavailable && failed.error?.code.status == .serviceUnavailable)
        #expect(failed.cookies.isEmpty)
        server.resume()
        try await eventually("the session works again") {
            let next = try await visitor.request { session in
                let n: Int? = try session.value("n")
                #expect(n == 1)
            }
            return next.error == nil
        }
        store.close()
    }
}

/// A client of a server on a store, with a cookie jar for one session.
final class Visitor {
    private let manager: SessionManager
    private var cookie: String?

    init(_ store: any SessionStore) throws { manager = try SessionManager(store: store) }

    /// One request; what failed is in the outcome.
    func request(
        _ body: (Session) async throws -> Void
    ) async throws -> (cookies: [String], error: SessionError?) {
        var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        if let cookie { request.headerFields[.cookie] = cookie }
        let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
        var failure: SessionError?
        do {
            try await body(try await handle.session())
        } catch let error as SessionError {
            failure = error
        }
        let outcome = await handle.finish(status: failure?.code.status ?? .ok)
        var fields = HTTPFields()
        outcome.apply(to: &fields)
        let cookies = fields[values: .setCookie]
        if let first = cookies.first { cookie = String(first.prefix { $0 != ";" }) }
        return (cookies, failure ?? outcome.error)
    }
}
