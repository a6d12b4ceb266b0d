#if Postgres
    import PostgresServers
    import Sessions
    import SessionsPostgresClient
    import StoreSupport
    import Synchronization
    import Testing

    @testable import SessionsPostgres

    /// What the sweep looks at, how much of it, and what it says.
    @Suite("Sweeps of PostgreSQL", .timeLimit(.minutes(10))) struct SweepTests {
        /// A store with `count` sessions that expired together, and the moment at which they had.
        private func withExpired(
            _ count: Int, _ body: (PostgresSessionStore, Set<SessionID>, Timestamp) async throws -> Void
        ) async throws {
            try await withStore { store, _ in
                let moment = now
                let records = (0..<count).map { _ in record(at: moment) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for record in records { group.addTask { _ = try await store.create(record) } }
                    try await group.waitForAll()
                }
                try await body(store, Set(records.map(\.id)), moment + .minutes(31))
            }
        }

        /// The store with a statement that fails at its n-th run.
        private func failing(
            _ store: PostgresSessionStore, _ query: PostgresQuery, at number: Int
        ) async throws -> PostgresSessionStore {
            let count = Atomic<Int>(0)
            let text = query.text
            return try await PostgresSessionStore(
                InterruptedCommands(base: store.commands) { statement, _ throws(PostgresFailure) in
                    guard statement.query.text == text else { return nil }
                    if count.add(1, ordering: .relaxed).newValue == number {
                        throw PostgresFailure(.notApplied, "the connection was lost")
                    }
                    return nil
                }, configuration: store.configuration)
        }

        @Test("A sweep that fails in a later part reports what the parts before had ended, and the next one the rest")
        func laterPart() async throws {
            try await withExpired(300) { store, ids, moment in
                let broken = try await failing(store, store.statements.sweep, at: 2)
                let first = try await broken.sweep(at: moment, limit: 1000)
                #expect(first.failure?.code == .unavailable && first.examined == 256 && first.expired.count == 256)
                let rest = try await broken.sweep(at: moment, limit: 1000)
                #expect(rest.failure == nil && rest.expired.count == 44)
                #expect(Set((first.expired + rest.expired).map(\.id)) == ids)
            }
        }

        @Test("A sweep that fails after its last part reports what it has ended", arguments: [true, false])
        func cleaning(_ isWatermarks: Bool) async throws {
            try await withExpired(3) { store, ids, moment in
                let query = isWatermarks ? store.statements.forgetWatermarks : store.statements.forgetQuarantined
                let broken = try await failing(store, query, at: 1)
                let result = try await broken.sweep(at: moment, limit: 1000)
                #expect(result.failure?.code == .unavailable && Set(result.expired.map(\.id)) == ids)
                #expect(try await broken.sweep(at: moment, limit: 1000).expired.isEmpty)
            }
        }

        @Test("A sweep that fails at once is thrown, and the next one reports everything")
        func firstPart() async throws {
            try await withExpired(3) { store, ids, moment in
                let broken = try await failing(store, store.statements.sweep, at: 1)
                await expectError(.unavailable, mentioning: "the connection was lost", "sweeping") {
                    _ = try await broken.sweep(at: moment, limit: 1000)
                }
                let again = try await broken.sweep(at: moment, limit: 1000)
                #expect(Set(again.expired.map(\.id)) == ids)
            }
        }

        @Test("What may be forgotten at the moment of a sweep is gone after it, and a millisecond before not")
        func toTheMillisecond() async throws {
            try await withExpired(2) { store, ids, expired in
                let one = try await store.load(ids.first ?? freshID(), at: expired)
                let moment = try #require(one).forgettableAt
                #expect(try await store.sweep(at: moment - .milliseconds(1), limit: 1).expired.count == 1)
                for id in ids { #expect(try await store.load(id, at: moment) != nil) }
                #expect(try await store.sweep(at: moment, limit: 10).expired.count == 1)
                for id in ids { #expect(try await store.load(id, at: moment) == nil) }
            }
        }

        @Test("A sweep looks at no more rows than its limit, and at no more than 256 in a statement")
        func limits() async throws {
            try await withExpired(300) { store, _, moment in
                let statements = Mutex<[Int64]>([])
                let sweep = store.statements.sweep.text
                let watched = try await PostgresSessionStore(
                    InterruptedCommands(base: store.commands) { statement, _ in
                        guard statement.query.text == sweep, case let limit?? = statement.values.last else {
                            return nil
                        }
                        statements.withLock { $0.append(limit.reduce(0) { $0 << 8 | Int64($1) }) }
                        return nil
                    }, configuration: store.configuration)
                var seen: [Int] = []
                for limit in [0, 1, 10, 1000, 1000] {
                    seen.append(try await watched.sweep(at: moment, limit: limit).expired.count)
                }
                #expect(seen == [0, 1, 10, 289, 0])
                #expect(statements.withLock { $0 } == [1, 10, 256, 256, 256])
            }
        }

        @Test("Watermarks are forgotten after a day, and no more at a time than the sweep may look at")
        func watermarks() async throws {
            try await withStore { store, database in
                let moment = now
                for number in 0..<300 {
                    let owner = SessionOwner(realm: .default, principal: try Principal("user \(number)"))
                    _ = try await store.watermark(of: owner, raisedTo: moment)
                }
                var left: [String] = []
                for (time, limit) in [(Duration.days(1), 1000), (.days(1) + .milliseconds(1), 10), (.days(2), 1000)] {
                    _ = try await store.sweep(at: moment + time, limit: limit)
                    left.append(try database.sql("SELECT count(*) FROM session_watermarks"))
                }
                #expect(left == ["300", "290", "34"])
            }
        }
    }
#endif
