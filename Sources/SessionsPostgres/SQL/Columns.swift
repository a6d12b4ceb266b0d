#if Postgres
    /// The columns of a session's row.
    enum Columns {
        /// All, in the order in which rows are read.
        static let all = [
            "id", "realm", "principal", "carrier", "secret_digest", "secret_issued_at", "family_digest",
            "created_at", "last_used_at",
            "idle_timeout", "touch_interval", "absolute_deadline", "retention", "is_persistent",
            "generation", "revision",
            "previous_digest", "previous_nonce", "previous_successor_seen_at",
            "superseded_family_digest", "superseded_at", "superseded_revision",
            "authenticated_at", "authentications", "end_reason", "ended_at", "attributes", "attribute_writes",
        ]

        /// For a selection or for `RETURNING`, of the row `s`.
        static let selection = all.map { "s.\($0)" }.joined(separator: ", ")

        /// The same with PostgreSQL's clock and the row's ``RowVersion``: what ``StoredRecord`` reads.
        ///
        /// There is no version where a crash may take transactions back: their numbers come again, and the server restarts
        /// its processes without being started anew itself.
        static let versioned = """
            \(selection), clock_timestamp(), s.xmin,
            CASE WHEN current_setting('synchronous_commit') <> 'off' THEN pg_postmaster_start_time() END
            """

        /// When the session ends if it isn't used again, in a type that never overflows.
        static let deadline = """
            least(s.absolute_deadline::numeric,
                CASE WHEN s.idle_timeout IS NOT NULL
                    THEN s.last_used_at::numeric + s.idle_timeout + s.touch_interval END)
            """

        /// A sum as a moment, the nearest one where it is out of range.
        static func moment(_ sum: String) -> String {
            "least(greatest((\(sum))::numeric, -9223372036854775808), 9223372036854775807)::bigint"
        }
    }
#endif
