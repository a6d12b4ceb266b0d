import Dispatch
import GRDB
public import Sessions
import Synchronization

/// Keeps sessions in a SQLite file in WAL mode: the store for one machine, with any number of processes.
///
/// Concurrent writes share a transaction; a call returns after its transaction was committed. Attribute values and
/// names are kept byte for byte, spans in whole milliseconds.
public final class SQLiteSessionStore: SessionStore {
    public let configuration: Configuration
    public let limits: SessionLimits

    let pool: DatabasePool
    let writes: WriteQueue
    let reads: ReadQueue
    private let isClosed = Mutex(false)

    /// Opens the file, creating it with mode 0600 where there is none, and brings its tables up to date.
    ///
    /// - Parameter path: a file on a local disk, in a directory that exists and can be written
    /// - Throws: ``SessionError/Code/configuration`` for a path or file this store can't use, with what to do about it;
    ///   ``SessionError/Code/unavailable`` where another process holds the file beyond the busy timeout
    public convenience init(
        path: String, configuration: Configuration = .init(), limits: SessionLimits = .init()
    ) async throws(SessionError) {
        try await self.init(
            path: path, configuration: configuration, limits: limits, uptime: { ContinuousClock.now })
    }

    /// - Parameter uptime: measures how long writes wait; it never tells the time of day
    init(
        path: String, configuration: Configuration, limits: SessionLimits,
        uptime: @escaping @Sendable () -> ContinuousClock.Instant
    ) async throws(SessionError) {
        try configuration.check()
        self.configuration = configuration
        self.limits = limits
        pool = try await Self.blocking { () throws(SessionError) in
            try DatabaseFile(path: path, configuration: configuration).open()
        }
        writes = WriteQueue(pool, configuration: configuration, uptime: uptime)
        reads = ReadQueue(pool, configuration: configuration, uptime: uptime)
    }

    /// Finishes the writes accepted so far, moves the log into the file and closes it. Again is harmless.
    ///
    /// Every later call of the store throws ``SessionError/Code/unavailable``. Where another process still reads the
    /// log, it stays beside the file, and nothing is lost.
    public func close() async throws(SessionError) {
        await writes.close()
        try await Self.blocking { () throws(SessionError) in
            try self.isClosed.withLock { isClosed throws(SessionError) in
                if isClosed { return }
                do {
                    do {
                        try self.pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
                    } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                        // Another process reads the log: whoever closes last moves it.
                    }
                    try self.pool.close()
                    isClosed = true
                } catch {
                    throw SessionError(sqlite: error, while: "closing")
                }
            }
        }
    }

    /// Keeps waits on the disk and on other processes off the threads that run tasks.
    private static func blocking<Value: Sendable>(
        _ work: @escaping @Sendable () throws(SessionError) -> Value
    ) async throws(SessionError) -> Value {
        let result: Result<Value, SessionError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Result(catching: work)) }
        }
        return try result.get()
    }
}

extension SQLiteSessionStore {
    public func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
        try await reads.read("loading") { db in try SessionTable.fetch(id, in: db)?.record }
    }

    public func create(_ record: SessionRecord) async throws(SessionError) -> Bool {
        if let excess = limits.excess(of: record.attributes) { throw SessionError(.tooLarge, excess.description) }
        return try await writes.write { db in
            if try SessionTable.exists(record.id, in: db) { return false }
            try SessionTable.insert(record, in: db)
            if let principal = record.principal {
                try PrincipalTable.confirm(record.id, of: principal, at: record.createdAt, in: db)
            }
            return true
        }
    }

    public func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        try await writes.write { [limits, deadline = configuration.commitDeadline] db in
            guard let stored = try SessionTable.fetch(id, in: db) else { return .missing }
            var record = stored.record
            let result = changes.apply(to: &record, at: now, limits: limits)
            guard case .committed = result else { return result }
            try SessionTable.write(record, over: stored, in: db)
            if record.end != nil {
                try PrincipalTable.recheck(id, except: nil, deadline: deadline, in: db)
            } else if record.principal != stored.record.principal {
                try PrincipalTable.recheck(id, except: record.principal, deadline: deadline, in: db)
                if let principal = record.principal {
                    try PrincipalTable.confirm(id, of: principal, at: now, in: db)
                }
            }
            return result
        }
    }

    public func enroll(_ id: SessionID, of principal: Principal, at now: Timestamp) async throws(SessionError) {
        try await writes.write { [deadline = configuration.commitDeadline] db in
            try PrincipalTable.enroll(id, of: principal, at: now, deadline: deadline, in: db)
        }
    }

    public func watermark(
        of principal: Principal, raisedTo: Timestamp?
    ) async throws(SessionError) -> Timestamp? {
        guard let raisedTo else {
            return try await reads.read("reading a watermark") { db in
                try PrincipalTable.watermark(of: principal, in: db)
            }
        }
        return try await writes.write { db in
            try PrincipalTable.raiseWatermark(of: principal, to: raisedTo, in: db)
            return try PrincipalTable.watermark(of: principal, in: db)
        }
    }

    public func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
        let cursor = query.cursor ?? ""
        if query.cursor != nil, SessionID(cursor) == nil {
            throw SessionError(.invalid, "the cursor isn't the `next` of a page of this store")
        }
        let limit = min(max(query.limit, 1), 1000)
        return try await read("listing") { db in
            let names: [String]
            switch query.scope {
            case .all:
                names = try String.fetchAll(
                    db.cachedStatement(sql: "SELECT id FROM session WHERE id > ? ORDER BY id LIMIT ?"),
                    arguments: [cursor, limit])
            case .principal(let principal):
                names = try PrincipalTable.sessions(of: principal, after: cursor, limit: limit, in: db)
            }
            var records: [SessionRecord] = []
            for name in names {
                guard let id = SessionID(name) else {
                    throw SessionError(.corrupt, "a session can't be listed: its id isn't 32 hexadecimal digits")
                }
                guard let record = try SessionTable.fetch(id, in: db)?.record, record.end(at: now) == nil else {
                    continue
                }
                // The index is a hint; the record says whose it is.
                if case .principal(let principal) = query.scope, record.principal != principal { continue }
                records.append(record)
            }
            return SessionPage(records: records, next: names.count == limit ? names.last : nil)
        }
    }

    public func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> Int {
        guard limit > 0 else { return 0 }
        var examined = 0
        var corrupt: SessionError?
        while examined < limit {
            // In parts, so that requests' writes get their turn in between.
            let part = Sweep(
                now: now, limit: min(limit - examined, Self.sweepPart), commitDeadline: configuration.commitDeadline)
            let progress = try await writes.write { db in try part.run(in: db) }
            examined += progress.examined
            corrupt = corrupt ?? progress.corrupt
            if progress.examined < part.limit { break }
        }
        let cleaned = min(limit, Self.sweepPart)
        try await writes.write { db in
            try PrincipalTable.clean(at: now, limit: cleaned, in: db)
            try PrincipalTable.forgetWatermarks(before: now - .days(1), limit: cleaned, in: db)
        }
        if let corrupt { throw corrupt }
        return examined
    }

    /// Records in one transaction of a sweep.
    private static let sweepPart = 256

    private func read<Value: Sendable>(
        _ what: String, _ body: @Sendable (Database) throws -> Value
    ) async throws(SessionError) -> Value {
        do {
            return try await pool.read(body)
        } catch {
            throw SessionError(sqlite: error, while: what)
        }
    }
}
