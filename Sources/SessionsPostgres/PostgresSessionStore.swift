#if Postgres
    public import Sessions
    public import SessionsPostgresClient

    /// Keeps sessions in PostgreSQL 14 or later, one row each: the store for servers that have a database already.
    ///
    /// Every statement is a transaction of its own, so that any client can carry it; loads and commits that come together
    /// may share one. Attributes are `jsonb` in the column `attributes`; their JSON keeps its meaning, and NUL characters
    /// can't be kept.
    public final class PostgresSessionStore: SessionStore {
        /// The settings that the store was opened with.
        public let configuration: Configuration
        /// How large a session may get.
        public let limits: SessionLimits

        let commands: any PostgresCommands
        let statements: Statements
        let schema: SchemaName
        /// The clock that is compared with PostgreSQL's, which fences commits; sessions are judged by the caller's.
        let clock: any SessionClock
        let room: StoreRoom
        let use = RecentValues<Bool, TableUse>(age: useAge)
        /// The rows that this server has read a moment ago.
        let recent = RecentSessions()
        private let gathered: GatheredStatements
        /// Says how old what is known of a row is, and how long a statement has been under way.
        private let uptime: @Sendable () -> ContinuousClock.Instant
        /// What comes together, and shares a statement.
        let loads: Gathering<PendingLoad, LoadedRow?>
        let knownCommits: Gathering<KnownCommit, UInt32?>
        private let ownClient: PostgresClient?

        /// Connects to a server, checks that it can be used, and brings the tables up to date.
        ///
        /// - Parameters:
        ///   - url: such as `postgres://user@host/db?sslmode=verify-full`, as libpq reads it
        ///   - configuration: the settings
        ///   - limits: how large a session may get
        /// - Throws: `SessionError.Code.configuration` for a URL, a server or tables that this store can't use, with what to
        ///   do; `SessionError.Code.unavailable` where no server answers
        public convenience init(
            url: String, configuration: Configuration = .init(), limits: SessionLimits = .init()
        ) async throws(SessionError) {
            let client = try Self.client(url, configuration)
            do throws(SessionError) {
                try await self.init(
                    client, configuration: configuration, limits: limits, clock: SystemSessionClock(), ownClient: client
                )
            } catch {
                client.close()
                throw error
            }
        }

        /// Uses a client of the caller's, which stays the caller's to close, and checks that its server can be used.
        ///
        /// - Throws: `SessionError.Code.configuration` for a server or tables that this store can't use, with what to do;
        ///   `SessionError.Code.unavailable` where none answers
        public convenience init(
            _ commands: any PostgresCommands, configuration: Configuration = .init(), limits: SessionLimits = .init()
        ) async throws(SessionError) {
            try await self.init(
                commands, configuration: configuration, limits: limits, clock: SystemSessionClock(), ownClient: nil)
        }

        convenience init(
            _ commands: any PostgresCommands, configuration: Configuration, limits: SessionLimits,
            clock: any SessionClock, ownClient: PostgresClient?
        ) async throws(SessionError) {
            try self.init(
                unchecked: commands, configuration: configuration, limits: limits, clock: clock, ownClient: ownClient)
            try await checkServer()
        }

        /// Doesn't look at the server.
        init(
            unchecked commands: any PostgresCommands, configuration: Configuration, limits: SessionLimits = .init(),
            clock: any SessionClock, ownClient: PostgresClient? = nil, gathering: GatheringManner? = nil,
            uptime: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
        ) throws(SessionError) {
            try configuration.check()
            self.configuration = configuration
            self.limits = limits
            self.commands = commands
            self.clock = clock
            self.ownClient = ownClient
            self.uptime = uptime
            room = StoreRoom(
                maximumRecords: configuration.maximumRecords, maximumBytes: configuration.maximumBytes,
                reserve: configuration.reserve, of: "PostgreSQL")
            schema = try SchemaName(configuration.schema)
            statements = Statements(schema: schema, lockTimeout: configuration.lockTimeout, limits: limits)
            let gathered = GatheredStatements(commands: commands, statements: statements, uptime: uptime)
            let gathering =
                gathering ?? GatheringManner(maximumWaiting: configuration.client.maximumPendingStatements)
            self.gathered = gathered
            loads = Gathering(gathering, uptime: uptime) { await gathered.load($0) }
            knownCommits = Gathering(gathering, uptime: uptime) { await gathered.commit($0) }
        }

        static func client(_ url: String, _ configuration: Configuration) throws(SessionError) -> PostgresClient {
            var settings = configuration.client
            settings.statementTimeout = min(settings.statementTimeout, configuration.commandTimeout)
            settings.lockTimeout = Statements.whole(configuration.lockTimeout)
            do {
                return try PostgresClient(url, configuration: settings)
            } catch {
                throw SessionError(.configuration, error.message, cause: error)
            }
        }

        /// Closes the connections that this store made, and leaves a client of the caller's alone.
        ///
        /// Where the store made them, every later call throws `SessionError.Code.unavailable`.
        public func close() async throws(SessionError) { ownClient?.close() }
    }

    extension PostgresSessionStore {
        /// Returns the record as it is, by the primary key.
        public func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
            try await stored(id)?.record
        }

        /// Inserts a new record where its ID is free.
        ///
        /// - Throws: `SessionError.Code.full` at the limit of records or bytes, as far as they are known;
        ///   `SessionError.Code.tooLarge` over the size limits of a session
        public func create(_ record: SessionRecord) async throws(SessionError) -> Bool {
            if let excess = limits.excess(of: record.attributes) { throw SessionError(.tooLarge, excess.description) }
            guard record.revision < UInt64(Int64.max), record.generation < UInt64(Int64.max) else {
                throw SessionError(.invalid, "a revision or generation of 2^63 or more can't be kept in PostgreSQL")
            }
            try check(record.attributes.lazy.map { ($0.name, $0.json) })
            let deadline = ContinuousClock.now + configuration.commandTimeout
            try await checkRoom(for: record, deadline: deadline)
            var statement = PostgresStatement(statements.create, capacity: 512 + record.attributes.byteCount)
            statement.append(record)
            guard try await rows(statement, "creating", deadline: deadline).count == 1 else { return false }
            noteCreated(record)
            return true
        }

        /// Applies `changes` to an existing session in one statement, or not at all.
        ///
        /// - Throws: `SessionError.Code.full` where the session would grow past the limit of bytes, as far as it is known
        public func commit(
            _ changes: SessionChanges, to id: SessionID, at now: Timestamp
        ) async throws(SessionError) -> CommitResult {
            try check(
                changes.attributes.lazy.compactMap { name, edit in
                    if case .set(let json) = edit { (name, json) } else { nil }
                })
            guard changes.expectedGeneration != nil || changes.end != nil else {
                return try await refusal(of: changes, to: id, at: now) ?? .superseded
            }
            let deadline = ContinuousClock.now + configuration.commandTimeout
            let latest = clock.now + configuration.commandTimeout + configuration.clockTolerance
            try await checkRoom(for: changes, to: id, at: now, deadline: deadline)
            let parts = CommitPart.parts(of: changes)
            if let record = try await commit(
                changes, parts, toKnownRow: id, at: now, latest: latest, deadline: deadline)
            {
                return .committed(record)
            }
            let query = statements.commit(parts, toKnownRow: false)
            // Whatever was refused has a reason in the row, unless that changed in between; then it is tried again.
            for _ in 0..<Self.maximumAttempts {
                var statement = PostgresStatement(query, capacity: 256 + changes.size)
                statement.append(id.bytes)
                statement.append(millisecondsSince1970: latest.milliseconds)
                statement.append(now.milliseconds)
                statement.append(min(changes.idleAsOf ?? now, now).milliseconds)
                for part in parts { part.append(changes, to: &statement) }
                let rows = try await rows(statement, "committing", deadline: deadline)
                if rows.count == 1 {
                    let stored = try StoredRecord(rows)
                    note(stored)
                    return .committed(stored.record)
                }
                if let result = try await refusal(of: changes, to: id, at: now, latest: latest, deadline: deadline) {
                    return result
                }
            }
            throw SessionError(
                .unavailable, "other writers came in between \(Self.maximumAttempts) times, while committing")
        }

        /// Applies changes to a row that was read a moment ago, if it is still the same.
        ///
        /// All that a commit depends on was judged here then, and PostgreSQL compares versions alone: that costs both a
        /// fraction. Where the row is not known, takes no such changes, or is another one by now, PostgreSQL has to judge it.
        ///
        /// - Returns: the record as it is now; `nil` where nothing was applied
        private func commit(
            _ changes: SessionChanges, _ parts: [CommitPart], toKnownRow id: SessionID, at now: Timestamp,
            latest: Timestamp, deadline: ContinuousClock.Instant
        ) async throws(SessionError) -> SessionRecord? {
            guard let known = recent.value(of: id, at: uptime()) as? StoredRecord, let version = known.version,
                var row = known.applying(changes, at: now, limits: limits), changes.canBeJoined
            else { return nil }
            let commit = KnownCommit(
                id: id, version: version, changes: changes, record: row.record, latest: latest, deadline: deadline
            )
            let written: UInt32?
            if changes.onlySet {
                written = try await knownCommits.run(commit) { () async throws(SessionError) in
                    try await transaction(of: commit, parts)
                }
            } else {
                written = try await transaction(of: commit, parts)
            }
            guard let written else {
                recent.forget(id)
                guard ContinuousClock.now < deadline else { throw KnownCommit.late }
                return nil
            }
            row.version?.transaction = written
            note(row)
            return row.record
        }

        /// Sends one commit to a known row, and returns the transaction that wrote its new version.
        private func transaction(
            of commit: KnownCommit, _ parts: [CommitPart]
        ) async throws(SessionError) -> UInt32? {
            let parts = parts.compactMap(\.ofKnownRow)
            var statement = PostgresStatement(
                statements.commit(parts, toKnownRow: true), capacity: 128 + commit.changes.size)
            statement.append(commit.id.bytes)
            statement.append(millisecondsSince1970: commit.latest.milliseconds)
            statement.append(commit.version)
            for part in parts { part.append(commit.changes, writing: commit.record.revision, to: &statement) }
            let rows = try await rows(statement, "committing", deadline: commit.deadline)
            guard rows.count == 1 else { return nil }
            var reader = RowReader(rows, row: 0)
            return try reader.transaction()
        }

        private func note(_ stored: StoredRecord) {
            let record = stored.record
            guard stored.version != nil else { return recent.forget(record.id) }
            recent.note(stored, of: record.id, bytes: record.attributes.byteCount, at: uptime())
        }

        private static let maximumAttempts = 10

        /// Why the row refuses the changes; `nil` where it doesn't any more.
        private func refusal(
            of changes: SessionChanges, to id: SessionID, at now: Timestamp, latest: Timestamp? = nil,
            deadline: ContinuousClock.Instant? = nil
        ) async throws(SessionError) -> CommitResult? {
            guard let stored = try await stored(id, deadline: deadline) else { return .missing }
            let result = stored.result(of: changes, at: now)
            guard case .committed = result else { return result }
            if let excess = stored.excess(after: changes, limits: limits) { return .tooLarge(excess) }
            if let latest, latest < stored.clock {
                throw SessionError(
                    .unavailable,
                    "not applied while committing: it reached PostgreSQL \((stored.clock - latest).milliseconds) ms too late by "
                        + "PostgreSQL's clock; PostgreSQL is too slow, or its clock is ahead of this server's")
            }
            return nil
        }

        /// Does nothing: a session's row is its entry in the index of owners, so neither can be without the other.
        public func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp) async throws(SessionError) {}

        /// Returns the owner's watermark, raised first if asked.
        public func watermark(
            of owner: SessionOwner, raisedTo: Timestamp?
        ) async throws(SessionError) -> Timestamp? {
            var statement = PostgresStatement(raisedTo == nil ? statements.watermark : statements.raiseWatermark)
            statement.append(owner.realm.name)
            statement.append(owner.principal.name)
            if let raisedTo { statement.append(raisedTo.milliseconds) }
            let rows = try await rows(statement, raisedTo == nil ? "reading a watermark" : "raising a watermark")
            guard rows.count == 1 else { return nil }
            var reader = RowReader(rows, row: 0)
            return Timestamp(milliseconds: try reader.integer())
        }

        /// Returns a page of records in the order of their IDs.
        public func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
            guard let start = SessionID(startingAfter: query.cursor) else {
                if let cursor = query.cursor, SessionID(cursor) != nil { return SessionPage(records: [], next: nil) }
                throw SessionError(.invalid, "the cursor isn't the `next` of a page of this store")
            }
            let limit = query.limit
            var statement: PostgresStatement
            switch query.scope {
            case .all:
                statement = PostgresStatement(statements.listAll)
            case .realm(let realm):
                statement = PostgresStatement(statements.listRealm)
                statement.append(realm.name)
            case .owner(let owner):
                statement = PostgresStatement(statements.listOwner)
                statement.append(owner.realm.name)
                statement.append(owner.principal.name)
            }
            statement.append(start.bytes)
            statement.append(Int64(limit))
            let rows = try await rows(statement, "listing")
            var page = SessionPage(records: [], next: nil)
            for row in 0..<rows.count {
                var reader = RowReader(rows, row: row)
                if row == limit - 1 { page.next = try RowReader(rows, row: row).id().description }
                do throws(SessionError) {
                    let record = try reader.record()
                    if query.wants(record, at: now) { page.records.append(record) }
                } catch  where error.isOfOneRow {
                    page.unreadable.append(try RowReader(rows, row: row).id())
                }
            }
            return page
        }
    }

    // Sending.
    extension PostgresSessionStore {
        func stored(
            _ id: SessionID, deadline: ContinuousClock.Instant? = nil
        ) async throws(SessionError) -> StoredRecord? {
            let load = PendingLoad(id: id, deadline: deadline ?? .now + configuration.commandTimeout)
            let row: LoadedRow? = try await loads.run(load) { () async throws(SessionError) in
                try await gathered.load(load)
            }
            guard let row else { return nil }
            let stored = try StoredRecord(row.rows, row: row.row)
            note(stored)
            return stored
        }

        /// Runs a statement, again where the server says that it took it back for the sake of others.
        func rows(
            _ statement: PostgresStatement, _ doing: StaticString, deadline: ContinuousClock.Instant? = nil
        ) async throws(SessionError) -> PostgresRows {
            let deadline = deadline ?? .now + configuration.commandTimeout
            return try await commands.rows(statement, doing, deadline: deadline)
        }

        /// Refuses what jsonb can't keep, with the attribute's name.
        private func check(_ values: some Sequence<(String, String)>) throws(SessionError) {
            for (name, json) in values where json.holdsNUL {
                throw SessionError(
                    .invalid,
                    "attribute \"\(name)\" holds the character NUL (\\u0000), which PostgreSQL's jsonb can't keep; take it out, "
                        + "or keep bytes as base64")
            }
        }
    }
#endif
