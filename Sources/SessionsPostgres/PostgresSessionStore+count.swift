#if Postgres
    public import Sessions

    extension PostgresSessionStore: CountingStore {
        /// Returns about how many sessions the table has, by a look at some of its pages.
        public func count() async throws(SessionError) -> SessionCount {
            let use = try await look(deadline: .now + configuration.commandTimeout)
            return SessionCount(sessions: use?.records ?? 0, isExact: false)
        }
    }
#endif
