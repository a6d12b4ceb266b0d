import GRDB
import Sessions
import Synchronization

/// Collects concurrent writes and runs what is waiting as one transaction, so that they share one flush to the disk.
///
/// Each write has its own savepoint: an error in one aborts nobody else. Callers are resumed after the one `COMMIT`, so
/// what is acknowledged is as durable as the file's `synchronous` setting makes it.
final class WriteQueue: Sendable {
    private struct Write: Sendable {
        let queuedAt: ContinuousClock.Instant
        /// Runs inside the savepoint; what it returns tells the caller of success.
        let body: @Sendable (Database) throws -> @Sendable () -> Void
        let fail: @Sendable (SessionError) -> Void
    }

    private struct State {
        var waiting: [Write] = []
        var isRunning = false
        var isClosed = false
        var transactions = 0
        var whenIdle: [CheckedContinuation<Void, Never>] = []
    }

    /// Writes in one transaction: bounds what one failed `COMMIT` takes down, and how long a first caller waits.
    static let batchLimit = 256

    private let pool: DatabasePool
    private let limit: Int
    private let deadline: Duration
    private let uptime: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    init(
        _ pool: DatabasePool, configuration: SQLiteSessionStore.Configuration,
        uptime: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.pool = pool
        limit = configuration.maximumQueuedCommits
        deadline = configuration.commitDeadline
        self.uptime = uptime
    }

    /// Transactions committed so far.
    var transactions: Int { state.withLock { $0.transactions } }

    /// Writes that wait for a transaction.
    var count: Int { state.withLock { $0.waiting.count } }

    /// Runs `body` in the next transaction and returns after that was committed.
    ///
    /// The caller's cancellation changes nothing: it gets the outcome.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(SessionError) -> Value {
        let result: Result<Value, SessionError> = await withCheckedContinuation { continuation in
            submit(
                Write(
                    queuedAt: uptime(),
                    body: { db in
                        let value = try body(db)
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
            if state.isClosed { return .refused(SessionError(.unavailable, "the session store is closed")) }
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
        let batch = state.withLock { state in
            let batch = Array(state.waiting.prefix(Self.batchLimit))
            state.waiting.removeFirst(batch.count)
            return batch
        }
        if !batch.isEmpty { run(batch, in: db) }
        let (isDone, idlers) = state.withLock { state -> (Bool, [CheckedContinuation<Void, Never>]) in
            guard state.waiting.isEmpty else { return (false, []) }
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

    /// After a transaction that could not begin: the next one may wait as long, and who is past the deadline waits for nothing.
    private func failOverdue() {
        let now = uptime()
        let overdue = state.withLock { state in
            let overdue = state.waiting.filter { now - $0.queuedAt > deadline }
            state.waiting.removeAll { now - $0.queuedAt > deadline }
            return overdue
        }
        for write in overdue { write.fail(overdueError(waited: now - write.queuedAt)) }
    }

    private func overdueError(waited: Duration) -> SessionError {
        SessionError(
            .unavailable,
            "the write waited \(waited.milliseconds) ms, over the commit deadline of \(deadline.milliseconds) ms, and was "
                + "not applied")
    }

    private func run(_ batch: [Write], in db: Database) {
        do {
            try db.beginTransaction(.immediate)
        } catch {
            let error = SessionError(sqlite: error, while: "beginning a transaction")
            for write in batch { write.fail(error) }
            failOverdue()
            return
        }
        var outcomes: [@Sendable () -> Void] = []
        var applied: [(write: Write, succeed: @Sendable () -> Void)] = []
        let begun = uptime()
        for write in batch {
            // After BEGIN, which may itself have waited for another process.
            let waited = begun - write.queuedAt
            if waited > deadline {
                let error = overdueError(waited: waited)
                outcomes.append { write.fail(error) }
                continue
            }
            guard db.isInsideTransaction else {
                applied.append((write, {}))
                continue
            }
            do {
                var succeed: (@Sendable () -> Void)?
                try db.inSavepoint {
                    succeed = try write.body(db)
                    return .commit
                }
                if let succeed { applied.append((write, succeed)) }
            } catch {
                let error = SessionError(sqlite: error, while: "writing")
                outcomes.append { write.fail(error) }
            }
        }
        do {
            // A full disk or an I/O error can end the whole transaction from inside one write.
            guard db.isInsideTransaction else {
                throw SessionError(.unavailable, "SQLite rolled the transaction back after an error in another write")
            }
            try db.commit()
            outcomes += applied.map(\.succeed)
            state.withLock { $0.transactions += 1 }
        } catch {
            // Where even this fails there is no transaction left, which is what it is for.
            try? db.rollback()
            let error = SessionError(sqlite: error, while: "committing")
            outcomes += applied.map { pair in { pair.write.fail(error) } }
        }
        for outcome in outcomes { outcome() }
    }
}
