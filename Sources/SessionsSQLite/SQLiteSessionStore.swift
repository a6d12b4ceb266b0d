import Dispatch
import GRDB
public import Sessions
import Synchronization

/// Keeps sessions in a SQLite file in WAL mode: the store for one machine, with any number of processes.
///
/// Concurrent writes share a transaction; a call returns after its transaction was committed. Attribute values and
/// names are kept byte for byte, spans in whole milliseconds.
public final class SQLiteSessionStore: SessionStore {
    /// The settings that the store was opened with.
    public let configuration: Configuration
    /// How large a session may get.
    public let limits: SessionLimits

    let pool: DatabasePool
    let file: SessionFile
    let writes: WriteQueue
    let loads: ReadQueue
    let lists: ReadQueue
    private let room: StoreRoom
    private let isClosed = Mutex(false)

    /// Opens the file, creating it with mode 0600 where there is none, and brings its tables up to date.
    ///
    /// - Parameters:
    ///   - path: a file on a local disk, in a directory that exists and can be written
    ///   - configuration: when to flush, how long to wait, how much to queue
    ///   - limits: how large a session may get
    /// - Throws: `SessionError.Code.configuration` for a path or file this store can't use, with what to do about it;
    ///   `SessionError.Code.unavailable` where another process holds the file beyond the busy timeout
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
        (pool, file) = try await Self.blocking { () throws(SessionError) in
            let pool = try DatabaseFile(path: path, configuration: configuration).open()
            return (pool, try SessionFile(path: path))
        }
        room = StoreRoom(
            maximumRecords: configuration.maximumRecords, maximumBytes: configuration.maximumBytes,
            reserve: configuration.reserve, of: "the session file \"\(path)\"")
        writes = WriteQueue(pool, file, configuration: configuration, uptime: uptime)
        loads = ReadQueue(.load, pool, file, configuration: configuration, uptime: uptime)
        lists = ReadQueue(.list, pool, file, configuration: configuration, uptime: uptime)
    }

    /// Finishes the writes accepted so far, moves the log into the file and closes it; a second call is harmless.
    ///
    /// Every later call of the store throws `SessionError.Code.unavailable`. Where another process still reads the log,
    /// it stays beside the file, and nothing is lost.
    public func close() async throws(SessionError) {
        await writes.close()
        file.refuse(SessionFile.closed)
        try await Self.blocking { () throws(SessionError) in
            try self.isClosed.withLock { isClosed throws(SessionError) in
                if isClosed { return }
                // What can't be moved now stays in the log, so the file is closed in any case.
                let problem = self.moveLog()
                do {
                    try self.pool.close()
                    isClosed = true
                } catch {
                    throw SessionError(sqlite: error, while: "closing it", on: self.file.path)
                }
                if let problem { throw problem }
            }
        }
    }

    private func moveLog() -> SessionError? {
        do {
            try pool.writeWithoutTransaction { db in
                try WriteQueue.setBusyTimeout(configuration.busyTimeout, in: db)
                _ = try db.checkpoint(.truncate)
            }
            return nil
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            // Another process reads the log: whoever closes last moves it.
            return nil
        } catch {
            return SessionError(
                sqlite: error, while: "closing it; nothing is lost, since the log stays beside the file", on: file.path)
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
    /// Returns the record of an ID, from a connection for readers.
    public func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
        try await loads.read("loading") { transaction in try SessionTable.fetch(id, in: transaction)?.record }
    }

    /// Inserts a record where its ID is free, in a transaction that concurrent writes share.
    ///
    /// - Throws: `SessionError.Code.full` at the limit of records or bytes, `SessionError.Code.tooLarge` over the size limits
    ///   of a session
    public func create(_ record: SessionRecord) async throws(SessionError) -> Bool {
        if let excess = limits.excess(of: record.attributes) { throw SessionError(.tooLarge, excess.description) }
        return try await writes.write { [room] transaction in
            if try SessionTable.exists(record.id, in: transaction) { return false }
            if room.isLimited {
                let total = try TotalTable.fetch(in: transaction.db)
                try room.check(
                    records: total.records + 1, bytes: total.bytes + StoreRoom.size(of: record),
                    isVisitor: record.principal == nil)
            }
            try SessionTable.insert(record, in: transaction)
            if let owner = record.owner {
                try OwnerTable.confirm(record.id, of: owner, at: record.createdAt, in: transaction.db)
            }
            return true
        }
    }

    /// Applies changes to a record, in a transaction that concurrent writes share.
    ///
    /// - Throws: `SessionError.Code.full` where the session would grow past the limit of bytes
    public func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        try await writes.write { [self] transaction in
            guard let stored = try SessionTable.fetch(id, in: transaction) else { return .missing }
            var record = stored.record
            let result = changes.apply(to: &record, at: now, limits: limits)
            guard case .committed = result else { return result }
            let growth = record.attributes.byteCount - stored.record.attributes.byteCount
            if growth > 0, room.isLimited {
                try room.check(
                    bytes: try TotalTable.fetch(in: transaction.db).bytes + growth, isVisitor: record.principal == nil)
            }
            try SessionTable.write(record, over: stored, in: transaction)
            if record.owner != stored.record.owner {
                try OwnerTable.recheck(
                    id, except: record.owner, deadline: configuration.commitDeadline, in: transaction.db)
                if let owner = record.owner { try OwnerTable.confirm(id, of: owner, at: now, in: transaction.db) }
            }
            return result
        }
    }

    /// Notes that a session is about to belong to an owner.
    public func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp) async throws(SessionError) {
        try await writes.write { [deadline = configuration.commitDeadline] transaction in
            try OwnerTable.enroll(id, of: owner, at: now, deadline: deadline, in: transaction.db)
        }
    }

    /// Returns the owner's watermark, raised first if asked.
    public func watermark(
        of owner: SessionOwner, raisedTo: Timestamp?
    ) async throws(SessionError) -> Timestamp? {
        guard let raisedTo else {
            return try await loads.read("reading a watermark") { transaction in
                try OwnerTable.watermark(of: owner, in: transaction.db)
            }
        }
        return try await writes.write { transaction in
            try OwnerTable.raiseWatermark(of: owner, to: raisedTo, in: transaction.db)
            return try OwnerTable.watermark(of: owner, in: transaction.db)
        }
    }

    /// Returns a page of records in the order of their IDs.
    public func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
        let cursor = query.cursor ?? ""
        if query.cursor != nil, SessionID(cursor) == nil {
            throw SessionError(.invalid, "the cursor isn't the `next` of a page of this store")
        }
        let limit = query.limit
        return try await lists.read("listing") { transaction in
            let names =
                switch query.scope {
                case .all: try SessionTable.ids(after: cursor, limit: limit, in: transaction.db)
                case .realm(let realm): try SessionTable.ids(in: realm, after: cursor, limit: limit, in: transaction.db)
                case .owner(let owner):
                    try OwnerTable.sessions(of: owner, after: cursor, limit: limit, in: transaction.db)
                }
            var page = SessionPage(records: [], next: names.count == limit ? names.last : nil)
            for name in names {
                guard let id = SessionID(name) else {
                    throw SessionError(.corrupt, "a session can't be listed: its id isn't 32 hexadecimal digits")
                }
                do {
                    // The index is a hint; the record says whose it is.
                    guard let record = try SessionTable.fetch(id, in: transaction)?.record, query.wants(record, at: now)
                    else {
                        continue
                    }
                    page.records.append(record)
                } catch let error as SessionError where error.code == .corrupt && !error.concernsStore {
                    page.unreadable.append(id)
                }
            }
            return page
        }
    }

    /// Ends what has expired, forgets old tombstones, and gives free pages back to the disk.
    public func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
        try await .collected(upTo: limit) { result throws(SessionError) in
            try await self.sweep(at: now, limit: limit, into: &result)
        }
    }

    private func sweep(
        at now: Timestamp, limit: Int, into result: inout SweepResult
    ) async throws(SessionError) {
        var corrupt: SessionError?
        while result.examined < limit {
            // In parts, so that requests' writes get their turn in between.
            let part = Sweep(
                now: now, limit: min(limit - result.examined, Sweep.partLimit),
                commitDeadline: configuration.commitDeadline)
            let progress = try await writes.write { transaction in try part.run(in: transaction) }
            result.examined += progress.examined
            result.expired += progress.expired
            result.unreadable += progress.unreadable
            corrupt = corrupt ?? progress.corrupt
            if progress.examined < part.limit { break }
        }
        let cleaned = min(limit, Sweep.partLimit)
        try await writes.write { transaction in
            try OwnerTable.clean(at: now, limit: cleaned, in: transaction.db)
            try OwnerTable.forgetWatermarks(before: now - .days(1), limit: cleaned, in: transaction.db)
            try QuarantineTable.forget(at: now, limit: cleaned, in: transaction.db)
        }
        // A step for each part of the sweep, and so many that no record's pages are left to the next one.
        for _ in 0..<FreePages.steps(forRecords: limit) {
            guard try await writes.write({ transaction in try FreePages.giveBack(in: transaction.db) }) else { break }
        }
        if let corrupt { throw corrupt }
    }

    /// Commits a transaction that writes a session and removes it again, and reads.
    public func checkHealth() async throws(SessionError) {
        try await writes.write { transaction in try SessionTable.prove(in: transaction) }
        _ = try await loads.read("checking its health") { transaction in
            try SessionTable.ids(after: "", limit: 1, in: transaction.db)
        }
    }
}
