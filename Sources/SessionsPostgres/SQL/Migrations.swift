#if Postgres
    import Sessions

    /// The tables, as a list of named migrations to which entries are only ever appended.
    enum Migrations {
        static let names = all.map(\.name)

        private static let all: [(name: String, statements: String)] = [
            ("sessions-1", tables), ("sessions-2", quarantine),
        ]

        /// One statement that does what is missing, in any number of servers at once.
        ///
        /// - Parameter schema: where the tables are or will be
        static func statement(in schema: SchemaName) -> String {
            var body = """
                BEGIN
                    -- Another server may be at it for longer than a commit would wait.
                    PERFORM set_config('lock_timeout', '0', true);
                    PERFORM pg_advisory_xact_lock(\(lock));
                    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = \(schema.literal)) THEN
                        CREATE SCHEMA \(schema);
                    END IF;
                    IF to_regclass(quote_ident(\(schema.literal)) || '.session_migrations') IS NULL THEN
                        CREATE TABLE \(schema).session_migrations (
                            name text COLLATE "C" PRIMARY KEY,
                            applied_at timestamptz NOT NULL DEFAULT now()
                        );
                    END IF;

                """
            for (name, statements) in all {
                let text = statements.replacing("SCHEMA.", with: "\(schema).")
                body += """
                        IF NOT EXISTS (SELECT FROM \(schema).session_migrations WHERE name = '\(name)') THEN
                    \(text)
                            INSERT INTO \(schema).session_migrations (name) VALUES ('\(name)');
                        END IF;

                    """
            }
            body += "END"
            // Whatever the schema's name is, it doesn't end the body.
            var tag = "$migration$"
            while body.contains(tag) { tag = "$" + "x" + tag.dropFirst() }
            return "DO \(tag)\n\(body)\n\(tag)"
        }

        /// "sessions" in ASCII: one lock for all schemas of a database.
        private static let lock = 0x7365_7373_696f_6e73 as Int64

        /// Times are milliseconds since 1970, spans are milliseconds.
        ///
        /// No index holds a column that a touch moves, and pages have room for the next version of their rows: so a touch
        /// writes to no index, and what it leaves behind is cleaned up by the next one.
        private static let tables = """
            CREATE TABLE SCHEMA.sessions (
                id uuid NOT NULL,
                realm text COLLATE "C" NOT NULL,
                principal text COLLATE "C",
                carrier text NOT NULL,
                secret_digest bytea NOT NULL,
                secret_issued_at bigint NOT NULL,
                family_digest bytea NOT NULL,
                created_at bigint NOT NULL,
                last_used_at bigint NOT NULL,
                idle_timeout bigint,
                touch_interval bigint NOT NULL,
                absolute_deadline bigint NOT NULL,
                retention bigint NOT NULL,
                is_persistent boolean NOT NULL,
                generation bigint NOT NULL,
                revision bigint NOT NULL,
                previous_digest bytea,
                previous_nonce bytea,
                previous_successor_seen_at bigint,
                superseded_family_digest bytea,
                superseded_at bigint,
                superseded_revision bigint,
                authenticated_at bigint,
                authentications text NOT NULL,
                end_reason text,
                ended_at bigint,
                -- Values by name.
                attributes jsonb NOT NULL,
                -- By the same names: the revision that wrote the value, and the bytes of its JSON as they came.
                attribute_writes jsonb NOT NULL,
                -- A lower bound of when the sweep is due here, so that a touch leaves the index alone.
                due_from bigint NOT NULL,
                CONSTRAINT sessions_pkey PRIMARY KEY (id) WITH (fillfactor = 90)
            ) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.2);
            CREATE INDEX sessions_due ON SCHEMA.sessions (due_from);
            CREATE INDEX sessions_realm ON SCHEMA.sessions (realm, id);
            CREATE INDEX sessions_owner ON SCHEMA.sessions (realm, principal, id) WHERE principal IS NOT NULL;
            COMMENT ON TABLE SCHEMA.sessions IS 'One row a session; times are milliseconds since 1970';

            CREATE TABLE SCHEMA.session_watermarks (
                realm text COLLATE "C" NOT NULL,
                principal text COLLATE "C" NOT NULL,
                raised_to bigint NOT NULL,
                CONSTRAINT session_watermarks_pkey PRIMARY KEY (realm, principal)
            );
            CREATE INDEX session_watermarks_age ON SCHEMA.session_watermarks (raised_to);
            """

        /// A column that a later migration adds to `sessions` is added to this table as well.
        private static let quarantine = """
            CREATE TABLE SCHEMA.quarantined_sessions (
                LIKE SCHEMA.sessions,
                quarantined_at bigint NOT NULL,
                CONSTRAINT quarantined_sessions_pkey PRIMARY KEY (quarantined_at, id)
            );
            COMMENT ON TABLE SCHEMA.quarantined_sessions IS 'Rows of sessions that could not be read, as they were';
            """
    }
#endif
