import GRDB
import Sessions
import Synchronization

/// Collects concurrent loads and runs what is waiting on one connection, in one snapshot taken after all of them were asked for.
///
/// So a load sees every commit that was acknowledged before it, and a burst costs a few hand-overs to readers rather than one a
/// load: what comes while all runners are busy goes together. Loads don't wait behind lists, which have a connection left.
final class ReadQueue: Sendable {
    private struct Read: Sendable {
        let queuedAt: ContinuousClock.Instant
        /// Runs on a reader; what it returns tells the caller.
        let body: @Sendable (Database) -> @Sendable () -> Void
        let fail: @Sendable (SessionError) -> Void
    }

    private struct State {
        var waiting: [Read] = []
        var running = 0
    }

    /// Loads in one snapshot: bounds how long the last of them waits for the others.
    static let batchLimit = 128

    private let pool: DatabasePool
    private let file: SessionFile
    private let runners: Int
    private let limit: Int
    private let deadline: Duration
    private let uptime: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    init(
        _ pool: DatabasePool, _ file: SessionFile, configuration: SQLiteSessionStore.Configuration,
        uptime: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.pool = pool
        self.file = file
        runners = max(1, configuration.maximumReaders - 1)
        limit = configuration.maximumQueuedLoads
        deadline = configuration.loadDeadline
        self.uptime = uptime
    }

    /// Loads that wait for a reader.
    var count: Int { state.withLock { $0.waiting.count } }

    /// Runners at work, each with a batch.
    var running: Int { state.withLock { $0.running } }

    func read<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(SessionError) -> Value {
        let path = file.path
        let result: Result<Value, SessionError> = await withCheckedContinuation { continuation in
            submit(
                Read(
                    queuedAt: uptime(),
                    body: { db in
                        let result = Result { try body(db) }
                            .mapError { SessionError(sqlite: $0, while: what, on: path) }
                        return { continuation.resume(returning: result) }
                    },
                    fail: { continuation.resume(returning: .failure($0)) }))
        }
        return try result.get()
    }

    private func submit(_ read: Read) {
        let isFull = state.withLock { state in
            if state.waiting.count >= limit { return true }
            state.waiting.append(read)
            return false
        }
        if isFull {
            read.fail(
                SessionError(.unavailable, "\(limit) loads wait for the session file already (maximumQueuedLoads)"))
        } else {
            startRunner()
        }
    }

    private func startRunner() {
        let batch = state.withLock { state -> [Read] in
            guard !state.waiting.isEmpty, state.running < runners else { return [] }
            state.running += 1
            let batch = Array(state.waiting.prefix(Self.batchLimit))
            state.waiting.removeFirst(batch.count)
            return batch
        }
        guard !batch.isEmpty else { return }
        // The snapshot is taken after the batch: a load that came later may have to see a later commit.
        pool.asyncRead { [self] database in
            run(batch, on: database)
            state.withLock { $0.running -= 1 }
            startRunner()
        }
    }

    private func run(_ batch: [Read], on database: Result<Database, any Error>) {
        let db: Database
        do {
            try file.checkUsable()
            db = try database.get()
        } catch {
            let error = SessionError(sqlite: error, while: "beginning to read", on: file.path)
            for read in batch { read.fail(error) }
            return
        }
        let begun = uptime()
        for read in batch {
            let waited = begun - read.queuedAt
            if waited > deadline {
                read.fail(
                    SessionError(
                        .unavailable,
                        "the load waited \(waited.milliseconds) ms, over the deadline of \(deadline.milliseconds) ms "
                            + "(loadDeadline)"))
            } else {
                read.body(db)()
            }
        }
    }
}
