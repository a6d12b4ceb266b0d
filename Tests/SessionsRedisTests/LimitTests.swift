import RedisServers
import Sessions
import SessionsRedisClient
import StoreSupport
import Synchronization
import Testing

@testable import SessionsRedis

/// Every setting and bound of the store, from both sides.
@Suite(.timeLimit(.minutes(10))) struct LimitTests {
    private typealias Configuration = RedisSessionStore.Configuration

    /// The error that settings are refused with; `nil` where they are taken.
    private func refusal(
        limits: SessionLimits = .init(), _ change: (inout Configuration) -> Void
    ) -> String? {
        var configuration = Configuration()
        change(&configuration)
        do throws(SessionError) {
            try configuration.check(limits)
            try configuration.checkAnswers(limits)
            return nil
        } catch {
            return error.code == .configuration ? error.message : "\(error)"
        }
    }

    @Test("Times are taken from a nanosecond to an hour, and the tolerance from nothing")
    func timesHaveLimits() {
        let times: [(String, WritableKeyPath<Configuration, Duration>)] = [
            ("commandTimeout", \.commandTimeout), ("client.connectTimeout", \.client.connectTimeout),
            ("client.silenceTimeout", \.client.silenceTimeout),
        ]
        for (name, time) in times {
            for taken in [Duration.nanoseconds(1), .hours(1)] {
                #expect(refusal { $0[keyPath: time] = taken } == nil, "\(name) \(taken)")
            }
            for refused in [Duration.zero, .nanoseconds(-1), .hours(1) + .nanoseconds(1)] {
                #expect(refusal { $0[keyPath: time] = refused }?.hasPrefix("\(name) is \(refused)") == true)
            }
        }
        for taken in [Duration.zero, .hours(1)] { #expect(refusal { $0.clockTolerance = taken } == nil) }
        for refused in [Duration.nanoseconds(-1), .hours(1) + .nanoseconds(1)] {
            #expect(refusal { $0.clockTolerance = refused }?.hasPrefix("clockTolerance is \(refused)") == true)
        }
    }

    @Test("An outage is tolerated from no time to an hour")
    func outagesHaveLimits() {
        for taken in [Duration.zero, .hours(1)] { #expect(refusal { $0.client.outageTolerance = taken } == nil) }
        for refused in [Duration.nanoseconds(-1), .hours(1) + .nanoseconds(1)] {
            let problem = "client.outageTolerance is \(refused); it takes 0 to an hour"
            #expect(refusal { $0.client.outageTolerance = refused } == problem)
        }
    }

    @Test("Counts begin at one, and a script takes a thousand attributes")
    func countsHaveLimits() {
        for count in [\Configuration.client.connections, \.client.maximumPendingCommands] {
            #expect(refusal { $0[keyPath: count] = 1 } == nil)
            #expect(refusal { $0[keyPath: count] = 0 }?.contains("both take at least 1") == true)
        }
        for (count, isTaken) in [(0, false), (1, true), (1000, true), (1001, false)] {
            let limits = SessionLimits(attributeCount: count)
            #expect((refusal(limits: limits) { _ in } == nil) == isTaken, "\(count) attributes")
        }
    }

    @Test("A key prefix takes 1 to 64 bytes without braces, blanks and control characters")
    func prefixesHaveLimits() {
        for taken in ["a", String(repeating: "x", count: 64), "é", "a:b", "!", "~"] {
            #expect(refusal { $0.keyPrefix = taken } == nil, "\(taken)")
        }
        for refused in [
            "", String(repeating: "x", count: 65), String(repeating: "é", count: 33), "a b", "a{", "a}", "a\u{1f}",
            "a\u{7f}",
        ] {
            #expect(refusal { $0.keyPrefix = refused }?.contains("keyPrefix") == true, "\(refused)")
        }
    }

    @Test("The largest session fits into an answer exactly")
    func answersHoldTheLargestSession() {
        let limits = SessionLimits(attributeBytes: 1000, sessionBytes: 10_000, attributeCount: 10)
        let (bytes, elements) = (10_000 + 64 * 10 + 4096, 2 * 10 + 32)
        #expect(refusal(limits: limits) { $0.client.limits = .init(bytes: bytes, elements: elements) } == nil)
        for (bytes, elements) in [(bytes - 1, elements), (bytes, elements - 1)] {
            let refusal = refusal(limits: limits) { $0.client.limits = .init(bytes: bytes, elements: elements) }
            #expect(refusal?.contains("raise client.limits") == true)
        }
    }

    @Test("Redis 6.2 and what came later is taken")
    func versionsAreCompared() {
        for (version, isTaken) in [
            ("6.1.99", false), ("5.9", false), ("6.2", true), ("6.2.0", true), ("6.10.1", true), ("7.0.15", true),
            ("255.255.255", true), ("unknown", true),
        ] {
            #expect(RedisSessionStore.isRecent(version) == isTaken, "\(version)")
        }
    }

    /// The millisecond is that of rounding.
    @Test(
        "A Redis whose clock differs by the tolerance is taken, and by more is refused",
        arguments: [
            (-2001, false), (-2000, true), (2001, true), (2002, false),
        ])
    func clocksMayDiffer(by difference: Int64, _ isTaken: Bool) async throws {
        let time = Timestamp(milliseconds: 1_700_000_000_500)
        let other = (time + .milliseconds(difference)).milliseconds
        let server = try await FakeServer { command in
            guard command[0] == "TIME" else { return nil }
            let (seconds, microseconds) = ("\(other / 1000)", "\(other % 1000 * 1000)")
            return .bytes(
                "*2\r\n$\(seconds.utf8.count)\r\n\(seconds)\r\n$\(microseconds.utf8.count)\r\n\(microseconds)\r\n")
        }
        let client = try RedisClient(.init(host: "127.0.0.1", port: server.port), configuration: .patient())
        func open() async throws(SessionError) {
            _ = try await RedisSessionStore(
                client, configuration: .init(commandTimeout: .seconds(300), clockTolerance: .seconds(2)),
                limits: .init(),
                clock: FixedClock(now: time))
        }
        if isTaken {
            try await open()
        } else {
            await expectError(.configuration, mentioning: "clock", "by \(difference) ms") { try await open() }
        }
        client.close()
        try await server.close()
    }

    @Test("What a commit removes makes room for what it sets, as Redis judges it")
    func removalsMakeRoom() async throws {
        let limits = SessionLimits(attributeBytes: 10, sessionBytes: 4, attributeCount: 2)
        try await withStore(limits: limits) { store, _ in
            let session = record(["a": "1", "b": "2"])
            #expect(try await store.create(session))
            var changes = setting("c", to: "3")
            changes.attributes["a"] = .remove
            // The store has read nothing of it, so the script judges.
            let result = try await store.commit(changes, to: session.id, at: now)
            #expect(result.record?.attributes.names == ["b", "c"])
        }
    }

    @Test("A page has one record at least and a thousand at most")
    func pagesHaveLimits() async throws {
        try await withStore { store, _ in
            let ada = try owner("ada")
            let start = now
            let ids = (0..<1001).map { _ in freshID() }
            _ = try await store.concurrently(ids) { id throws(SessionError) in
                try await store.enroll(id, of: ada, at: start)
                return try await store.create(record(id, principal: ada.principal, at: start))
            }
            for (limit, count) in [(-1, 1), (0, 1), (1, 1), (999, 999), (1000, 1000), (1001, 1000), (5000, 1000)] {
                let page = try await store.list(SessionQuery(.owner(ada), limit: limit), at: start)
                #expect(page.records.count == count && page.next != nil, "a limit of \(limit)")
                let all = try await store.list(SessionQuery(.all, limit: limit), at: start)
                #expect(all.records.count <= count, "a limit of \(limit)")
            }
        }
    }

    @Test("No more than 64 questions are asked at once, and every one is answered in its place")
    func questionsAreBounded() async throws {
        try await withStore { store, _ in
            let state = Mutex((started: 0, now: 0, most: 0))
            let answers = try await store.concurrently(Array(0..<300)) { item throws(SessionError) in
                state.withLock { state in
                    state.started += 1
                    state.now += 1
                    state.most = max(state.most, state.now)
                }
                // The first ones wait for each other, and then for those that should not be there.
                while state.withLock({ $0.started }) < 64 { await Task.yield() }
                for _ in 0..<100 { await Task.yield() }
                state.withLock { $0.now -= 1 }
                return item
            }
            #expect(answers == Array(0..<300))
            #expect(state.withLock { $0.most } == 64)
        }
    }

    @Test("A sweep looks through no more than eight owners of a shard, and no more than its limit")
    func ownersAreSweptInBatches() async throws {
        try await withStore { store, database in
            let start = now
            let first = try owner("user-0")
            let shard = store.keys.shard(of: first)
            var owners: [SessionOwner] = []
            var number = 0
            while owners.count < 12 {
                let owner = try owner("user-\(number)")
                if store.keys.shard(of: owner) == shard { owners.append(owner) }
                number += 1
            }
            for owner in owners { try await store.enroll(freshID(), of: owner, at: start) }
            func left() async throws -> Int {
                var count = 0
                for owner in owners where try await !database.entries(of: owner).isEmpty { count += 1 }
                return count
            }
            var seen: [Int] = []
            for limit in [1, 100, 100] {
                _ = try await store.sweep(at: start + .hours(2), limit: limit)
                seen.append(try await left())
            }
            #expect(seen == [11, 3, 0])
        }
    }
}
