import GRDB
import Sessions
import Synchronization

/// Collects concurrent reads of a kind, and runs them in a snapshot that is taken after they were asked for.
///
/// So a load sees every commit that was acknowledged before it, and a burst of loads costs one hand-over to a reader: what
/// comes while that is on its way, or while all runners are busy, goes together. A list goes by itself. Where there are
/// several connections, loads and lists each leave one to the other.
final class ReadQueue: Sendable {
    /// Reads that share a queue, its bound and its deadline: what takes as long as a load, and what takes longer.
    enum Kind: String {
        case load
        case list

        /// Reads in one snapshot: all of them wait for the last one, so this bounds how long.
        var batchLimit: Int {
            switch self {
            case .load: 128
            case .list: 1
            }
        }
    }

    private struct Read: Sendable {
        let queuedAt: ContinuousClock.Instant
        /// Runs on a reader; what it returns tells the caller.
        let body: @Sendable (Transaction) -> @Sendable () -> Void
        let fail: @Sendable (SessionError) -> Void
    }

    private struct State {
        var waiting: [Read] = []
        /// Runners at work, and the one on its way.
        var running = 0
        /// Whether a runner is on its way: it will take what waits.
        var isComing = false

        /// Whether a further runner has to come for what waits.
        mutating func calls(of most: Int) -> Bool {
            guard !waiting.isEmpty, !isComing, running < most else { return false }
            isComing = true
            running += 1
            return true
        }
    }

    private let kind: Kind
    /// Whether a runner gives its connection to whoever has waited longest, after each batch.
    private let givesWay: Bool
    private let pool: DatabasePool
    private let file: SessionFile
    private let runners: Int
    private let limit: Int
    private let deadline: Duration
    private let uptime: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    init(
        _ kind: Kind, _ pool: DatabasePool, _ file: SessionFile, configuration: SQLiteSessionStore.Configuration,
        uptime: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.kind = kind
        self.pool = pool
        self.file = file
        runners = max(1, configuration.maximumReaders - 1)
        givesWay = kind == .list || configuration.maximumReaders == 1
        limit = configuration.maximumQueuedLoads
        deadline = configuration.loadDeadline
        self.uptime = uptime
    }

    /// Reads that wait for a connection.
    var count: Int { state.withLock { $0.waiting.count } }

    /// Runners at work, each with a batch, and the one on its way.
    var running: Int { state.withLock { $0.running } }

    /// Runs `body` on a reader.
    ///
    /// The caller's cancellation changes nothing: it gets the outcome.
    func read<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws(SessionError) -> Value {
        let path = file.path
        let result: Result<Value, SessionError> = await withCheckedContinuation { continuation in
            submit(
                Read(
                    queuedAt: uptime(),
                    body: { transaction in
                        let result = Result { try body(transaction) }
                            .mapError { SessionError(sqlite: $0, while: what, on: path) }
                        return { continuation.resume(returning: result) }
                    },
                    fail: { continuation.resume(returning: .failure($0)) }))
        }
        return try result.get()
    }

    private func submit(_ read: Read) {
        let (isFull, isCalled) = state.withLock { state in
            if state.waiting.count >= limit { return (true, false) }
            state.waiting.append(read)
            return (false, state.calls(of: runners))
        }
        if isFull {
            read.fail(
                SessionError(.unavailable, "\(limit) \(kind)s wait for the session file already (maximumQueuedLoads)"))
        } else if isCalled {
            startRunner()
        }
    }

    private func startRunner() {
        pool.asyncUnsafeRead { [self] reader in
            state.withLock { $0.isComing = false }
            repeat {
                // Before the snapshot is taken: a load that comes later may have to see a later commit.
                let (batch, isCalled) = state.withLock { state in
                    let batch = state.waiting.takeFirst(kind.batchLimit)
                    if batch.isEmpty { state.running -= 1 }
                    return (batch, state.calls(of: runners))
                }
                if isCalled { startRunner() }
                if batch.isEmpty { return }
                run(batch, on: reader)
            } while !givesWay
            let isCalled = state.withLock { state in
                state.running -= 1
                return state.calls(of: runners)
            }
            if isCalled { startRunner() }
        }
    }

    private func run(_ batch: [Read], on reader: Result<Database, any Error>) {
        let transaction: Transaction
        do {
            try file.checkUsable()
            transaction = try Transaction(beginning: .deferred, on: reader.get())
        } catch {
            let error = SessionError(sqlite: error, while: "beginning to read", on: file.path)
            for read in batch { read.fail(error) }
            return
        }
        let begun = uptime()
        var outcomes = Outcomes()
        for read in batch {
            let waited = begun - read.queuedAt
            if waited > deadline {
                let error = SessionError(
                    .unavailable,
                    "the \(kind) waited \(waited.milliseconds) ms, over the deadline of \(deadline.milliseconds) ms "
                        + "(loadDeadline)")
                outcomes.add { read.fail(error) }
            } else {
                outcomes.add(read.body(transaction))
            }
        }
        // Nothing was written, so that either ends it well.
        do { try transaction.commit() } catch { try? transaction.db.rollback() }
        outcomes.tell()
    }
}
