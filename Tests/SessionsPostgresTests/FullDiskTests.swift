#if Postgres
    import PostgresServers
    import RedisServers
    import Sessions
    import SessionsPostgres
    import SessionsPostgresClient
    import StoreSupport
    import Testing

    /// A disk that is full, on a file system of a few megabytes.
    @Suite(
        "A full disk of PostgreSQL", .timeLimit(.minutes(10)),
        .enabled(if: SmallDisk.canBeMade, "only root may mount a small file system, outside of a restricted container"))
    struct FullDiskTests {
        private static let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")

        /// JSON that PostgreSQL can't compress away.
        private func text(_ bytes: Int) -> String {
            "\"" + String((0..<bytes).map { _ in Self.letters.randomElement() ?? "x" }) + "\""
        }

        /// Creates sessions until one is refused, and returns those that were acknowledged and the error.
        private func fill(
            _ store: PostgresSessionStore, _ bytes: Int
        ) async -> (created: [SessionRecord], error: SessionError?) {
            var created: [SessionRecord] = []
            for _ in 0..<5000 {
                let record = record(bytes == 0 ? [:] : ["data": text(bytes)])
                do throws(SessionError) {
                    if try await store.create(record) { created.append(record) }
                } catch {
                    return (created, error)
                }
            }
            return (created, nil)
        }

        private func expectAll(_ records: [SessionRecord], in store: PostgresSessionStore) async throws {
            var lost = 0
            for record in records {
                let stored = try await store.load(record.id, at: now)
                if stored?.attributes["data"]?.json != record.attributes["data"]?.json { lost += 1 }
            }
            #expect(lost == 0, "of \(records.count)")
        }

        @Test("A full disk is an error that says so, the health check fails, nothing is lost, and space mends it")
        func tables() async throws {
            let disk = try SmallDisk(megabytes: 24)
            let server = try PostgresProcess()
            try await server.initialize()
            try await server.start()
            try server.sql("CREATE TABLESPACE small LOCATION '\(disk.folder("tables"))'")
            try server.sql("CREATE DATABASE small TABLESPACE small")
            let store = try await PostgresSessionStore(url: server.url("small"), configuration: SharedStores.patient)
            let before = record(["data": text(4000)])
            #expect(try await store.create(before))
            try await store.checkHealth()

            try disk.fill()
            var created = [before]
            // The large ones need space of their own; the empty ones take what is left on pages.
            for bytes in [4000, 0] {
                let (more, error) = await fill(store, bytes)
                created += more
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("its disk is full; free some space there") == true, "\(error as Any)")
            }
            await expectError(.unavailable, mentioning: "its disk is full", "checking its health") {
                try await store.checkHealth()
            }
            try await expectAll(created, in: store)

            try disk.free()
            try await store.checkHealth()
            let after = record(["data": text(4000)])
            #expect(try await store.create(after))
            try await expectAll(created + [after], in: store)
            try await store.close()
        }

        @Test("Where the disk of its log is full PostgreSQL stops, nothing acknowledged is lost, and space mends it")
        func log() async throws {
            let disk = try SmallDisk(megabytes: 24)
            let server = try PostgresProcess()
            try await server.initialize(logIn: disk.folder("log"))
            try await server.start()
            var configuration = SharedStores.patient
            configuration.commandTimeout = .seconds(20)
            let store = try await PostgresSessionStore(url: server.url(), configuration: configuration)
            // A replica that never comes keeps the server from removing what it has written.
            try server.sql("SELECT pg_create_physical_replication_slot('absent', true)")
            try disk.fill()
            let (created, error) = await fill(store, 8000)
            #expect(!created.isEmpty && error?.code == .unavailable, "\(error as Any)")

            try disk.free()
            server.kill()
            try await server.start()
            try await store.checkHealth()
            try await expectAll(created, in: store)
            try await store.close()
        }
    }
#endif
