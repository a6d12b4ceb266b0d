#if Postgres
    import SessionsPostgresClient

    /// Which version of a row was read.
    ///
    /// Every change makes another one, also an operator's. A server that takes over from one that is lost may count its
    /// transactions from an earlier one on, so the same number can come again there, on a row with other content. So it can
    /// on one server after a crash of one of its processes, where `synchronous_commit = off` lets that take transactions
    /// back; no version is read there.
    struct RowVersion: Sendable, Hashable {
        /// The transaction that wrote the row.
        var transaction: UInt32
        /// When the server was started, in PostgreSQL's microseconds since 2000, which a server that takes over hardly shares.
        var serverStart: Int64
    }

    extension PostgresStatement {
        /// Appends a version: an `xid` and a `timestamptz`.
        mutating func append(_ version: RowVersion) {
            append(transaction: version.transaction)
            append(version.serverStart)
        }
    }
#endif
