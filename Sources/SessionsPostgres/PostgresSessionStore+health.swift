#if Postgres
    public import Sessions
    import SessionsPostgresClient

    extension PostgresSessionStore {
        /// Proves that a session can be created, durably, and removes it again.
        ///
        /// The row is that of a session which is over: what comes across it shows no one anything. Where its removal fails, the
        /// sweep forgets it.
        public func checkHealth() async throws(SessionError) {
            let (record, deadline) = (proof(), ContinuousClock.now + configuration.commandTimeout)
            var insertion = PostgresStatement(statements.create, capacity: 512)
            insertion.append(record)
            let isWritten = try await rows(insertion, "checking its health", deadline: deadline).count == 1
            var removal = PostgresStatement(statements.removeProof, capacity: 16)
            removal.append(record.id.bytes)
            _ = try await rows(removal, "checking its health", deadline: deadline)
            guard isWritten else {
                throw SessionError(.unavailable, "PostgreSQL wrote no row, while checking its health")
            }
        }

        private func proof() -> SessionRecord {
            var random = SystemRandomNumberGenerator()
            func block() -> Block16 { Block16(random.next(), random.next()) }
            let (now, digest) = (clock.now, SecretDigest(Block32(block(), block())))
            let lifetime = SessionLifetime(
                idleTimeout: nil, touchInterval: .zero, absoluteDeadline: now, retention: .minutes(1),
                isPersistent: false)
            var record = SessionRecord(
                id: SessionID(block()), secretDigest: digest, secretIssuedAt: now, familyDigest: digest,
                createdAt: now, lastUsedAt: now, lifetime: lifetime)
            record.end(SessionEnd(reason: .expired, at: now))
            return record
        }
    }
#endif
