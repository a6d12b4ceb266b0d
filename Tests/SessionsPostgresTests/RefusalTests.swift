#if Postgres
    import Foundation
    import PostgresServers
    import RedisServers
    import Sessions
    import SessionsPostgres
    import SessionsPostgresClient
    import StoreSupport
    import Testing

    /// What the store refuses to run on, each with an error that says what to do.
    @Suite(.timeLimit(.minutes(10))) struct RefusalTests {
        private func open(_ url: String, allowsLoss: Bool = true) async throws {
            var configuration = SharedStores.patient
            configuration.allowsLoss = allowsLoss
            try await PostgresSessionStore(url: url, configuration: configuration).close()
        }

        @Test("A wrong password, user or database is named, and no password is")
        func credentials() async throws {
            let (server, database) = (try await TestPostgres.shared, try await TestPostgres.freshDatabase())
            try server.sql(try PostgresSessionStore.migration(), in: database)
            let role = try await TestPostgres.role(grantedIn: "public", of: database, password: "right")
            func url(_ user: String, _ database: String) -> String {
                "postgres://\(user)@127.0.0.1:\(server.port)/\(database)"
            }
            try await open(url("\(role):right", database))
            for (user, database, advice) in [
                ("\(role):wrong-secret", database, "check the user and the password"),
                (role, database, "put a password into the URL"),
                ("nobody-here", database, "check the user and the database"),
                ("postgres", "no_database", "check the user and the database"),
            ] {
                do {
                    try await open(url(user, database))
                    Issue.record("no error")
                } catch let error as SessionError {
                    #expect(error.code == .configuration, "\(error)")
                    #expect("\(error)".contains(advice) && !"\(error)".contains("secret"), "\(error)")
                }
            }
        }

        @Test("A URL that libpq can't read is refused without being quoted")
        func urls() async throws {
            for url in [
                "", "mysql://u:secret@h/d", "postgres://u:secret@127.0.0.1:x/d", "postgres://u:secret@h/d?what=1",
                "postgres://u:sec%ret@h/d", "postgres://u:a@secret@h/d", "postgres://u:secret/b@h/d",
                "postgres://u:secret@h/d\0", "postgres://u:1/secret@h/d", "postgres://u:a?b@secret@h/d",
                "postgres://u:secret@h/d?sslmode=what",
            ] {
                do {
                    try await open(url)
                    Issue.record("no error")
                } catch let error as SessionError {
                    #expect(error.code == .configuration, "\(error)")
                    #expect(
                        "\(error)".contains("postgres://USER:PASSWORD@HOST") && !"\(error)".contains("secret"),
                        "\(error)")
                }
            }
        }

        /// What a store says that can't be opened, with so much time that connecting comes to its end.
        private func refusal(of url: String) async -> SessionError? {
            for milliseconds in [300, 3000, 30_000, 120_000] {
                do throws(SessionError) {
                    _ = try await PostgresSessionStore(
                        url: url, configuration: .init(commandTimeout: .milliseconds(milliseconds)))
                    return nil
                } catch {
                    if !error.message.contains("connecting to PostgreSQL took longer") { return error }
                }
            }
            return nil
        }

        @Test(
            "Ports that libpq refuses only when it connects are a URL that can't be read, too, which isn't quoted",
            arguments: ["127.0.0.1:65536/d", "127.0.0.1/d?port=1,2"])
        func ports(_ rest: String) async throws {
            let error = try #require(await refusal(of: "postgres://u:secret@" + rest))
            #expect(error.code == .configuration, "\(error)")
            #expect(error.message.contains("postgres://USER:PASSWORD@HOST") && !error.message.contains("secret"))
        }

        @Test("Where no server listens, the error names the address, and is no sign-out")
        func nothingThere() async throws {
            let closed = try TakenPort(listens: false)
            let error = try #require(await refusal(of: "postgres://u@127.0.0.1:\(closed.number)/d"))
            #expect(error.code == .unavailable)
            for text in ["127.0.0.1", "\(closed.number)", "Is the server running"] {
                #expect(error.message.contains(text), "\(error)")
            }
        }

        @Test("A host that isn't known is named, with what to check")
        func unknownHost() async throws {
            let error = try #require(await refusal(of: "postgres://u:secret@no-such-host.invalid/d"))
            // A resolver that can't be reached says that it is a passing failure.
            #expect(error.code == .configuration || error.code == .unavailable)
            #expect(error.message.contains("\"no-such-host.invalid\""), "\(error)")
            #expect(error.message.contains("check the host of the URL") && !error.message.contains("secret"))
        }

        @Test("A certificate of another name or of an unknown authority is refused")
        func certificates() async throws {
            let authority = try TestAuthority()
            let server = try PostgresProcess(tls: authority)
            try await server.initialize()
            try await server.start()
            func url(_ host: String, _ authority: String) -> String {
                "postgres://postgres@\(host):\(server.port)/postgres?sslmode=verify-full&sslrootcert=\(authority)"
            }
            try await open(url("localhost", authority.authorityFile))
            await expectError(.configuration, mentioning: "must name the host as its certificate does") {
                try await open(url("127.0.0.1", authority.authorityFile))
            }
            let other = try TestAuthority()
            await expectError(.configuration, mentioning: "name the authority with sslrootcert") {
                try await open(url("localhost", other.authorityFile))
            }
        }

        @Test("A server in recovery is refused, through a client of the caller's too")
        func recovery() async throws {
            let server = try PostgresProcess()
            try await server.initialize()
            try server.write("", to: URL(fileURLWithPath: server.data + "/standby.signal"))
            try await server.start()
            await expectError(.configuration, mentioning: "is a replica", "must name the primary") {
                try await open(server.url())
            }
        }

        @Test("What a server says of itself is looked at, whoever's the client is")
        func otherClients() async throws {
            for (answer, text) in [
                (SettingsDouble(version: 139_999), "14 or later"), (SettingsDouble(isInRecovery: true), "in recovery"),
                (SettingsDouble(isReadOnly: true), "read-only"),
                (SettingsDouble(encoding: "LATIN1"), "ENCODING 'UTF8'"),
                (SettingsDouble(synchronousCommit: "off"), "synchronous_commit is off"),
                (SettingsDouble(fsync: "off"), "fsync is off"),
            ] {
                await expectError(.configuration, mentioning: text) { _ = try await PostgresSessionStore(answer) }
            }
            // The oldest that is supported is asked on.
            await expectError(.unavailable, mentioning: "only the first question is answered") {
                _ = try await PostgresSessionStore(SettingsDouble(version: 140_000))
            }
        }

        @Test(
            "A database that is read-only or of another encoding, and settings and tables that lose data, are refused")
        func databases() async throws {
            let server = try await TestPostgres.shared
            func database(_ setting: String) async throws -> String {
                let name = try await TestPostgres.freshDatabase()
                try server.sql("ALTER DATABASE \(name) SET \(setting)")
                return name
            }
            let readOnly = try await database("default_transaction_read_only = on")
            await expectError(.configuration, mentioning: "read-only") { try await open(server.url(readOnly)) }
            let late = try await database("synchronous_commit = off")
            await expectError(.configuration, mentioning: "synchronous_commit is off", "allowsLoss") {
                try await open(server.url(late), allowsLoss: false)
            }
            try await open(server.url(late))
            try server.sql("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0")
            await expectError(.configuration, mentioning: "SQL_ASCII", "UTF8") { try await open(server.url("ascii")) }

            let durable = try PostgresProcess(["fsync=on"])
            try await durable.initialize()
            try await durable.start()
            try await open(durable.url(), allowsLoss: false)
            try durable.sql("ALTER TABLE sessions SET UNLOGGED")
            await expectError(.configuration, mentioning: "sessions is unlogged", "SET LOGGED") {
                try await open(durable.url(), allowsLoss: false)
            }
            try await open(durable.url())
        }

        @Test(
            "A NUL in an attribute is refused with the attribute's name and changes nothing, a backslash before u0000 isn't"
        )
        func nul() async throws {
            try await withStore { store, _ in
                let record = record(["kept": "1"])
                #expect(try await store.create(record))
                for json in [#""a\u0000b""#, #"["\\\u0000"]"#, #"{"\u0000":1}"#] {
                    await expectError(.invalid, mentioning: "attribute \"text\"", "NUL", "base64") {
                        _ = try await store.commit(setting("text", to: json), to: record.id, at: now)
                    }
                    await expectError(.invalid, mentioning: "attribute \"text\"", "NUL") {
                        _ = try await store.create(StoreSupport.record(freshID(), attributes: ["text": json], at: now))
                    }
                }
                #expect(try await store.load(record.id, at: now)?.revision == 1)
                let escaped = #""a\\u0000b""#
                let result = try await store.commit(setting("text", to: escaped), to: record.id, at: now)
                #expect(result.record?.attributes["text"]?.json == escaped)
            }
        }

        @Test("A store that is closed takes no more calls, and leaves a client of the caller's open")
        func closed() async throws {
            try await withStore { store, database in
                let client = try PostgresClient(database.url, configuration: SharedStores.patient.client)
                defer { client.close() }
                let other = try await PostgresSessionStore(client, configuration: SharedStores.patient)
                try await store.close()
                try await other.close()
                await expectError(.unavailable, mentioning: "the client of PostgreSQL is closed, while loading") {
                    _ = try await store.load(freshID(), at: now)
                }
                #expect(try await other.load(freshID(), at: now) == nil)
            }
        }

        @Test("What isn't JSON, or can't be kept as jsonb, is refused and leaves the session as it was")
        func notJSON() async throws {
            try await withStore { store, _ in
                let record = record(["kept": "1"])
                #expect(try await store.create(record))
                for json in ["{", "", "1}, \"kept\": {\"a\": 1", #""\ud800""#, "1e200000"] {
                    await expectError(.invalid) {
                        _ = try await store.commit(setting("text", to: json), to: record.id, at: now)
                    }
                }
                let stored = try await store.load(record.id, at: now)
                #expect(stored?.revision == 1)
                #expect(stored?.attributes.names == ["kept"])
            }
        }
    }

    /// Answers the first question of a store, for what it says about a server.
    private struct SettingsDouble: PostgresCommands {
        var version: Int64 = 150_000
        var isInRecovery = false
        var isReadOnly = false
        var encoding = "UTF8"
        var synchronousCommit = "on"
        var fsync = "on"

        func run(
            _ statement: PostgresStatement, deadline: ContinuousClock.Instant
        ) async throws(PostgresFailure) -> PostgresAnswer {
            guard statement.query.text.contains("server_version_num") else {
                throw PostgresFailure(.notApplied, "only the first question is answered")
            }
            let number = withUnsafeBytes(of: version.bigEndian) { Array($0) }
            return .rows(
                PostgresRows([
                    [
                        number, Array("13.14".utf8), [isInRecovery ? 1 : 0], [isReadOnly ? 1 : 0], Array(encoding.utf8),
                        Array(synchronousCommit.utf8), Array(fsync.utf8), Array("app".utf8),
                    ]
                ]))
        }
    }
#endif
