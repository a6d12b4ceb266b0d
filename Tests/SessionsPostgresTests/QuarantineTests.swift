#if Postgres
    import HTTPTypes
    import PostgresServers
    import Sessions
    import SessionsPostgresClient
    import SessionsTesting
    import StoreSupport
    import Testing

    @testable import SessionsPostgres

    @Suite("Rows of PostgreSQL that can't be read are set aside", .timeLimit(.minutes(10)))
    struct QuarantineTests {
        static let damages = [
            "secret_digest = '\\x00'", "carrier = 'pigeon'", "ended_at = 1", "principal = ''", "realm = ''",
            "previous_nonce = '\\x00'", "superseded_at = 1", "authentications = '?'", "attributes = '[]'",
            "attributes = '{\"b\": 1}'", "attribute_writes = '{\"a\": [1]}'",
        ]

        private func damage(_ id: SessionID, _ damage: String, in database: Database) throws {
            try database.sql("UPDATE sessions SET \(damage) WHERE id = '\(id)'")
        }

        @Test("A row is moved as it was, counts as none from then on, and is kept for 30 days", arguments: damages)
        func moved(_ damage: String) async throws {
            try await withStore { store, database in
                let (broken, whole, moment) = (record(["a": "1"]), record(), now)
                for session in [broken, whole] { #expect(try await store.create(session)) }
                try self.damage(broken.id, damage, in: database)
                await expectError(.corrupt, mentioning: "\(broken.id)") {
                    _ = try await store.load(broken.id, at: moment)
                }
                func rows(_ table: String) throws -> String {
                    let columns = Columns.all.joined(separator: ", ")
                    return try database.sql("SELECT \(columns), due_from FROM \(table) WHERE id = '\(broken.id)'")
                }
                let before = try rows("sessions")
                #expect(!before.isEmpty)
                #expect(try await store.quarantine(broken.id, at: moment))
                #expect(try rows("quarantined_sessions") == before)
                #expect(try rows("sessions").isEmpty)
                #expect(try await store.load(broken.id, at: moment) == nil)
                #expect(try await store.quarantined(limit: 10) == [broken.id])
                for none in [0, -1, Int.min] {
                    let listed = try await store.quarantined(limit: none)
                    #expect(listed.isEmpty, "\(none)")
                }
                #expect(try await !store.quarantine(broken.id, at: moment))

                #expect(try await store.load(whole.id, at: moment) != nil)
                _ = try await store.sweep(at: moment + .days(30) - .milliseconds(1), limit: 10)
                #expect(try await store.quarantined(limit: 10) == [broken.id])
                _ = try await store.sweep(at: moment + .days(30), limit: 10)
                #expect(try await store.quarantined(limit: 10).isEmpty)
            }
        }

        @Test("A row that has changed since it was judged stays where it is")
        func changed() async throws {
            try await withStore { store, database in
                let broken = record()
                #expect(try await store.create(broken))
                try damage(broken.id, "carrier = 'pigeon'", in: database)
                let commands = InterruptedCommands(base: store.commands) { statement, _ in
                    if statement.query.text == store.statements.quarantine.text {
                        try? damage(broken.id, "carrier = 'cookie'", in: database)
                    }
                    return nil
                }
                let interrupted = try await PostgresSessionStore(commands, configuration: store.configuration)
                #expect(try await !interrupted.quarantine(broken.id, at: now))
                #expect(try await store.load(broken.id, at: now) != nil)
                #expect(try await store.quarantined(limit: 10).isEmpty)
            }
        }

        @Test("Rows are listed and forgotten oldest first, as many as were asked for")
        func order() async throws {
            try await withStore { store, database in
                let (moment, records) = (now, (0..<3).map { _ in record() })
                for (number, record) in records.enumerated() {
                    #expect(try await store.create(record))
                    try damage(record.id, "carrier = 'pigeon'", in: database)
                    #expect(try await store.quarantine(record.id, at: moment - .milliseconds(number)))
                }
                #expect(try await store.quarantined(limit: 2) == [records[2].id, records[1].id])
                _ = try await store.sweep(at: moment + .days(31), limit: 1)
                #expect(try await store.quarantined(limit: 10) == [records[1].id, records[0].id])
            }
        }

        @Test("A list names what it can't read, and shows the rest", arguments: ["all", "realm", "owner"])
        func lists(_ kind: String) async throws {
            try await withStore { store, database in
                let ada = try Principal("ada")
                let records = (0..<3).map { _ in StoreSupport.record(freshID(), principal: ada, at: now) }
                    .sorted { $0.id < $1.id }
                for record in records { #expect(try await store.create(record)) }
                try damage(records[1].id, "carrier = 'pigeon'", in: database)
                let scope: SessionQuery.Scope =
                    switch kind {
                    case "all": .all
                    case "realm": .realm(.default)
                    default: .owner(SessionOwner(realm: .default, principal: ada))
                    }
                let page = try await store.list(.init(scope), at: now)
                #expect(page.records.map(\.id) == [records[0].id, records[2].id])
                #expect(page.unreadable == [records[1].id] && page.next == nil)
                // Also where it ends a page.
                let first = try await store.list(.init(scope, limit: 2), at: now)
                #expect(first.next == "\(records[1].id)" && first.unreadable == [records[1].id])
            }
        }

        @Test("A sweep passes a row that it can't read, names it, and ends the rest", arguments: [false, true])
        func sweeps(_ isForgotten: Bool) async throws {
            try await withStore { store, database in
                let (broken, whole) = (record(), record())
                for session in [broken, whole] { #expect(try await store.create(session)) }
                try damage(broken.id, "carrier = 'pigeon'", in: database)
                let moment = isForgotten ? whole.forgettableAt : whole.deadline
                let result = try await store.sweep(at: max(moment, whole.deadline) + .seconds(1), limit: 100)
                #expect(result.examined == 2 && result.failure == nil)
                #expect(result.expired.map(\.id) == [whole.id] && result.unreadable == [broken.id])
                #expect(try await store.quarantine(broken.id, at: moment) == !isForgotten)
                #expect(try await store.sweep(at: moment + .seconds(1), limit: 100).unreadable.isEmpty)
            }
        }

        @Test("A sweep over rows with every damage passes them all")
        func everyDamage() async throws {
            try await withStore { store, database in
                for damage in Self.damages {
                    let broken = record(["a": "1"])
                    #expect(try await store.create(broken))
                    try self.damage(broken.id, damage, in: database)
                }
                let whole = record()
                #expect(try await store.create(whole))
                let result = try await store.sweep(at: whole.deadline + .minutes(1), limit: 100)
                #expect(result.failure == nil && result.expired.contains { $0.id == whole.id })
            }
        }

        @Test("The holder of a damaged row is a stranger, who can sign in, and can sign out", arguments: [false, true])
        func holder(_ signsOut: Bool) async throws {
            try await withStore { store, database in
                let manager = try SessionManager(store: store)
                var jar = CookieJar(origin: "https://shop.test")
                func visit(_ body: (Session) async throws -> Void) async throws {
                    var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
                    jar.addCookies(to: &request)
                    let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
                    try await body(try await handle.session())
                    let outcome = await handle.finish(status: .ok)
                    #expect(outcome.error == nil)
                    var fields = HTTPFields()
                    outcome.apply(to: &fields)
                    #expect(jar.receive(fields).isEmpty)
                }
                try await visit { try await $0.signIn(try Principal("ada")) }
                try database.sql("UPDATE sessions SET carrier = 'pigeon'")
                if signsOut {
                    try await visit { try await $0.end() }
                } else {
                    try await visit { session in
                        #expect(session.principal == nil)
                        try await session.signIn(try Principal("ada"))
                    }
                    let ada = try Principal("ada")
                    try await visit { #expect($0.principal == ada) }
                }
                #expect(try await store.quarantined(limit: 10).count == 1)
            }
        }
    }
#endif
