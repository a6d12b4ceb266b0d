#if Postgres
    import Sessions

    /// A commit to a row that was judged here, of a kind that can share a statement with others.
    struct KnownCommit: GatheredCall {
        static let name: StaticString = "commits"
        static let doing: StaticString = "committing"

        let id: SessionID
        let version: RowVersion
        let changes: SessionChanges
        /// What the row becomes where it still has its version.
        let record: SessionRecord
        /// When it is too late by PostgreSQL's clock.
        let latest: Timestamp
        let deadline: ContinuousClock.Instant

        var byteCount: Int { 100 + changes.size }
    }

    extension SessionChanges {
        /// Whether they set attributes, and may say that the session was used, and nothing more.
        var onlySet: Bool {
            !attributes.isEmpty && !attributes.values.contains(.remove) && lifetime == nil && secretMove == nil
                && privilegeChange == nil && end == nil
        }
    }
#endif
