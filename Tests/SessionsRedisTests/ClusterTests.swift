import Foundation
import Processes
import RedisServers
import Sessions
import StoreSupport
import Synchronization
import Testing

@testable import SessionsRedis
@testable import SessionsRedisClient

/// A real cluster that changes under load.
///
/// Each test has its own.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ClusterTests {
    /// What a caller gives up says nothing about the slots.
    @Test func cancelledCallsLearnNothing() async throws {
        let cluster = try await TestCluster.steady()
        var client = RedisClientConfiguration.patient()
        // By a clock that stands still no node says nothing for long.
        let moment = ContinuousClock.now
        client.now = { moment }
        let store = try await RedisSessionStore(
            url: cluster.url, configuration: .init(commandTimeout: .seconds(300), client: client))
        func learned() throws -> Int {
            try cluster.nodes.reduce(0) { sum, node in
                let line = try node.cli("INFO", "commandstats").split(whereSeparator: \.isNewline).first {
                    $0.hasPrefix("cmdstat_cluster|slots:calls=")
                }
                return sum + (line.flatMap { Int($0.split(separator: "=")[1].prefix { $0 != "," }) } ?? 0)
            }
        }
        let before = try learned()
        for _ in 0..<100 {
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await store.load(freshID(), at: now)
            }
            _ = await task.result
            _ = try await store.load(freshID(), at: now)
        }
        #expect(try learned() == before)
        try await store.close()
    }

    /// A store whose calls wait for longer than any change of the cluster takes.
    private func store(_ cluster: TestCluster) async throws -> RedisSessionStore {
        try await RedisSessionStore(
            url: cluster.url,
            configuration: .init(
                commandTimeout: .seconds(300),
                client: .init(outageTolerance: .seconds(300), silenceTimeout: .seconds(600))))
    }

    /// Increments an attribute by compare-and-set until it is told to stop, and says how often that was acknowledged and how often it
    /// had no answer.
    private func increment(
        _ id: SessionID, in store: RedisSessionStore, until done: Switch
    ) async -> Increments {
        var (acknowledged, unknown): (Int, Int) = (0, 0)
        var refused: [String] = []
        while !done.isOn, !Task.isCancelled {
            do throws(SessionError) {
                guard let record = try await store.load(id, at: now), let attribute = record.attributes["n"] else {
                    refused.append("the session was gone")
                    break
                }
                var changes = setting("n", to: "\((Int(attribute.json) ?? 0) + 1)")
                changes.expectedRevisions = ["n": attribute.revision]
                switch try await store.commit(changes, to: id, at: now) {
                case .committed: acknowledged += 1
                case .conflict: break
                case let other: refused.append("\(other)")
                }
            } catch {
                if error.code == .unavailable { unknown += 1 } else { refused.append("\(error)") }
            }
        }
        return Increments(acknowledged: acknowledged, unknown: unknown, refused: refused)
    }

    @Test("Slots move to another node under load, and nothing is lost")
    func slotsMoveUnderLoad() async throws {
        let cluster = try await TestCluster.steady()
        let store = try await store(cluster)
        let sessions = (0..<48).map { _ in record(["n": "0"]) }
        for session in sessions { #expect(try await store.create(session)) }
        let done = Switch()
        let outcomes = try await withThrowingTaskGroup(of: (SessionID, Increments).self) { group in
            for session in sessions {
                group.addTask {
                    (session.id, await increment(session.id, in: store, until: done))
                }
            }
            // Two thirds of the first node's slots to the others and back again.
            let ids = try cluster.nodes.prefix(3).map { try $0.clusterID() }
            for (from, to) in [(0, 1), (0, 2), (1, 0)] {
                try await eventually("all nodes agree about the slots") {
                    (try? run(
                        RedisProcess.find("redis-cli"), ["--cluster", "check", "127.0.0.1:\(cluster.nodes[0].port)"]
                    ).contains("All nodes agree about slots configuration")) == true
                }
                try await offThread {
                    try run(
                        RedisProcess.find("redis-cli"),
                        [
                            "--cluster", "reshard", "127.0.0.1:\(cluster.nodes[0].port)", "--cluster-from", ids[from],
                            "--cluster-to", ids[to], "--cluster-slots", "1500", "--cluster-yes",
                        ])
                }
            }
            done.turnOn()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for (id, outcome) in outcomes {
            #expect(outcome.refused.isEmpty && outcome.unknown == 0, "\(outcome)")
            #expect(outcome.acknowledged > 0)
            let loaded = try await store.load(id, at: now)
            #expect(loaded?.attributes["n"]?.json == "\(outcome.acknowledged)", "every update counts once")
        }
        try await store.close()
    }

    /// A slot that is on its way: what isn't at its old node any more is asked for at the new one.
    @Test func slotsOnTheirWayAreAskedFor() async throws {
        let cluster = try await TestCluster.steady()
        let store = try await store(cluster)
        let session = record(["n": "1"])
        let key = String(decoding: store.keys.session(session.id), as: UTF8.self)
        #expect(try await store.create(session))
        let (from, to, slot) = try cluster.beginMoving(slotOfKey: key)
        let here = try await store.load(session.id, at: now)
        #expect(here?.attributes["n"]?.json == "1", "a session that is still at the old node is answered there")
        let due = String(decoding: store.keys.due(store.keys.shard(of: session.id)), as: UTF8.self)
        let moving = try from.cli("MIGRATE", "127.0.0.1", "\(to.port)", "", "0", "60000", "KEYS", key, due)
        #expect(moving.hasPrefix("OK"))
        let loaded = try await store.load(session.id, at: now)
        #expect(loaded?.attributes["n"]?.json == "1")
        guard case .committed = try await store.commit(setting("n", to: "2"), to: session.id, at: now) else {
            Issue.record("a commit to a session on its way was refused")
            return
        }
        var longer = SessionChanges(expectedGeneration: 1)
        longer.lifetime = session.lifetime
        guard case .committed = try await store.commit(longer, to: session.id, at: now) else {
            Issue.record("a commit with two keys was refused")
            return
        }
        for node in [to, from] { try node.cli("CLUSTER", "SETSLOT", slot, "NODE", try to.clusterID()) }
        let moved = try await store.load(session.id, at: now)
        #expect(moved?.attributes["n"]?.json == "2")
        try await store.close()
    }

    /// What ends while its slot is on its way is whole: a tombstone, and never nothing.
    @Test func endsInAMovingSlotLeaveTombstones() async throws {
        let cluster = try await TestCluster.steady()
        let store = try await store(cluster)
        let (session, expired) = (record(["n": "1"]), record(["n": "1"]))
        for (session, isSwept) in [(session, false), (expired, true)] {
            #expect(try await store.create(session))
            let key = String(decoding: store.keys.session(session.id), as: UTF8.self)
            _ = try cluster.beginMoving(slotOfKey: key)
            if isSwept {
                while try await store.sweep(at: session.deadline, limit: 100).examined > 0 {}
            } else {
                var end = SessionChanges(expectedGeneration: 1)
                end.end = SessionEnd(reason: .signedOut, at: now)
                guard case .committed = try await store.commit(end, to: session.id, at: now) else {
                    Issue.record("the end was refused")
                    return
                }
            }
            let left = try await store.load(session.id, at: now)
            #expect(left?.end?.reason == (isSwept ? .expired : .signedOut) && left?.attributes.isEmpty == true)
        }
        try await store.close()
    }

    /// A primary hangs with its machine and never closes a connection: loads go on with the replica that takes over, and not
    /// only after their deadline.
    @Test func aPrimaryThatHangsIsLeft() async throws {
        let cluster = try await TestCluster()
        let session = record(["n": "1"])
        let victim = try cluster.primary(
            ofKey: String(decoding: Keys(prefix: "sessions").session(session.id), as: UTF8.self))
        // The only node that it is told of: where the slots went, the others say.
        let store = try await RedisSessionStore(
            url: "redis+cluster://127.0.0.1:\(victim.port)",
            configuration: .init(commandTimeout: .seconds(300), client: .init(outageTolerance: .seconds(300))))
        #expect(try await store.create(session))
        try await eventually("the replica has the session") {
            try cluster.nodes.contains { node in
                try node.info()["master_port"] == "\(victim.port)"
                    && node.info()["slave_repl_offset"] == victim.info()["master_repl_offset"]
            }
        }
        victim.pause()
        // With 300 s each, they would be asked of the one that hangs for longer than the test may take.
        for _ in 0..<10 {
            let loaded = try await store.load(session.id, at: now)
            #expect(loaded?.attributes["n"]?.json == "1")
        }
        victim.resume()
        try await store.close()
    }

    /// What passes by itself costs no call: a replica that is gone at start-up, a node that has forgotten the others' names, and
    /// a slot that went to a node without one.
    @Test func passingIgnoranceIsNoFailure() async throws {
        let state = Mutex((port: 0, gone: 0, isIgnorant: false, refusals: [String]()))
        let node = try await FakeServer { command in
            let (port, gone, isIgnorant, _) = state.withLock { $0 }
            switch command[0] {
            case "HELLO": return .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
            case "INFO": return .bytes("$17\r\ncluster_enabled:1\r\n")
            case "CLUSTER":
                let host = isIgnorant ? "$1\r\n?" : "$9\r\n127.0.0.1"
                return .bytes(
                    "*1\r\n*4\r\n:0\r\n:16383\r\n*2\r\n\(host)\r\n:\(port)\r\n*2\r\n\(host)\r\n:\(gone)\r\n")
            case "HGETALL":
                return state.withLock { state in state.refusals.isEmpty ? nil : .bytes(state.refusals.removeFirst()) }
            default: return nil
            }
        }
        let gone = try RedisProcess.freePort()
        state.withLock { ($0.port, $0.gone) = (node.port, gone) }
        let store = try await RedisSessionStore(
            url: "redis+cluster://127.0.0.1:\(node.port)", configuration: .patient())
        for refusal in ["-CLUSTERDOWN wait\r\n", "-MOVED 1 ?:7000\r\n", "-ASK 1 ?:7000\r\n"] {
            state.withLock { ($0.isIgnorant, $0.refusals) = (true, [refusal]) }
            let loaded = try await store.load(freshID(), at: now)
            #expect(loaded == nil)
        }
        try await store.close()
        try await node.close()
    }

    /// A primary dies under load.
    ///
    /// Calls that have no answer yet go on with its replica, within their deadline.
    ///
    /// Redis replicates after it has acknowledged, so what was acknowledged in the last moments can be lost, and a later
    /// update can build on the state before; no update is applied twice.
    @Test func aPrimaryFailsUnderLoad() async throws {
        let cluster = try await TestCluster()
        let store = try await store(cluster)
        let sessions = (0..<24).map { _ in record(["n": "0"]) }
        for session in sessions { #expect(try await store.create(session)) }
        let victim = try cluster.primary(ofKey: String(decoding: store.keys.session(sessions[0].id), as: UTF8.self))
        // What replicas have confirmed is not lost.
        let safe = record(["n": "7"])
        #expect(try await store.create(safe))
        try await eventually("the replicas have everything") {
            try cluster.nodes.allSatisfy { node in
                let info = ServerInfo(try node.cli("INFO", "replication"))
                guard info["role"] == "master" else { return true }
                return info["slave0"]?.contains("offset=\(info["master_repl_offset"] ?? "?"),") == true
            }
        }
        let done = Switch()
        let outcomes = try await withThrowingTaskGroup(of: (SessionID, Increments).self) { group in
            for session in sessions {
                group.addTask { (session.id, await increment(session.id, in: store, until: done)) }
            }
            try await Task.sleep(for: .milliseconds(300))
            victim.kill()
            // Calls that begin now are answered by the replica that takes over.
            for session in sessions { _ = try await store.load(session.id, at: now) }
            try await Task.sleep(for: .milliseconds(300))
            done.turnOn()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for (id, outcome) in outcomes {
            #expect(outcome.refused.isEmpty, "\(outcome)")
            #expect(outcome.unknown <= 1, "only what was on its way has no answer: \(outcome)")
            let loaded = try await store.load(id, at: now)
            let n = try #require(Int(loaded?.attributes["n"]?.json ?? ""))
            #expect(n <= outcome.acknowledged + outcome.unknown, "nothing is applied twice")
        }
        let kept = try await store.load(safe.id, at: now)
        #expect(kept?.attributes["n"]?.json == "7")
        try await store.close()
    }

    @Test("Calls for sessions of a primary that is gone fail at once, until another node has them; others go on")
    func aLostPrimaryIsNotWaitedFor() async throws {
        let cluster = try await TestCluster.steady()
        for node in cluster.nodes { try node.cli("CONFIG", "SET", "cluster-require-full-coverage", "no") }
        let patient = try await self.store(cluster)
        let sessions = (0..<48).map { _ in record(["n": "0"]) }
        for session in sessions { #expect(try await patient.create(session)) }
        func server(of id: SessionID) -> ServerAddress? { patient.ownClient?.server(of: patient.keys.session(id)) }
        let victim = try #require(cluster.nodes.first { $0.port == server(of: sessions[0].id)?.port })
        let lost = sessions.map(\.id).filter { server(of: $0)?.port == victim.port }
        let left = sessions.map(\.id).filter { server(of: $0)?.port != victim.port }
        #expect(!lost.isEmpty && !left.isEmpty)
        let store = try await RedisSessionStore(
            url: cluster.url,
            configuration: .init(commandTimeout: .seconds(3600), client: .patient(outageTolerance: .milliseconds(100))))
        let replica = try #require(try cluster.nodes.first { try $0.info()["master_port"] == "\(victim.port)" })
        victim.kill()
        // Each would otherwise be waited for as long as its deadline is: an hour.
        for id in lost {
            await expectError(.unavailable, mentioning: "127.0.0.1:\(victim.port)") {
                _ = try await store.load(id, at: now)
            }
        }
        for id in left { #expect(try await patient.load(id, at: now)?.id == id) }
        func isAnswered(_ id: SessionID) async -> Bool {
            do {
                _ = try await store.load(id, at: now)
                return true
            } catch {
                return false
            }
        }
        for id in left { try await eventually("the other nodes answer") { await isAnswered(id) } }
        // The primary stays away: where its slots went is learned while no call waits for it.
        try replica.cli("CLUSTER", "FAILOVER", "TAKEOVER")
        try await eventually("the replica answers") { await isAnswered(lost[0]) }
        try await store.close()
        try await patient.close()
    }
}

private struct Increments: Sendable {
    let acknowledged: Int
    let unknown: Int
    let refused: [String]
}

/// Is turned on once and stays on.
private final class Switch: Sendable {
    private let state = Mutex(false)
    var isOn: Bool { state.withLock { $0 } }
    func turnOn() { state.withLock { $0 = true } }
}
