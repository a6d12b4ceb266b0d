#if Postgres
    import Foundation
    import Synchronization

    /// What callers and connecting threads hand to whichever thread is at the connections.
    final class Inbox: Sendable {
        struct Contents {
            var statements: [PendingStatement] = []
            var sockets: [Result<Socket, ConnectProblem>] = []
            var isClosed = false
            fileprivate var hasThread = false
        }

        /// What became of a statement that was handed over.
        enum Submission {
            /// It has been answered.
            case refused
            /// It waits here; the first one starts the pool's thread.
            case taken(startsThread: Bool)
        }

        private let contents = Mutex(Contents())
        /// The statements that have not been answered.
        private let pending = Atomic<Int>(0)
        private let maximumPending: Int
        /// A byte in it ends the thread's wait.
        private let pipe: (reading: Int32, writing: Int32)
        /// Whether there is one.
        private let isWoken = Atomic<Bool>(false)

        init(maximumPending: Int) {
            self.maximumPending = maximumPending
            var ends: [Int32] = [-1, -1]
            _ = Foundation.pipe(&ends)
            for end in ends {
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            }
            pipe = (ends[0], ends[1])
        }

        deinit {
            _ = Foundation.close(pipe.reading)
            _ = Foundation.close(pipe.writing)
        }

        /// What the thread waits for beside its connections.
        var descriptor: Int32 { pipe.reading }

        /// Whether statements wait here.
        var hasStatements: Bool { contents.withLock { !$0.statements.isEmpty } }

        /// Takes a statement, or answers it at once.
        func submit(_ statement: PendingStatement) -> Submission {
            guard pending.add(1, ordering: .relaxed).newValue <= maximumPending else {
                settle(
                    statement,
                    .failure(
                        PostgresFailure(
                            .notApplied,
                            "\(maximumPending) statements wait for PostgreSQL already; raise maximumPendingStatements, or "
                                + "find out why it is slow in pg_stat_activity")))
                return .refused
            }
            let submission: Submission = contents.withLock { contents in
                if contents.isClosed { return .refused }
                contents.statements.append(statement)
                defer { contents.hasThread = true }
                return .taken(startsThread: !contents.hasThread)
            }
            if case .refused = submission { settle(statement, .failure(Self.closed)) }
            return submission
        }

        /// Hands over a new connection; one that comes too late is the caller's to close.
        func deliver(_ socket: Result<Socket, ConnectProblem>) -> Bool {
            let isClosed = contents.withLock { contents in
                if !contents.isClosed { contents.sockets.append(socket) }
                return contents.isClosed
            }
            wake()
            return !isClosed
        }

        func close() {
            contents.withLock { $0.isClosed = true }
            wake()
        }

        /// The statements that came since the last call.
        func takeStatements() -> [PendingStatement] {
            contents.withLock { contents in
                defer { contents.statements = [] }
                return contents.statements
            }
        }

        /// Everything that came since the last call.
        func take() -> Contents {
            contents.withLock { contents in
                defer {
                    contents.statements = []
                    contents.sockets = []
                }
                return contents
            }
        }

        /// Ends the thread's wait.
        func wake() {
            if !isWoken.exchange(true, ordering: .sequentiallyConsistent) { _ = write(pipe.writing, [1], 1) }
        }

        /// Lets the thread wait again; it looks at the contents after that.
        func clear() {
            var byte: UInt8 = 0
            _ = read(pipe.reading, &byte, 1)
            isWoken.store(false, ordering: .sequentiallyConsistent)
        }

        func settle(_ statement: PendingStatement, _ outcome: PendingStatement.Outcome) {
            pending.subtract(1, ordering: .relaxed)
            statement.settle(outcome)
        }

        static let closed = PostgresFailure(.notApplied, "the client of PostgreSQL is closed")
    }
#endif
