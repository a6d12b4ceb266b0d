#if Postgres
    import PostgresServers
    import Sessions

    @testable import SessionsPostgres

    /// Stores that tests share, each in a database of its own.
    enum SharedStores {
        /// With time for a machine that has much else to do, on a server that needn't outlive its machine.
        static let patient = PostgresSessionStore.Configuration(
            commandTimeout: .seconds(300), lockTimeout: .seconds(300), allowsLoss: true,
            client: .init(connectTimeout: .seconds(60), statementTimeout: .seconds(300)))

        private static let directTask = Task {
            try await open(TestPostgres.shared.url(TestPostgres.freshDatabase()))
        }

        private static let togetherTask = Task {
            let base = try await direct
            return try PostgresSessionStore(
                unchecked: base.commands, configuration: base.configuration, limits: base.limits, clock: base.clock,
                gathering: GatheringManner(goesAlone: false))
        }

        private static let pooledTask = Task {
            try await open(TestPostgres.pooler.url(TestPostgres.freshDatabase()))
        }

        private static let restrictedTask = Task {
            let (server, database) = (try await TestPostgres.shared, try await TestPostgres.freshDatabase())
            let schema = "Tägliche \"Sitzungen\" $1 'x' \\"
            try server.sql(try PostgresSessionStore.migration(schema: schema), in: database)
            let name = try await TestPostgres.role(grantedIn: "\"Tägliche \"\"Sitzungen\"\" $1 'x' \\\"", of: database)
            var configuration = patient
            configuration.schema = schema
            return try await open(
                server.url(database, user: name), configuration,
                limits: .init(attributeBytes: 1000, sessionBytes: 3000, attributeCount: 20))
        }

        private static let serializableTask = Task {
            let (server, database) = (try await TestPostgres.shared, try await TestPostgres.freshDatabase())
            try server.sql("ALTER DATABASE \(database) SET default_transaction_isolation = 'serializable'")
            return try await open(server.url(database))
        }

        static var direct: PostgresSessionStore { get async throws { try await directTask.value } }
        static var together: PostgresSessionStore { get async throws { try await togetherTask.value } }
        static var pooled: PostgresSessionStore { get async throws { try await pooledTask.value } }
        static var restricted: PostgresSessionStore { get async throws { try await restrictedTask.value } }
        static var serializable: PostgresSessionStore { get async throws { try await serializableTask.value } }

        private static func open(
            _ url: String, _ configuration: PostgresSessionStore.Configuration = patient,
            limits: SessionLimits = .init()
        ) async throws -> PostgresSessionStore {
            try await PostgresSessionStore(url: url, configuration: configuration, limits: limits)
        }
    }

    extension TestPostgres {
        /// A new role that has, in a schema, just the privileges that the documentation names.
        static func role(grantedIn schema: String, of database: String, password: String? = nil) async throws -> String
        {
            let name = "role_" + database
            let login = password.map { " PASSWORD '\($0)' IN ROLE proven" } ?? ""
            try await shared.sql("CREATE ROLE \(name) LOGIN\(login)", in: database)
            try await shared.sql(
                """
                GRANT USAGE ON SCHEMA \(schema) TO \(name);
                GRANT SELECT, INSERT, UPDATE, DELETE ON \(schema).sessions, \(schema).session_watermarks,
                    \(schema).quarantined_sessions TO \(name);
                GRANT SELECT ON \(schema).session_migrations TO \(name);
                """, in: database)
            return name
        }
    }
#endif
