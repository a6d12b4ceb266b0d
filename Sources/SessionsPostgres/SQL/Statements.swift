#if Postgres
    import Sessions
    import SessionsPostgresClient
    import Synchronization

    /// The SQL of a store: fixed texts but for the name of the schema, the lock timeout and the limits.
    final class Statements: Sendable {
        let load, create, watermark, raiseWatermark, forgetWatermarks, sweep, removeProof: PostgresQuery
        let examine, quarantine, quarantined, forgetQuarantined: PostgresQuery
        let look, time: PostgresQuery
        let listAll, listRealm, listOwner: PostgresQuery
        /// Loads the sessions of an array of IDs, as ``load`` does one; ``commitTogether`` is of several known rows.
        let loadTogether, commitTogether: PostgresQuery
        /// Bounds the wait for a row's lock in this statement, where the connection doesn't do that already.
        private let lockTimeout: String
        private let sessions: String
        private let limits: SessionLimits
        private let commits = Mutex<[CommitForm: PostgresQuery]>([:])

        private struct CommitForm: Hashable {
            let parts: CommitPart.Set
            let isKnown: Bool
        }

        init(schema: SchemaName, lockTimeout: Duration, limits: SessionLimits) {
            let sessions = "\(schema).sessions"
            let watermarks = "\(schema).session_watermarks"
            let quarantine = "\(schema).quarantined_sessions"
            self.sessions = sessions
            self.limits = limits
            self.lockTimeout = Self.bound(lockTimeout)
            load = PostgresQuery(
                "SELECT \(Columns.versioned) FROM \(sessions) AS s WHERE s.id = $1", [.uuid], effect: .read)
            loadTogether = PostgresQuery(
                """
                SELECT \(Columns.versioned) FROM unnest((SELECT $1)) WITH ORDINALITY AS given(id, n)
                    JOIN \(sessions) AS s ON s.id = given.id WHERE \(Self.expectingFew)
                """, [.uuidArray], effect: .read)
            commitTogether = Self.committingTogether(to: sessions)
            create = Self.creation(of: sessions)
            watermark = PostgresQuery(
                "SELECT raised_to FROM \(watermarks) WHERE realm = $1 AND principal = $2", [.text, .text], effect: .read
            )
            raiseWatermark = PostgresQuery(
                """
                INSERT INTO \(watermarks) AS w (realm, principal, raised_to)
                SELECT $1, $2, $3 WHERE \(self.lockTimeout)
                ON CONFLICT (realm, principal) DO UPDATE SET raised_to = greatest(w.raised_to, excluded.raised_to)
                RETURNING w.raised_to
                """, [.text, .text, .bigint], effect: .write)
            forgetWatermarks = PostgresQuery(
                """
                WITH old AS MATERIALIZED (
                    SELECT realm, principal FROM \(watermarks) WHERE raised_to < $1
                    ORDER BY raised_to LIMIT $2 FOR UPDATE SKIP LOCKED
                )
                DELETE FROM \(watermarks) AS w USING old WHERE w.realm = old.realm AND w.principal = old.principal
                """, [.bigint, .bigint], effect: .write)
            look = Self.looking(at: sessions)
            time = PostgresQuery("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint", effect: .read)
            sweep = Self.sweeping(of: sessions)
            // The rights that creating didn't prove are asked for, and no other row is touched.
            removeProof = PostgresQuery(
                """
                WITH changed AS (UPDATE \(sessions) SET id = id WHERE false),
                added AS (INSERT INTO \(watermarks) (realm, principal, raised_to) SELECT '', '', 0 WHERE false),
                raised AS (UPDATE \(watermarks) SET raised_to = raised_to WHERE false),
                removed AS (DELETE FROM \(watermarks) WHERE false)
                DELETE FROM \(sessions) WHERE id = $1 AND \(self.lockTimeout)
                """, [.uuid], effect: .write)
            // The row's version, so that it is taken only as it was judged.
            examine = PostgresQuery(
                "SELECT s.xmin::text, \(Columns.selection) FROM \(sessions) AS s WHERE s.id = $1", [.uuid],
                effect: .read)
            let columns = (Columns.all + ["due_from"]).joined(separator: ", ")
            self.quarantine = PostgresQuery(
                """
                WITH taken AS (
                    DELETE FROM \(sessions) AS s WHERE s.id = $1 AND s.xmin::text = $2 AND \(self.lockTimeout)
                    RETURNING \(columns)
                )
                INSERT INTO \(quarantine) (\(columns), quarantined_at) SELECT \(columns), $3 FROM taken RETURNING true
                """, [.uuid, .text, .bigint], effect: .write)
            quarantined = PostgresQuery(
                "SELECT id FROM \(quarantine) ORDER BY quarantined_at, id LIMIT $1", [.bigint], effect: .read)
            forgetQuarantined = PostgresQuery(
                """
                WITH old AS MATERIALIZED (
                    SELECT quarantined_at, id FROM \(quarantine) WHERE quarantined_at <= $1
                    ORDER BY quarantined_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
                )
                DELETE FROM \(quarantine) AS q USING old WHERE q.quarantined_at = old.quarantined_at AND q.id = old.id
                """, [.bigint, .bigint], effect: .write)
            func list(_ condition: String, _ types: [PostgresType]) -> PostgresQuery {
                let next = types.count + 1
                return PostgresQuery(
                    """
                    SELECT \(Columns.selection) FROM \(sessions) AS s
                    WHERE \(condition)s.id >= $\(next) ORDER BY s.id LIMIT $\(next + 1)
                    """, types + [.uuid, .bigint], effect: .read)
            }
            listAll = list("", [])
            listRealm = list("s.realm = $1 AND ", [.text])
            listOwner = list("s.realm = $1 AND s.principal = $2 AND ", [.text, .text])
        }

        /// A lock timeout as PostgreSQL takes it, for which none would be no bound.
        static func whole(_ lockTimeout: Duration) -> Duration { .milliseconds(max(lockTimeout.milliseconds, 1)) }

        /// Comparing costs PostgreSQL a fraction of what setting does.
        private static func bound(_ lockTimeout: Duration) -> String {
            let milliseconds = whole(lockTimeout).milliseconds
            // As PostgreSQL shows a time: in the largest unit that leaves no fraction.
            let units =
                [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1)] as [(String, Int64)]
            let shown = units.first { milliseconds % $0.1 == 0 }.map { "\(milliseconds / $0.1)\($0.0)" } ?? ""
            return """
                (current_setting('lock_timeout') = '\(shown)'
                    OR set_config('lock_timeout', '\(milliseconds)', true) IS NOT NULL)
                """
        }

        private static func creation(of sessions: String) -> PostgresQuery {
            let plain = Columns.all.filter { !$0.hasPrefix("attribute") } + ["due_from"]
            let types: [PostgresType] = [
                .uuid, .text, .text, .text, .bytea, .bigint, .bytea, .bigint, .bigint, .bigint, .bigint, .bigint,
                .bigint,
                .bool, .bigint, .bigint, .bytea, .bytea, .bigint, .bytea, .bigint, .bigint, .bigint, .text, .text,
                .bigint,
                .bigint,
            ]
            let first = plain.count + 1
            return PostgresQuery(
                """
                INSERT INTO \(sessions) (\(plain.joined(separator: ", ")), attributes, attribute_writes)
                SELECT \((1..<first).map { "$\($0)" }.joined(separator: ", ")),
                    coalesce(jsonb_object_agg(e.name, e.value) FILTER (WHERE e.name IS NOT NULL), '{}'),
                    coalesce(
                        jsonb_object_agg(e.name, jsonb_build_array(e.revision, e.bytes))
                            FILTER (WHERE e.name IS NOT NULL), '{}')
                FROM unnest($\(first), $\(first + 1), $\(first + 2), $\(first + 3)) AS e(name, value, revision, bytes)
                ON CONFLICT (id) DO NOTHING RETURNING true
                """, types + [.textArray, .jsonbArray, .bigintArray, .bigintArray], effect: .write)
        }

        /// Answers with how many live sessions there are and what they take, by a look at some of the table's pages, at all of
        /// them where there are few.
        private static func looking(at sessions: String) -> PostgresQuery {
            let pages = 256
            let name = sessions.replacing("\\", with: "\\\\").replacing("'", with: "''")
            let share = """
                least(100, 100.0 * \(pages) * current_setting('block_size')::bigint
                    / greatest(pg_relation_size(E'\(name)'), 1))
                """
            return PostgresQuery(
                """
                SELECT round(count(*) * 100 / (\(share)))::bigint,
                    round(coalesce(sum(400 + pg_column_size(s.attributes) + pg_column_size(s.attribute_writes)), 0)
                        * 100 / (\(share)))::bigint
                FROM \(sessions) AS s TABLESAMPLE SYSTEM ((\(share))) WHERE s.ended_at IS NULL
                """, effect: .read)
        }

        /// `$1` is now, `$2` the number of rows to look at; answers with the number of rows that it looked at, and the
        /// tombstones of sessions that had expired.
        private static func sweeping(of sessions: String) -> PostgresQuery {
            let tombstone = """
                end_reason = 'expired', ended_at = j.ends, revision = s.revision + 1, attributes = '{}',
                attribute_writes = '{}', previous_digest = NULL, previous_nonce = NULL,
                previous_successor_seen_at = NULL, superseded_family_digest = NULL, superseded_at = NULL,
                superseded_revision = NULL
                """
            let deadline = Columns.moment(Columns.deadline)
            return PostgresQuery(
                """
                WITH due AS MATERIALIZED (
                    SELECT s.id, s.ended_at, s.retention, \(deadline) AS ends FROM \(sessions) AS s
                    WHERE s.due_from <= $1 ORDER BY s.due_from LIMIT $2 FOR UPDATE SKIP LOCKED
                ), judged AS MATERIALIZED (
                    SELECT id, ends, ended_at IS NULL AS is_live,
                        \(Columns.moment("coalesce(ended_at, ends)::numeric + retention")) AS forgettable FROM due
                ), moved AS (
                    UPDATE \(sessions) AS s SET due_from = CASE WHEN j.is_live THEN j.ends ELSE j.forgettable END
                    FROM judged AS j WHERE s.id = j.id AND CASE WHEN j.is_live THEN j.ends ELSE j.forgettable END > $1
                ), ended AS (
                    UPDATE \(sessions) AS s SET \(tombstone), due_from = j.forgettable
                    FROM judged AS j WHERE s.id = j.id AND j.is_live AND j.ends <= $1 AND j.forgettable > $1
                    RETURNING \(Columns.selection)
                ), forgotten AS (
                    DELETE FROM \(sessions) AS s USING judged AS j
                    WHERE s.id = j.id AND j.forgettable <= $1 AND (NOT j.is_live OR j.ends <= $1)
                    RETURNING \(Columns.selection), j.is_live, j.ends
                )
                SELECT (SELECT count(*) FROM due), e.* FROM (VALUES (true)) AS one LEFT JOIN (
                    SELECT * FROM ended
                    UNION ALL SELECT \(forgottenTombstone) FROM forgotten AS s WHERE s.is_live
                ) AS e ON true
                """, [.bigint, .bigint], effect: .write)
        }

        /// What is reported of a session that expired and could be forgotten at once.
        private static let forgottenTombstone: String = Columns.all.map { column in
            switch column {
            case "end_reason": "'expired'"
            case "ended_at": "s.ends"
            case "revision": "s.revision + 1"
            case "attributes", "attribute_writes": "'{}'::jsonb"
            case _ where column.hasPrefix("previous_") || column.hasPrefix("superseded_"):
                column.hasSuffix("digest") || column.hasSuffix("nonce") ? "NULL::bytea" : "NULL::bigint"
            default: "s.\(column)"
            }
        }.joined(separator: ", ")
    }

    // Commits.
    extension Statements {
        /// The statement of a commit of these parts.
        ///
        /// `$1` is the ID, and `$2` when it is too late by PostgreSQL's clock.
        ///
        /// - Parameter isKnown: Whether the caller has judged the row already. Then `$3` and `$4` are the version that it
        ///   judged, and no part may be a condition: the statement answers with the transaction that wrote the new version,
        ///   or with nothing where the row is another one by now. Otherwise `$3` is now, `$4` is the moment by which
        ///   idleness is judged, the row is judged as it is when it is locked, and the answer is that of a load. The parts'
        ///   parameters follow.
        func commit(_ parts: [CommitPart], toKnownRow isKnown: Bool) -> PostgresQuery {
            let form = CommitForm(parts: parts.reduce(into: []) { $0.insert($1.bit) }, isKnown: isKnown)
            return commits.withLock { commits in
                if let query = commits[form] { return query }
                let query = makeCommit(parts, toKnownRow: isKnown)
                commits[form] = query
                return query
            }
        }

        private func makeCommit(_ parts: [CommitPart], toKnownRow isKnown: Bool) -> PostgresQuery {
            var types: [PostgresType] = [.uuid, .timestamptz] + (isKnown ? [.xid, .timestamptz] : [.bigint, .bigint])
            var conditions = ["s.id = $1", "clock_timestamp() <= $2", lockTimeout]
            if isKnown {
                conditions += ["s.xmin = $3", "pg_postmaster_start_time() = $4"]
            } else {
                conditions += [
                    "s.ended_at IS NULL", "$3 < s.absolute_deadline",
                    "(s.idle_timeout IS NULL OR s.last_used_at::numeric + s.idle_timeout + s.touch_interval > $4)",
                ]
            }
            var assignments = ["revision = s.revision + 1"]
            var columns = CommitPart.AttributeColumns()
            for part in parts {
                let names = part.types.indices.map { "$\(types.count + $0 + 1)" }
                types += part.types
                assignments += part.assignments(names)
                columns = part.patch(columns, names)
                if let condition = part.condition(names) { conditions.append(condition) }
            }
            if columns != .init() {
                assignments += ["attributes = \(columns.values)", "attribute_writes = \(columns.writes)"]
            }
            if !isKnown, parts.contains(.set) || parts.contains(.sets) {
                conditions.append(isWithinLimits(columns.writes))
            }
            return PostgresQuery(
                """
                UPDATE \(sessions) AS s SET \(assignments.joined(separator: ", "))
                WHERE \(conditions.joined(separator: " AND ")) RETURNING \(isKnown ? "s.xmin" : Columns.versioned)
                """, types, effect: .write)
        }

        /// Sets attributes of several rows, each where it still has the version that the caller has judged.
        ///
        /// Of the arrays each has one element for a row: `$1` the IDs, `$2` the transactions that wrote the versions, `$3`
        /// when it is too late, `$5` and `$6` what is merged into `attributes` and `attribute_writes`, `$7` the last uses.
        /// `$4` is the start of the server that all versions are of. The statement answers with the place of each row that
        /// it changed, from 1, and the transaction that wrote them.
        ///
        /// It waits for no row: one that is locked is left as it is. So two such statements never wait for each other.
        /// The list of IDs is read in a subquery, so that one plan is good for every length.
        private static func committingTogether(to sessions: String) -> PostgresQuery {
            PostgresQuery(
                """
                WITH taken AS MATERIALIZED (
                    SELECT found.place, given.n FROM unnest((SELECT $1)) WITH ORDINALITY AS given(id, n), LATERAL (
                        SELECT s.ctid AS place FROM \(sessions) AS s
                        WHERE s.id = given.id AND s.xmin = $2[given.n::int] AND clock_timestamp() <= $3[given.n::int]
                            AND pg_postmaster_start_time() = $4
                        FOR NO KEY UPDATE SKIP LOCKED
                    ) AS found WHERE \(expectingFew)
                )
                UPDATE \(sessions) AS s SET revision = s.revision + 1, attributes = s.attributes || $5[t.n::int],
                    attribute_writes = s.attribute_writes || $6[t.n::int], last_used_at = $7[t.n::int]
                FROM taken AS t WHERE s.ctid = t.place RETURNING t.n, s.xmin
                """,
                [.uuidArray, .xidArray, .timestamptzArray, .timestamptz, .jsonbArray, .jsonbArray, .bigintArray],
                effect: .write)
        }

        /// True for every element, and lets PostgreSQL expect one of them: so it looks up each row by the index.
        ///
        /// It expects ten otherwise, for which it would read a whole table that is small when it makes its plan, and goes on
        /// so when the table has grown, until it is analyzed.
        private static let expectingFew = "given.n BETWEEN 1 AND \(Int32.max)"

        /// Whether the attributes are within the limits of a session.
        ///
        /// - Parameter writes: what becomes of `attribute_writes`
        private func isWithinLimits(_ writes: String) -> String {
            """
            (SELECT count(*) <= \(limits.attributeCount) AND max(octet_length(w.name)) <= \(SessionLimits.nameBytes)
                AND max((w.write ->> 1)::bigint) <= \(limits.attributeBytes)
                AND sum(octet_length(w.name) + (w.write ->> 1)::bigint) <= \(limits.sessionBytes)
                FROM jsonb_each(\(writes)) AS w(name, write))
            """
        }
    }
#endif
