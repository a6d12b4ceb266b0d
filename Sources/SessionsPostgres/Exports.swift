#if Postgres
    // What users pass to a store, and what a client of their own conforms to: `import SessionsPostgres` is enough.
    @_exported public import SessionsPostgresClient
#endif
