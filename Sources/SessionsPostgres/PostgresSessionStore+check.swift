#if Postgres
    public import Sessions
    import SessionsPostgresClient

    extension PostgresSessionStore {
        /// The SQL that makes the tables or brings them up to date, for `psql` and a role that may do so.
        ///
        /// It is one statement that may run any number of times, and on any number of servers at once.
        ///
        /// - Throws: `SessionError.Code.configuration` for a name that no schema can have
        public static func migration(schema: String = "public") throws(SessionError) -> String {
            Migrations.statement(in: try SchemaName(schema)) + ";"
        }

        /// Refuses a server that would lose sessions or can't do what the store needs, with the reason and what to do.
        func checkServer() async throws(SessionError) {
            try await checkSettings()
            if try await missingMigrations() { try await migrate() }
            try await checkTables()
        }

        private func checkSettings() async throws(SessionError) {
            let query = PostgresQuery(
                """
                SELECT current_setting('server_version_num')::bigint, current_setting('server_version'),
                    pg_is_in_recovery(), current_setting('transaction_read_only')::boolean,
                    current_setting('server_encoding'), current_setting('synchronous_commit'),
                    current_setting('fsync'), current_user::text
                """, effect: .read)
            let row = try await answer(query)
            let version = row.integer(0) ?? 0
            guard version >= 140_000 else {
                throw refusal("it is version \(row.text(1)), and this store needs 14 or later; upgrade it")
            }
            guard !row.bool(2) else {
                throw refusal(
                    "it is in recovery, as a replica is, and takes no writes; the URL must name the primary, or all hosts"
                )
            }
            guard !row.bool(3) else {
                throw refusal(
                    "its transactions are read-only; switch default_transaction_read_only off, for the database and for "
                        + "the role \(row.text(7))")
            }
            guard row.text(4) == "UTF8" else {
                throw refusal("the database's encoding is \(row.text(4)); create one with ENCODING 'UTF8'")
            }
            if configuration.allowsLoss { return }
            for (column, setting) in [(5, "synchronous_commit"), (6, "fsync")] where row.text(column) == "off" {
                throw refusal(
                    "\(setting) is off, so a crash takes acknowledged commits back: users who signed out would be signed in "
                        + "again; switch it on, for the role with ALTER ROLE … SET, or set allowsLoss")
            }
        }

        /// Whether a migration of this version has not been applied.
        private func missingMigrations() async throws(SessionError) -> Bool {
            let isThere = PostgresQuery(
                "SELECT to_regclass(quote_ident($1) || '.session_migrations') IS NOT NULL", [.text], effect: .read)
            guard try await answer(isThere, schema.name).bool(0) else { return true }
            let names = PostgresQuery(
                "SELECT coalesce(string_agg(name, ' ' ORDER BY name), '') FROM \(schema).session_migrations",
                effect: .read)
            let applied = try await answer(names).text(0).split(separator: " ").map(String.init)
            let unknown = applied.filter { !Migrations.names.contains($0) }
            guard unknown.isEmpty else {
                throw refusal(
                    "the tables in schema \"\(schema.name)\" are newer than this version of SessionsPostgres, which doesn't "
                        + "know \(unknown.joined(separator: ", ")); update it")
            }
            return !Migrations.names.allSatisfy(applied.contains)
        }

        private func migrate() async throws(SessionError) {
            guard configuration.migrates else {
                throw refusal(
                    "the tables in schema \"\(schema.name)\" are missing or older than this version of SessionsPostgres; run "
                        + "what PostgresSessionStore.migration(schema:) returns, or set migrates")
            }
            // The effect is that of a read: what is there already is left alone.
            let query = PostgresQuery(Migrations.statement(in: schema), effect: .read)
            _ = try await run(PostgresStatement(query), "making the tables")
        }

        /// What the store needs of its tables, with what each is for.
        private func checkTables() async throws(SessionError) {
            let query = PostgresQuery(
                """
                SELECT coalesce(string_agg(c.relname, ', ') FILTER (WHERE c.relpersistence <> 'p'), ''),
                    coalesce(string_agg(c.relname, ', ') FILTER (
                        WHERE NOT has_table_privilege(c.oid, 'SELECT') OR NOT has_table_privilege(c.oid, 'INSERT')
                            OR NOT has_table_privilege(c.oid, 'UPDATE') OR NOT has_table_privilege(c.oid, 'DELETE')),
                        ''),
                    count(*)
                FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname = $1 AND c.relname IN ('sessions', 'session_watermarks', 'quarantined_sessions')
                """, [.text], effect: .read)
            let row = try await answer(query, schema.name)
            guard row.integer(2) == 3 else {
                throw refusal(
                    "tables in schema \"\(schema.name)\" are gone, but not its session_migrations; restore them, or drop all"
                )
            }
            guard row.text(1).isEmpty else {
                throw refusal(
                    "the role may not SELECT, INSERT, UPDATE and DELETE in \(row.text(1)) of schema \"\(schema.name)\"; GRANT "
                        + "it that")
            }
            guard configuration.allowsLoss || row.text(0).isEmpty else {
                throw refusal(
                    "\(row.text(0)) is unlogged, so a crash empties it and signs every user out; ALTER TABLE … SET LOGGED, or "
                        + "set allowsLoss")
            }
        }
    }

    // Asking while the store is opened.
    extension PostgresSessionStore {
        /// The only row of an answer.
        private struct Row {
            let rows: PostgresRows

            func integer(_ column: Int) -> Int64? {
                rows.withValue(row: 0, column: column) { bytes in
                    bytes.flatMap { $0.count == 8 ? Int64(bigEndian: $0.loadUnaligned(as: Int64.self)) : nil }
                }
            }

            func bool(_ column: Int) -> Bool { rows.withValue(row: 0, column: column) { $0?.first == 1 } }

            func text(_ column: Int) -> String {
                rows.withValue(row: 0, column: column) { $0.map { String(decoding: $0, as: UTF8.self) } ?? "" }
            }
        }

        private func answer(_ query: PostgresQuery, _ parameter: String? = nil) async throws(SessionError) -> Row {
            var statement = PostgresStatement(query)
            if let parameter { statement.append(parameter) }
            let rows = try await run(statement, "opening the store")
            guard rows.count == 1 else { throw refusal("it gave no answer to a question for its settings") }
            return Row(rows: rows)
        }

        /// What the server refuses now can't work later either, so it is a matter of configuration.
        private func run(
            _ statement: PostgresStatement, _ doing: StaticString
        ) async throws(SessionError) -> PostgresRows {
            do throws(SessionError) {
                return try await rows(statement, doing)
            } catch {
                switch error.cause {
                case let failure as PostgresFailure where failure.isPermanent:
                    throw SessionError(.configuration, failure.message, cause: failure)
                case let cause as PostgresServerError where cause.code == "42501":
                    throw SessionError(
                        .configuration,
                        "the role may not make the tables in schema \"\(schema.name)\": \(cause.message); GRANT it CREATE there, "
                            + "or have another role run what PostgresSessionStore.migration(schema:) returns, and GRANT the "
                            + "tables to this one",
                        cause: cause)
                default: throw error
                }
            }
        }

        private func refusal(_ problem: String) -> SessionError {
            SessionError(.configuration, "this PostgreSQL can't keep sessions: \(problem)")
        }
    }
#endif
