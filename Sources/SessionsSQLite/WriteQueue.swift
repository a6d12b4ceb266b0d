import GRDB
import Sessions
import Synchronization

/// Collects concurrent writes and runs what is waiting as one transaction, so that they share one flush to the disk.
///
/// An error in one write aborts no other: where it has written something, all are undone and run again, with a savepoint
/// each. Callers are resumed after the one `COMMIT`, so what is acknowledged is as durable as the file's `synchronous`
/// setting makes it.
final class WriteQueue: Sendable {
    private struct Write: Sendable {
        let queuedAt: ContinuousClock.Instant
        /// Runs inside the transaction, in a second one too where the first is undone; what it returns tells the caller of success.
        let body: @Sendable (Transaction) throws -> @Sendable () -> Void
        let fail: @Sendable (SessionError) -> Void
    }

    private struct State {
        var waiting: [Write] = []
        /// Whether the next transaction keeps its writes apart by savepoints, since one of those that wait has failed in its midst.
        var needsSavepoints = false
        var isRunning = false
        var isClosed = false
        var transactions = 0
        /// Tries to begin a transaction that found the file locked by another process.
        var lockedTries = 0
        /// When the first of the tries began that have found the file locked by the same transaction ever since.
        var lockedSince: ContinuousClock.Instant?
        /// SQLite's count of what other connections committed, at the last of these tries.
        var otherCommits: Int?
        /// Whether the lock has outlasted the tolerance: writes are refused until a transaction begins.
        var isLocked = false
        var whenIdle: [CheckedContinuation<Void, Never>] = []

        mutating func noteUnlocked() {
            lockedSince = nil
            isLocked = false
        }

        mutating func takeAll() -> [Write] { waiting.takeFirst(waiting.count) }
    }

    /// Writes in one transaction: bounds what one failed `COMMIT` takes down, and how long a first caller waits.
    static let batchLimit = 256

    /// How long one try to begin a transaction waits for another process; other users of the writer have their turn in between.
    static let tryTime = Duration.milliseconds(20)

    private let pool: DatabasePool
    private let file: SessionFile
    private let limit: Int
    private let deadline: Duration
    private let lockTolerance: Duration
    private let uptime: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    init(
        _ pool: DatabasePool, _ file: SessionFile, configuration: SQLiteSessionStore.Configuration,
        uptime: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.pool = pool
        self.file = file
        limit = configuration.maximumQueuedCommits
        deadline = configuration.commitDeadline
        lockTolerance = configuration.lockTolerance
        self.uptime = uptime
    }

    static func setBusyTimeout(_ timeout: Duration, in db: Database) throws {
        // SQLite reads a larger number as 0.
        try db.execute(sql: "PRAGMA busy_timeout = \(min(timeout.milliseconds, Int64(Int32.max)))")
    }

    /// Transactions committed so far.
    var transactions: Int { state.withLock { $0.transactions } }

    /// Writes that wait for a transaction.
    var count: Int { state.withLock { $0.waiting.count } }

    /// Tries to begin a transaction that found the file locked by another process.
    var lockedTries: Int { state.withLock { $0.lockedTries } }

    /// Whether writes are refused because another process has held the file for longer than is tolerated.
    var isLocked: Bool { state.withLock { $0.isLocked } }

