#if Postgres
    import PostgresServers
    import Sessions
    import SessionsPostgres
    import SessionsTesting
    import Testing

    @Suite(.timeLimit(.minutes(10))) struct ContractTests {
        enum Kind: CaseIterable {
            case direct
            /// Every commit comes after a load, as in a request, so that the row is known.
            case known
            /// The same, and loads and commits go by the statements that several share.
            case together
            /// Over pgbouncer in transaction mode, which gives each statement to another process.
            case pooled
            /// A role that may do only what is documented, in a schema with an unusual name, with small limits.
            case restricted
            /// Every transaction is serializable, so that many are refused and tried again.
            case serializable
        }

        @Test(
            "PostgreSQL keeps every clause of the store contract", arguments: Kind.allCases,
            SessionStoreContract.allClauses)
        func everyClause(_ kind: Kind, _ clause: SessionStoreContract.Clause) async throws {
            let store: any SessionStore =
                switch kind {
                case .direct: try await SharedStores.direct
                case .known: LoadingStore(base: try await SharedStores.direct)
                case .together: LoadingStore(base: try await SharedStores.together)
                case .pooled: try await SharedStores.pooled
                case .restricted: try await SharedStores.restricted
                case .serializable: try await SharedStores.serializable
                }
            try await clause.verify(store)
        }
    }
#endif
