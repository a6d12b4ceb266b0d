import Sessions
import SessionsRedisClient
import StoreSupport
import Testing

@testable import SessionsRedis

/// The index by owner: what the sweep cleans, and when.
@Suite(.timeLimit(.minutes(10))) struct IndexTests {
    private let start = now

    /// A sign-in that is under way has enrolled and has not committed yet: "end all" must find it (G9).
    @Test("The sweep leaves an enrolment alone that is no older than a commit can take, and drops an older one")
    func youngEnrolmentsStay() async throws {
        try await withStore { store, database in
            let ada = try owner("ada {of} the*shop")
            let session = record(at: start)
            #expect(try await store.create(session))
            let (old, young, late) = (freshID(), freshID(), freshID())
            try await store.enroll(session.id, of: ada, at: start)
            try await store.enroll(old, of: ada, at: start)
            try await store.enroll(young, of: ada, at: start + .milliseconds(1))
            try await store.enroll(late, of: ada, at: start + .minutes(30))
            let signIn = signingIn(ada.principal, at: start)
            #expect(try await store.commit(signIn, to: session.id, at: start).record?.owner == ada)
            var endless = SessionChanges(expectedGeneration: 2)
            endless.lifetime = session.lifetime
            endless.lifetime?.idleTimeout = nil
            #expect(try await store.commit(endless, to: session.id, at: start).record != nil)
            // The owner's turn comes an hour after the first enrolment, and not before.
            _ = try await store.sweep(at: start + .hours(1) + .milliseconds(-1), limit: 100)
            #expect(try await Set(database.entries(of: ada)) == [session.id, old, young, late])
            _ = try await store.sweep(at: start + .hours(1) + .milliseconds(1), limit: 100)
            #expect(try await Set(database.entries(of: ada)) == [session.id, young, late])
            let listed = try await store.list(SessionQuery(.owner(ada)), at: start + .hours(1))
            #expect(listed.records.map(\.id) == [session.id])
            // Looked through again a day later.
            let again = start + .hours(1) + .milliseconds(1) + .days(1)
            _ = try await store.sweep(at: again + .milliseconds(-1), limit: 100)
            #expect(try await database.entries(of: ada).contains(young))
            _ = try await store.sweep(at: again, limit: 100)
            #expect(try await !database.entries(of: ada).contains(young))
        }
    }

    @Test("A list that hears nothing of one session fails, and leaves none out")
    func listsAreWhole() async throws {
        try await withStore { store, database in
            let ada = try owner("ada")
            let session = record(freshID(), principal: ada.principal, at: start)
            try await store.enroll(session.id, of: ada, at: start)
            #expect(try await store.create(session))
            let deaf = RedisSessionStore(unchecked: Deaf(database.client), configuration: store.configuration)
            for scope in [SessionQuery.Scope.owner(ada), .all, .realm(.default)] {
                await expectError(.unavailable, mentioning: "no answer in time") {
                    var query = SessionQuery(scope)
                    repeat { query.cursor = try await deaf.list(query, at: start).next } while query.cursor != nil
                }
            }
        }
    }

    /// Hears no answers to loads.
    private final class Deaf: RedisCommands {
        private let base: any RedisCommands

        init(_ base: any RedisCommands) { self.base = base }

        func send(
            _ command: RedisCommand, deadline: ContinuousClock.Instant
        ) async throws(RedisFailure) -> RedisReply {
            if command.arguments[0] == Array("HGETALL".utf8) { throw RedisFailure(.notApplied, "no answer in time") }
            return try await base.send(command, deadline: deadline)
        }
    }

    @Test("Nothing of an owner is left once their sessions are forgotten")
    func nothingIsLeftOfAnOwner() async throws {
        try await withStore { store, database in
            let ada = try owner("ada")
            let session = record(freshID(), principal: ada.principal, at: start)
            try await store.enroll(session.id, of: ada, at: start)
            #expect(try await store.create(session))
            #expect(try await !database.isEmpty())
            for day in [1, 3, 5] { _ = try await store.sweep(at: start + .days(day), limit: 100) }
            #expect(try await database.isEmpty())
        }
    }

    /// The index names a session once, however often its user stepped up.
    @Test func stepUpsDoNotPileUp() async throws {
        try await withStore { store, database in
            let ada = try owner("ada")
            var session = record(freshID(), principal: ada.principal, at: start)
            session.lifetime.idleTimeout = nil
            session.lifetime.absoluteDeadline = start + .days(30)
            for number in 0..<1200 { try await store.enroll(session.id, of: ada, at: start + .seconds(number)) }
            #expect(try await store.create(session))
            _ = try await store.sweep(at: start + .days(2), limit: 100)
            #expect(try await database.entries(of: ada) == [session.id])
        }
    }

    @Test("The same principal in another realm is another owner: index, list, watermark and sweep tell them apart")
    func realmsShareNothing() async throws {
        try await withStore { store, database in
            let (shop, office) = (try owner("ada", in: Realm("shop")), try owner("ada", in: Realm("office")))
            let inShop = record(freshID(), realm: shop.realm, principal: shop.principal, at: start)
            let byDefault = record(freshID(), principal: shop.principal, at: start)
            for session in [inShop, byDefault] { #expect(try await store.create(session)) }
            // The hint is wrong for the other realms.
            for owner in [shop, office, try owner("ada")] {
                for id in [inShop.id, byDefault.id] { try await store.enroll(id, of: owner, at: start) }
            }
            for (scope, expected): (SessionQuery.Scope, Set<SessionID>) in [
                (.owner(shop), [inShop.id]), (.owner(office), []), (.owner(try owner("ada")), [byDefault.id]),
            ] {
                let page = try await store.list(SessionQuery(scope), at: start)
                #expect(Set(page.records.map(\.id)) == expected, "\(scope)")
            }
            for (scope, expected): (SessionQuery.Scope, Set<SessionID>) in [
                (.realm(shop.realm), [inShop.id]), (.realm(office.realm), []), (.realm(.default), [byDefault.id]),
                (.all, [inShop.id, byDefault.id]),
            ] {
                #expect(try await all(scope, in: store) == expected, "\(scope)")
            }
            #expect(try await store.watermark(of: shop, raisedTo: start) == start)
            #expect(try await store.watermark(of: office, raisedTo: nil) == nil)
            var longer = SessionChanges(expectedGeneration: 1)
            longer.lifetime = inShop.lifetime
            longer.lifetime?.idleTimeout = nil
            for id in [inShop.id, byDefault.id] {
                #expect(try await store.commit(longer, to: id, at: start).record != nil)
            }
            _ = try await store.sweep(at: start + .hours(2), limit: 100)
            #expect(try await database.entries(of: shop) == [inShop.id])
            #expect(try await database.entries(of: office) == [])
            #expect(try await database.entries(of: owner("ada")) == [byDefault.id])
        }
    }

    private func all(_ scope: SessionQuery.Scope, in store: RedisSessionStore) async throws -> Set<SessionID> {
        var (ids, cursor): (Set<SessionID>, String?) = ([], nil)
        repeat {
            let page = try await store.list(SessionQuery(scope, after: cursor), at: start)
            ids.formUnion(page.records.map(\.id))
            cursor = page.next
        } while cursor != nil
        return ids
    }

    /// The colon is a principal's right, and no realm's.
    @Test("No two owners have the same keys", arguments: ["ada", "a:b", ":", "{x}", "é", "e\u{301}"])
    func ownersAreReadBack(_ name: String) throws {
        for realm in [Realm.default, try Realm("a"), try Realm("a.b-C_9")] {
            let ada = try owner(name, in: realm)
            #expect(Keys.owner(named: Keys.name(of: ada)) == ada)
        }
        for bad in ["", "ada", ":ada", "default:", "sh op:ada", "default:\u{1}"] {
            #expect(Keys.owner(named: Array(bad.utf8)) == nil, "\(bad)")
        }
    }

    @Test("A watermark that can't be read is an error, and not none")
    func aWatermarkThatCannotBeRead() async throws {
        try await withStore { store, database in
            let ada = try owner("ada")
            _ = try await database.ask("SET", store.keys.watermark(of: ada), Array("soon".utf8))
            await expectError(.corrupt, mentioning: "a watermark in Redis can't be read") {
                _ = try await store.watermark(of: ada, raisedTo: nil)
            }
        }
    }

    @Test("A watermark is kept for a day and a minute, counted from when it was last raised")
    func watermarksAreForgottenLate() async throws {
        try await withStore { store, database in
            let ada = try owner("ada")
            for time in [start, start - .hours(1)] {
                let began = ContinuousClock.now
                #expect(try await store.watermark(of: ada, raisedTo: time) == start)
                let left = try await database.timeLeft(store.keys.watermark(of: ada))
                let kept = Duration.days(1) + .minutes(1)
                #expect(left <= kept && left >= kept - began.duration(to: .now) - .milliseconds(2))
            }
        }
    }
}