    /// Runs `body` in the next transaction and returns after that was committed.
    ///
    /// The caller's cancellation changes nothing: it gets the outcome.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws(SessionError) -> Value {
        let result: Result<Value, SessionError> = await withCheckedContinuation { continuation in
            submit(
                Write(
                    queuedAt: uptime(),
                    body: { transaction in
                        let value = try body(transaction)
                        return { continuation.resume(returning: .success(value)) }
                    },
                    fail: { continuation.resume(returning: .failure($0)) }))
        }
        return try result.get()
    }

    /// Refuses further writes and returns when those accepted are done.
    func close() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.isRunning { state.whenIdle.append(continuation) }
                return !state.isRunning
            }
            if isIdle { continuation.resume() }
        }
    }

    private enum Admission {
        case refused(SessionError)
        case first
        case queued
    }

    private func submit(_ write: Write) {
        let admission: Admission = state.withLock { state in
            if state.isClosed { return .refused(SessionFile.closed) }
            if state.isLocked { return .refused(lockedError) }
            if state.waiting.count >= limit {
                return .refused(
                    SessionError(
                        .unavailable, "\(limit) writes wait for the session file already (maximumQueuedCommits)"))
            }
            state.waiting.append(write)
            defer { state.isRunning = true }
            return state.isRunning ? .queued : .first
        }
        switch admission {
        case .refused(let error): write.fail(error)
        case .first: schedule()
        case .queued: break
        }
    }

    private func schedule() {
        pool.asyncWriteWithoutTransaction { db in self.runBatch(in: db) }
    }

    private func runBatch(in db: Database) {
        let asked = uptime()
        do {
            begun(try Transaction(beginning: .immediate, on: db))
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            // Where others commit in between they hold the file in turn, and waiting is worth while.
            foundLocked(since: asked, otherCommits: try? Int.fetchOne(db, sql: "PRAGMA data_version"))
        } catch {
            // The next writes may have more luck, those that wait already would only wait for the same.
            let error = SessionError(sqlite: error, while: "beginning a transaction", on: file.path)
            let failed = state.withLock { state in
                state.noteUnlocked()
                return state.takeAll()
            }
            for write in failed { write.fail(error) }
        }
        let (isDone, idlers) = state.withLock { state -> (Bool, [CheckedContinuation<Void, Never>]) in
            // While the file is locked the tries go on, also where nobody waits: the first that succeeds ends that.
            guard state.waiting.isEmpty, !state.isLocked || state.isClosed else { return (false, []) }
            state.isRunning = false
            defer { state.whenIdle = [] }
            return (true, state.whenIdle)
        }
        if isDone {
            for idler in idlers { idler.resume() }
        } else {
            schedule()
        }
    }

    /// Fails what has waited too long for another process.
    private func foundLocked(since asked: ContinuousClock.Instant, otherCommits: Int?) {
        let now = uptime()
        let (failed, isLocked) = state.withLock { state -> ([Write], Bool) in
            state.lockedTries += 1
            if state.otherCommits != otherCommits { state.lockedSince = nil }
            state.otherCommits = otherCommits
            let since = state.lockedSince ?? asked
            state.lockedSince = since
            state.isLocked = state.isLocked || now - since > lockTolerance
            if state.isLocked { return (state.takeAll(), true) }
            let overdue = state.waiting.filter { now - $0.queuedAt > deadline }
            state.waiting.removeAll { now - $0.queuedAt > deadline }
            return (overdue, false)
        }
        for write in failed { write.fail(isLocked ? lockedError : overdueError(waited: now - write.queuedAt)) }
    }

    private var lockedError: SessionError {
        SessionError(
            .unavailable,
            "the session file \"\(file.path)\" has been locked by another program for more than "
                + "\(lockTolerance.milliseconds) ms (lockTolerance), and nothing was written; `fuser \(file.path)` names those "
                + "that have it open")
    }

    private func overdueError(waited: Duration) -> SessionError {
        SessionError(
            .unavailable,
            "the write waited \(waited.milliseconds) ms, over the commit deadline of \(deadline.milliseconds) ms, and was "
                + "not applied")
    }

    /// Takes what waits now, so that a write that came during `BEGIN` goes along.
    private func begun(_ transaction: Transaction) {
        let (batch, hasSavepoints) = state.withLock { state in
            state.noteUnlocked()
            defer { state.needsSavepoints = false }
            return (state.waiting.takeFirst(Self.batchLimit), state.needsSavepoints)
        }
        // After BEGIN, which may itself have waited for another process.
        let begun = uptime()
        do {
            // Before anything is acknowledged: what goes into a file that is no longer at its path is lost.
            try file.check()
        } catch {
            try? transaction.db.rollback()
            for write in batch { write.fail(error) }
            return
        }
        run(batch, hasSavepoints: hasSavepoints, begunAt: begun, in: transaction)
    }

    private func run(
        _ batch: [Write], hasSavepoints: Bool, begunAt begun: ContinuousClock.Instant, in transaction: Transaction
    ) {
        var outcomes = Outcomes()
        /// Those that no error has stopped, by their places, with what tells them of success.
        var applied: [(place: Int, succeed: @Sendable () -> Void)] = []
        applied.reserveCapacity(batch.count)
        for (place, write) in batch.enumerated() {
            let waited = begun - write.queuedAt
            if waited > deadline {
                let error = overdueError(waited: waited)
                outcomes.add { write.fail(error) }
                continue
            }
            guard transaction.isOpen else {
                applied.append((place, {}))
                continue
            }
            let changes = transaction.changes
            do {
                var succeed: (@Sendable () -> Void)?
                if hasSavepoints {
                    try transaction.db.inSavepoint {
                        succeed = try write.body(transaction)
                        return .commit
                    }
                } else {
                    succeed = try write.body(transaction)
                }
                if let succeed { applied.append((place, succeed)) }
            } catch {
                // Where this package refused before it wrote anything, there is nothing to undo.
                let isHarmless = error is SessionError && transaction.changes == changes
                guard hasSavepoints || isHarmless || !transaction.isOpen else {
                    return runAgain(batch, after: transaction)
                }
                let error = SessionError(sqlite: error, while: "writing", on: file.path)
                outcomes.add { write.fail(error) }
            }
        }
        do {
            // A full disk or an I/O error can end the whole transaction from inside one write.
            guard transaction.isOpen else {
                throw SessionError(
                    .unavailable,
                    "SQLite rolled back what waited together with a write that failed, for want of space or by an error of the "
                        + "disk under \"\(file.path)\"; nothing of it was written")
            }
            try transaction.commit()
            for (_, succeed) in applied { outcomes.add(succeed) }
            state.withLock { $0.transactions += 1 }
        } catch {
            // Where even this fails there is no transaction left, which is what it is for.
            try? transaction.db.rollback()
            let error = SessionError(sqlite: error, while: "committing", on: file.path)
            for (place, _) in applied { outcomes.add { batch[place].fail(error) } }
        }
        outcomes.tell()
    }

    /// Undoes a transaction in which a write has failed, and has its writes run in the next one, apart from each other.
    private func runAgain(_ batch: [Write], after transaction: Transaction) {
        try? transaction.db.rollback()
        state.withLock { state in
            state.waiting.insert(contentsOf: batch, at: 0)
            state.needsSavepoints = true
        }
    }
}
