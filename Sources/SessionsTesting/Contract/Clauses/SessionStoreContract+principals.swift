import Sessions

extension SessionStoreContract {
    static let principals: [Clause] = [
        Clause(
            "list.is-complete", "Following the pages of a principal visits each live session, whole, and no other."
        ) { bench in
            let (principal, other) = (try Bench.principal(), try Bench.principal())
            var expected: [SessionID: SessionRecord] = [:]
            for number in 0..<7 {
                let record = try await bench.signedIn(principal, ["number": "\(number)"])
                expected[record.id] = record
            }
            for _ in 0..<3 { _ = try await bench.signedIn(other) }
            let ended = try await bench.signedIn(principal)
            try await bench.commit(bench.operatorsEnd(), to: ended.id)
            _ = try await bench.signedIn(principal) { $0.lifetime = bench.lifetime(absolute: .zero) }
            for limit in [1, 2, 3, 100] {
                let listed = try await bench.listed(.owner(Bench.owner(principal)), limit: limit)
                try bench.expectEqual(
                    Set(listed.map(\.id)), Set(expected.keys), "the principal's sessions at \(limit) a page")
                for record in listed {
                    if let expected = expected[record.id] { try bench.expectSame(record, expected, "whole records") }
                }
            }
            let none = try await bench.listed(.owner(Bench.owner(Bench.principal())))
            try bench.expect(none.isEmpty, "no sessions of somebody new", saw: "\(none.count)")
        },
        Clause("list.leaves-out-what-expired", "A session that has expired is not listed, swept or not.") { bench in
            let principal = try Bench.principal()
            let record = try await bench.signedIn(principal)
            for (moment, count) in [(record.deadline + .milliseconds(-1), 1), (record.deadline, 0)] {
                let listed = try await bench.listed(.owner(Bench.owner(principal)), at: moment)
                try bench.expectEqual(listed.count, count, "the number of listed sessions at \(moment)")
                let all = try await bench.listed(.all, limit: 1000, at: moment).filter { $0.id == record.id }
                try bench.expectEqual(all.count, count, "the number of listed sessions among all at \(moment)")
            }
        },
        Clause(
            "list.includes-ended",
            "A principal's ended sessions are listed with the others where a query asks for them, and in no other list.",
            sweeps: true
        ) { bench in
            let principal = try Bench.principal()
            let owner = SessionQuery.Scope.owner(Bench.owner(principal))
            let live = try await bench.signedIn(principal) { $0.lifetime.retention = .days(2) }
            let ended = try await bench.signedIn(principal, ["left": "1"]) { $0.lifetime.retention = .days(2) }
            let tombstone = try await bench.commit(bench.operatorsEnd(), to: ended.id)
            _ = try await bench.signedIn(Bench.principal())
            for limit in [1, 100] {
                let all = try await bench.listed(owner, limit: limit, includesEnded: true)
                try bench.expectEqual(Set(all.map(\.id)), [live.id, ended.id], "the sessions, ended ones too")
                for record in all where record.id == ended.id {
                    try bench.expectSame(record, tombstone, "the tombstone")
                }
                let others = try await bench.listed(owner, limit: limit)
                try bench.expectEqual(Set(others.map(\.id)), [live.id], "the live sessions")
            }
            for scope in [SessionQuery.Scope.all, .realm(.default)] {
                let listed = try await bench.listed(scope, limit: 1000, includesEnded: true)
                try bench.expect(!listed.contains { $0.id == ended.id }, "no tombstone beyond its owner", saw: "one")
            }
            // Expired by then, and past every commit: the sweep makes a tombstone, and the index keeps both.
            let later = max(live.deadline, bench.now + .hours(3))
            for moment in [later, later + .minutes(1)] {
                let listed = try await bench.listed(owner, at: moment, includesEnded: true)
                try bench.expectEqual(Set(listed.map(\.id)), [live.id, ended.id], "the sessions at \(moment)")
                try await bench.sweepAll(at: moment)
            }
        },
        Clause(
            "list.all-visits-everything", "Following the pages of all visits each live session, a visitor's too."
        ) { bench in
            var expected: Set<SessionID> = []
            for _ in 0..<4 {
                expected.insert(try await bench.created().id)
                expected.insert(try await bench.signedIn(Bench.principal()).id)
            }
            let ended = try await bench.created()
            try await bench.commit(bench.operatorsEnd(), to: ended.id)
            for limit in [3, 1000] {
                let listed = Set(try await bench.listed(.all, limit: limit).map(\.id))
                let missing = expected.subtracting(listed)
                try bench.expect(missing.isEmpty, "every live session to be listed", saw: "\(missing.count) missing")
                try bench.expect(!listed.contains(ended.id), "no tombstone to be listed", saw: "one")
            }
        },
        Clause(
            "list.holds-while-others-come-and-go", "Paging visits what was live all along, whatever else changes."
        ) { bench in
            let principal = try Bench.principal()
            var unseen: Set<SessionID> = []
            for _ in 0..<12 { unseen.insert(try await bench.signedIn(principal).id) }
            var isFirst = true
            _ = try await bench.listed(.owner(Bench.owner(principal)), limit: 2) { page in
                // What was seen may end, and what was not may end once, without hiding the others.
                for record in page where unseen.remove(record.id) != nil {
                    try await bench.commit(bench.operatorsEnd(), to: record.id)
                }
                if isFirst, let id = unseen.popFirst() { try await bench.commit(bench.operatorsEnd(), to: id) }
                if isFirst { _ = try await bench.signedIn(principal) }
                isFirst = false
            }
            try bench.expect(unseen.isEmpty, "what was live all along to be listed", saw: "\(unseen.count) missing")
        },
        Clause(
            "enroll.is-a-hint",
            "An enrolled session is listed from when its record names the principal, and not before."
        ) { bench in
            let principal = try Bench.principal()
            let record = try await bench.created()
            try await bench.store.enroll(record.id, of: Bench.owner(principal), at: bench.now)
            try await bench.store.enroll(Bench.id(), of: Bench.owner(principal), at: bench.now)
            let early = try await bench.listed(.owner(Bench.owner(principal)))
            try bench.expect(early.isEmpty, "nothing before a record names the principal", saw: "\(early.count)")
            let signIn = bench.changes(record) { $0.privilegeChange = bench.privilegeChange(to: principal) }
            let current = try await bench.commit(signIn, to: record.id, "a sign-in")
            try await bench.store.enroll(record.id, of: Bench.owner(principal), at: bench.now)
            let listed = try await bench.listed(.owner(Bench.owner(principal)))
            try bench.expect(listed.contains { $0.id == record.id }, "the session to be listed", saw: "not")
            try bench.expectEqual(Set(listed.map(\.id)).count, 1, "the number of sessions")
            for record in listed { try bench.expectSame(record, current, "the record as it is now") }
        },
        Clause("enroll.comes-before-create", "A session that was enrolled before it was created is listed.") { bench in
            let principal = try Bench.principal()
            let record = bench.record { $0.principal = principal }
            try await bench.store.enroll(record.id, of: Bench.owner(principal), at: bench.now)
            try bench.expect(
                await bench.listed(.owner(Bench.owner(principal))).isEmpty, "nothing before the record", saw: "a record"
            )
            try bench.expect(await bench.store.create(record), "a free ID", saw: "create returned false")
            let listed = try await bench.listed(.owner(Bench.owner(principal))).map(\.id)
            try bench.expect(listed.contains(record.id), "the session to be listed", saw: "\(listed.count) sessions")
        },
        Clause(
            "enroll.follows-the-record", "A session that moved to another principal is listed for that one alone."
        ) { bench in
            let (first, second) = (try Bench.principal(), try Bench.principal())
            let record = try await bench.signedIn(first)
            try await bench.store.enroll(record.id, of: Bench.owner(second), at: bench.now)
            let change = bench.changes(record) { $0.privilegeChange = bench.privilegeChange(to: second) }
            try await bench.commit(change, to: record.id, "a sign-in as somebody else")
            for (principal, isListed) in [(first, false), (second, true)] {
                let listed = try await bench.listed(.owner(Bench.owner(principal))).map(\.id)
                try bench.expectEqual(listed.contains(record.id), isListed, "whether \(principal) has the session")
            }
        },
        Clause(
            "watermark.never-moves-back", "A principal's watermark is the latest it was raised to, and theirs alone."
        ) { bench in
            let (principal, other) = (try Bench.principal(), try Bench.principal())
            try bench.expectEqual(
                await bench.store.watermark(of: Bench.owner(principal), raisedTo: nil), nil,
                "a watermark that was never raised")
            for (seconds, latest) in [(10, 10), (5, 10), (-1, 10), (11, 11)] {
                let raised = try await bench.store.watermark(
                    of: Bench.owner(principal), raisedTo: bench.now + .seconds(seconds))
                try bench.expectEqual(raised, bench.now + .seconds(latest), "the watermark after raising it")
                let read = try await bench.store.watermark(of: Bench.owner(principal), raisedTo: nil)
                try bench.expectEqual(read, bench.now + .seconds(latest), "the watermark")
            }
            try bench.expectEqual(
                await bench.store.watermark(of: Bench.owner(other), raisedTo: nil), nil, "another principal's watermark"
            )
        },
        Clause("watermark.concurrent-raises", "Of concurrent raises of a watermark the latest moment stays.") { bench in
            let principal = try Bench.principal()
            let seconds = (0..<16).shuffled()
            let raised = try await bench.concurrently(seconds.count) { number in
                try await bench.store.watermark(
                    of: Bench.owner(principal), raisedTo: bench.now + .seconds(seconds[number]))
            }
            for (number, seen) in raised.enumerated() {
                let own = bench.now + .seconds(seconds[number])
                try bench.expect(seen.map { $0 >= own } ?? false, "at least \(own)", saw: "\(String(describing: seen))")
            }
            try bench.expectEqual(
                await bench.store.watermark(of: Bench.owner(principal), raisedTo: nil), bench.now + .seconds(15),
                "the watermark")
        },
        Clause(
            "realms.are-apart",
            "One principal in two realms is two owners: neither sees the other's sessions or watermark."
        ) { bench in
            let principal = try Bench.principal()
            let realms = [try Realm("contract-a"), try Realm("contract-A"), try Realm("contract-a.")]
            var ids: [SessionID] = []
            for (number, realm) in realms.enumerated() {
                let owner = SessionOwner(realm: realm, principal: principal)
                let record = bench.record(realm: realm) { $0.principal = principal }
                try await bench.store.enroll(record.id, of: owner, at: bench.now)
                try bench.expect(await bench.store.create(record), "a free ID", saw: "create returned false")
                ids.append(record.id)
                _ = try await bench.store.watermark(of: owner, raisedTo: bench.now + .seconds(number))
            }
            for (number, realm) in realms.enumerated() {
                let owner = SessionOwner(realm: realm, principal: principal)
                let owned = Set(try await bench.listed(.owner(owner)).map(\.id))
                try bench.expectEqual(owned, [ids[number]], "the sessions of \(owner)")
                let listed = try await bench.listed(.realm(realm), limit: 2)
                let others = listed.filter { $0.realm != realm }
                try bench.expect(others.isEmpty, "no session of another realm in \(realm)", saw: "\(others.count)")
                try bench.expect(listed.contains { $0.id == ids[number] }, "the realm's session", saw: "not listed")
                try bench.expectEqual(
                    await bench.store.watermark(of: owner, raisedTo: nil), bench.now + .seconds(number),
                    "the watermark of \(owner)")
            }
            let none = try await bench.listed(.realm(try Realm("contract-nothing")))
            try bench.expect(none.isEmpty, "nothing in a realm without sessions", saw: "\(none.count)")
        },
        Clause("principals.any-name", "Principals are told apart byte by byte, whatever their names hold.") { bench in
            let tag = Bench.id().description
            let names =
                [
                    "a", "A", "a ", " a", "'", "\"", "\\", "\\'", "%", "_", "*", "?", "[a]", "a:b", "a/b", "../a",
                    "{a}",
                    "a;b", "--", "$1", ":a", "e\u{301}", "é", "🧑🏽‍🚀", "中文", "\u{202e}a", "null", "0", "\u{85}",
                    "\u{feff}a",
                ].map { tag + $0 } + [tag + String(repeating: "x", count: 255 - tag.utf8.count)]
            var sessions: [(principal: Principal, id: SessionID)] = []
            for name in names {
                let principal = try Principal(name)
                sessions.append((principal, try await bench.signedIn(principal).id))
                _ = try await bench.store.watermark(
                    of: Bench.owner(principal), raisedTo: bench.now + .seconds(sessions.count))
            }
            for (number, (principal, id)) in sessions.enumerated() {
                let listed = Set(try await bench.listed(.owner(Bench.owner(principal)), limit: 10).map(\.id))
                try bench.expectEqual(listed, [id], "the sessions of \(principal.name.debugDescription)")
                let stored = try await bench.loaded(id).principal
                try bench.expectEqual(stored, principal, "the principal on record")
                try bench.expectEqual(
                    await bench.store.watermark(of: Bench.owner(principal), raisedTo: nil),
                    bench.now + .seconds(number + 1),
                    "the watermark of \(principal.name.debugDescription)")
            }
        },
    ]
}

extension Bench {
    /// A session that was created, enrolled and then signed in.
    fileprivate func signedIn(
        _ principal: Principal, _ attributes: [String: String] = [:], _ adjust: (inout SessionRecord) -> Void = { _ in }
    ) async throws -> SessionRecord {
        let record = try await created(attributes)
        try await store.enroll(record.id, of: Bench.owner(principal), at: now)
        var adjusted = record
        adjust(&adjusted)
        let signIn = changes(record) { changes in
            changes.privilegeChange = privilegeChange(to: principal)
            if adjusted.lifetime != record.lifetime { changes.lifetime = adjusted.lifetime }
        }
        return try await commit(signIn, to: record.id, "a sign-in")
    }
}
