#if Postgres
    import Foundation
    import Synchronization

    /// What callers and connecting threads hand to the thread that has the connections.
    final class Inbox: Sendable {
        struct Contents {
            var statements: [PendingStatement] = []
            var sockets: [Result<Socket, ConnectProblem>] = []
            var isClosed = false
            fileprivate var hasThread = false
        }

        private let contents = Mutex(Contents())
        /// The statements that have not been answered.
        private let pending = Atomic<Int>(0)
        private let maximumPending: Int
        /// A byte in it ends the thread's wait.
        private let pipe: (reading: Int32, writing: Int32)

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

        /// Takes a statement, or answers it at once.
        ///
        /// - Returns: whether the thread must be started
        func submit(_ statement: PendingStatement) -> Bool {
            guard pending.add(1, ordering: .relaxed).newValue <= maximumPending else {
                settle(
                    statement,
                    .failure(
                        PostgresFailure(
                            .notApplied,
                            "\(maximumPending) statements wait for PostgreSQL already; raise maximumPendingStatements, or "
                                + "find out why it is slow in pg_stat_activity")))
                return false
            }
            let (isClosed, needsThread) = put { contents in
                if contents.isClosed { return (true, false) }
                contents.statements.append(statement)
                defer { contents.hasThread = true }
                return (false, !contents.hasThread)
            }
            if isClosed { settle(statement, .failure(Self.closed)) }
            return needsThread
        }

        /// Hands over a new connection; one that comes too late is the caller's to close.
        func deliver(_ socket: Result<Socket, ConnectProblem>) -> Bool {
            put { contents in
                if contents.isClosed { return false }
                contents.sockets.append(socket)
                return true
            }
        }

        func close() { put { $0.isClosed = true } }

        /// Everything that came since the last call.
        func take() -> Contents {
            var bytes: [UInt8] = [0, 0, 0, 0]
            while read(pipe.reading, &bytes, bytes.count) == bytes.count {}
            return contents.withLock { contents in
                defer {
                    contents.statements = []
                    contents.sockets = []
                }
                return contents
            }
        }

        func settle(_ statement: PendingStatement, _ outcome: PendingStatement.Outcome) {
            pending.subtract(1, ordering: .relaxed)
            statement.settle(outcome)
        }

        static let closed = PostgresFailure(.notApplied, "the client of PostgreSQL is closed")

        private func put<Result>(_ change: (inout Contents) -> Result) -> Result {
            let (result, mustWake) = contents.withLock { contents in
                let wasEmpty = contents.statements.isEmpty && contents.sockets.isEmpty
                return (change(&contents), wasEmpty)
            }
            if mustWake { _ = write(pipe.writing, [1], 1) }
            return result
        }
    }
#endif
