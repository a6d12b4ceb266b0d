import Sessions

#if Postgres
    import SessionsPostgres
#endif

extension StoreKind {
    static let postgres = StoreKind(
        schemes: ["postgres", "postgresql"], forms: ["postgres://HOST/DATABASE"], trait: "Postgres",
        address: postgresAddress)

    #if Postgres
        private static var postgresAddress: (any StoreAddress.Type)? { PostgresAddress.self }
    #else
        private static var postgresAddress: (any StoreAddress.Type)? { nil }
    #endif
}

#if Postgres
    /// A URL as libpq reads it.
    struct PostgresAddress: StoreAddress {
        private let url: String
        let description: String

        init(url: String) throws(SessionError) {
            do {
                description = try PostgresClient.description(of: url)
            } catch {
                throw SessionError(.configuration, error.message, cause: error)
            }
            self.url = url
        }

        func open(limits: SessionLimits, onlyExisting: Bool) async throws(SessionError) -> any SessionStore {
            try await PostgresSessionStore(url: url, configuration: .init(migrates: !onlyExisting), limits: limits)
        }
    }
#endif
