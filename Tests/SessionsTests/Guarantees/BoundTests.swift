import SessionsTesting
import Testing

@testable import Sessions

@Suite("G11: everything has a limit, and reaching one is a clear error", .timeLimit(.minutes(10)))
struct BoundTests {
    @Test("An attribute takes 16 KiB, a session 64 attributes and 64 KiB in all; the error names value and limit")
    func sizes() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let text = SessionKey<String>("text")
        try await visitor.visit { session in
            try session.set(text, to: String(repeating: "x", count: 16_382))
            let error = #expect(throws: SessionError.self) {
                try session.set(text, to: String(repeating: "x", count: 16_383))
            }
            #expect(
                error?.code == .tooLarge && error?.message.contains("16385") == true
                    && error?.message.contains("16384") == true)
            for index in 0..<63 { try session.set(SessionKey<Int>("k\(index)"), to: index) }
            let count = #expect(throws: SessionError.self) { try session.set(SessionKey<Int>("one more"), to: 1) }
            #expect(
                count?.code == .tooLarge && count?.message.contains("65") == true
                    && count?.message.contains("64") == true)
        }
        try await visitor.visit { session in
            for index in 0..<2 {
                try session.set(SessionKey<String>("k\(index)"), to: String(repeating: "x", count: 16_300))
            }
            let total = #expect(throws: SessionError.self) {
                try session.set(SessionKey<String>("k4"), to: String(repeating: "x", count: 16_300))
            }
            #expect(total?.code == .tooLarge)
        }
    }

    @Test("64 KiB in all are counted over names and JSON of all attributes, to the byte")
    func total() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        /// A value whose JSON takes this many bytes.
        func value(_ bytes: Int) -> String { String(repeating: "x", count: bytes - 2) }
        try await visitor.visit { session in
            for index in 0..<4 { try session.set(SessionKey<String>("k\(index)"), to: value(16_382)) }
            let error = #expect(throws: SessionError.self) {
                try session.set(SessionKey<String>("k3"), to: value(16_383))
            }
            #expect(
                error?.code == .tooLarge && error?.message.contains("65537") == true
                    && error?.message.contains("65536") == true)
        }
        #expect(try await visitor.look().principal == "ada")
        try await visitor.visit { #expect($0.attributeNames.count == 4) }
    }

    @Test("An attribute's limit is one of bytes, refused at every call that would pass it")
    func attributeBytes() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        // Two bytes each, and two quotes: 16,384 bytes, and one more.
        let fits = String(repeating: "é", count: 8191), tooLarge = fits + "x"
        let text = SessionKey<String>("text")
        try await visitor.visit { session in
            let writes: [(String) async throws -> Void] = [
                { try session.set(text, to: $0) }, { value in try await session.save { try $0.set(text, to: value) } },
                { value in try await session.update(text, default: "") { $0 = value } },
            ]
            for write in writes {
                let calls = bench.recording.calls.count
                let error = await #expect(throws: SessionError.self) { try await write(tooLarge) }
                #expect(error?.code == .tooLarge && error?.message.contains("16385") == true)
                #expect(bench.recording.calls.count == calls, "the store is not asked")
                try await write(fits)
                let value = try session.value(text)
                #expect(value == fits)
            }
        }
    }

    @Test("A name takes 1 to 128 bytes without control characters, in every call that takes one")
    func names() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let longest = String(repeating: "é", count: 64)
        try await visitor.visit { session in
            for name in ["", longest + "x", "a\u{0}", "\n", "a\u{1f}b", "\u{7f}"] {
                let key = SessionKey<Int>(name)
                let uses: [() async throws -> Void] = [
                    { try session.set(key, to: 1) }, { try session.remove(key) }, { try session.remove(named: name) },
                    { try await session.update(key, default: 0) { $0 += 1 } },
                    { try await session.save { try $0.set(key, to: 1) } },
                    { try await session.save { try $0.remove(key) } },
                ]
                for use in uses {
                    let error = await #expect(throws: SessionError.self) { try await use() }
                    #expect(error?.code == .invalid)
                }
            }
            #expect(session.attributeNames.isEmpty)
            for name in ["x", " ", longest, "\u{80}", "a b"] {
                let key = SessionKey<Int>(name)
                try session.set(key, to: 1)
                try await session.update(key, default: 0) { $0 += 1 }
                try await session.save { try $0.set(key, to: 3) }
                let taken = try await session.take(key)
                #expect(taken == 3)
            }
        }
    }

    @Test("An update that others overtake 1,000 times in a row gives up with an error, and tries 1,000 times")
    func updateAttempts() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        try await expectThousandAttempts(by: visitor, in: bench.store, at: bench.clock.now)
    }

    /// Updates while another writer changes the value to 7 at every attempt but the thousandth, and at the thousandth too.
    private func expectThousandAttempts(
        by visitor: Visitor, in store: MemorySessionStore, at now: Timestamp
    ) async throws {
        let id = try #require(try await visitor.look().id)
        func overtake() {
            var changes = SessionChanges(expectedGeneration: 1)
            changes.attributes = ["n": .set(json: "7")]
            guard case .committed? = try? store.commitNow(changes, to: id, at: now) else {
                Issue.record("the other writer was refused")
                return
            }
        }
        for (others, isStored) in [(999, true), (1000, false)] {
            var attempts = 0
            let session = try await visitor.send().session()
            func update() async throws {
                try await session.update(.n, default: 0) {
                    attempts += 1
                    if attempts <= others { overtake() }
                    $0 += 1
                }
            }
            if isStored {
                try await update()
                let n = try session.value(.n)
                #expect(n == 8)
            } else {
                let error = await #expect(throws: SessionError.self) { try await update() }
                #expect(error?.code == .contention && error?.message.contains("1000") == true)
            }
            #expect(attempts == 1000)
            // Whoever updates next has the turn at once.
            #expect(visitor.manager.updates.count == 0)
        }
    }

    @Test("An update in a store of the process is tried 1,000 times as well, where others overtake it")
    func updateAttemptsInProcess() async throws {
        let store = MemorySessionStore(), clock = ManualClock()
        let manager = try SessionManager(store: store, clock: clock)
        let visitor = Visitor(manager)
        try await visitor.visit { try $0.set(.n, to: 0) }
        try await expectThousandAttempts(by: visitor, in: store, at: clock.now)
    }

    @Test(
        "A page of a list has 1 to 1,000 sessions, whatever was asked for",
        arguments: [(0, 1), (-1, 1), (1000, 1000), (1001, 1000)])
    func pages(_ asked: Int, _ used: Int) async throws {
        #expect(SessionQuery(.all, limit: asked).limit == used)
    }

    @Test("A principal takes 1 to 255 bytes, a realm 1 to 64 and a method 1 to 32, each of its own characters")
    func identifiers() throws {
        func code(_ make: () throws(SessionError) -> Void) -> SessionError.Code? {
            do { try make() } catch { return error.code }
            return nil
        }
        for (name, isValid) in [
            ("", false), ("a", true), (String(repeating: "é", count: 127) + "x", true),
            (String(repeating: "é", count: 128), false), ("a\u{0}", false), ("a\u{1f}", false), ("a\u{7f}", false),
            ("a b", true), ("\u{80}", true),
        ] {
            let found = code { () throws(SessionError) in _ = try Principal(name) }
            #expect(found == (isValid ? nil : .invalid), "\(name)")
        }
        for (name, isValid) in [
            ("", false), ("a", true), (String(repeating: "a", count: 64), true),
            (String(repeating: "a", count: 65), false), ("azAZ09.-_", true), ("a b", false), ("a/b", false),
            ("a:b", false), ("é", false), ("a\u{0}", false),
        ] {
            let found = code { () throws(SessionError) in _ = try Realm(name) }
            #expect(found == (isValid ? nil : .configuration), "\(name)")
        }
        for (name, isValid) in [
            ("", false), ("a", true), (String(repeating: "a", count: 32), true),
            (String(repeating: "a", count: 33), false), ("az09_-", true), ("A", false), ("a b", false), ("a@b", false),
            ("é", false),
        ] {
            #expect((Authentication.Method(rawValue: name) != nil) == isValid, "\(name)")
        }
    }

    @Test("Of two sets that jointly pass a limit, the second is refused and loses nothing that was there")
    func joint() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let first = visitor.send(), second = visitor.send()
        for (request, name) in [(first, "f"), (second, "s")] {
            let session = try await request.session()
            for index in 0..<40 { try session.set(SessionKey<Int>("\(name)\(index)"), to: index) }
        }
        #expect(await visitor.finish(first).error == nil)
        #expect(await visitor.finish(second).error?.code == .tooLarge)
        try await visitor.visit { #expect($0.attributeNames.count == 40) }
    }

    @Test("A full memory store refuses to create and evicts no session")
    func full() async throws {
        let manager = try SessionManager(store: MemorySessionStore(maximumRecords: 2))
        let visitors = (0..<3).map { _ in Visitor(manager) }
        var errors: [SessionError.Code?] = []
        for visitor in visitors { errors.append(try await visitor.visit { try $0.set(.a, to: 1) }.error?.code) }
        #expect(errors == [nil, nil, .full])
        for visitor in visitors.prefix(2) { #expect(try await visitor.look().id != nil) }
    }

    @Test("A memory store that was full takes as many again once what expired is swept, and a limit below 1 is 1")
    func fullAndFreed() async throws {
        let clock = ManualClock()
        for (maximum, places) in [(2, 2), (1, 1), (0, 1), (-5, 1)] {
            let store = MemorySessionStore(maximumRecords: maximum)
            let manager = try SessionManager(store: store, clock: clock)
            for _ in 0..<2 {
                for visitor in 0..<(places + 2) {
                    let error = try await Visitor(manager).visit { try $0.set(.a, to: 1) }.error
                    #expect(error?.code == (visitor < places ? nil : .full))
                }
                #expect(try await manager.list().sessions.count == places)
                clock.advance(by: .days(2))
                #expect(try await store.sweep(at: clock.now, limit: 100).expired.count == places)
            }
        }
    }

    @Test("A query covers the sessions of its realm and its owner alone")
    func scopes() throws {
        let (shop, office) = (try Realm("shop"), try Realm("office"))
        let (ada, grace) = (try Principal("ada"), try Principal("grace"))
        let record = SessionRecord(
            id: .sample(), realm: shop, secretDigest: .sample(1), secretIssuedAt: .arrival, familyDigest: .sample(2),
            createdAt: .arrival, lastUsedAt: .arrival, lifetime: SessionRecord.sample().lifetime, principal: ada)
        let scopes: [(SessionQuery.Scope, Bool)] = [
            (.all, true), (.realm(shop), true), (.realm(office), false),
            (.owner(.init(realm: shop, principal: ada)), true), (.owner(.init(realm: office, principal: ada)), false),
            (.owner(.init(realm: shop, principal: grace)), false),
        ]
        for (scope, covers) in scopes { #expect(scope.covers(record) == covers, "\(scope)") }
        var visitors = record
        visitors.principal = nil
        #expect(!SessionQuery.Scope.owner(.init(realm: shop, principal: ada)).covers(visitors))
    }
}
