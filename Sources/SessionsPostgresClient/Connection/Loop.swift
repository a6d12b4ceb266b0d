#if Postgres
    import Foundation
    import Synchronization

    /// The pool of connections with the one thread that waits for them.
    ///
    /// Callers send their statements themselves where a connection is free, and no thread has to wake up for that. The
    /// thread receives the answers, watches deadlines, and opens and closes connections.
    final class Loop: Sendable {
        let inbox: Inbox
        let pool: Mutex<Pool>
        /// Whether a thread is at the connections, which looks for statements once more when it is done.
        ///
        /// Asking the lock instead would take two system calls where it is taken.
        private let isTaken = Atomic<Bool>(false)

        init(
            _ target: ConnectionTarget, _ configuration: PostgresClientConfiguration,
            uptime: @escaping @Sendable () -> ContinuousClock.Instant
        ) {
            let inbox = Inbox(maximumPending: configuration.maximumPendingStatements)
            self.inbox = inbox
            pool = Mutex(Pool(inbox, target, configuration, uptime: uptime))
        }

        /// Takes a statement, and sends it if no other thread is at the connections.
        func submit(_ statement: PendingStatement) {
            switch inbox.submit(statement) {
            case .refused: return
            case .taken(startsThread: true):
                Thread.detachNewThread { [self] in
                    Thread.current.name = "sessions-postgres"
                    run()
                }
            case .taken: break
            }
            serve()
        }

        func close() { inbox.close() }

        /// Sends what callers have handed over; where another thread is at it, that one looks once more when it is done.
        private func serve() {
            repeat {
                guard !isTaken.load(ordering: .sequentiallyConsistent) else { return }
                let mustWake = pool.withLockIfAvailable { pool in whileTaken { pool.sendSubmitted() } }
                guard let mustWake else { return }
                if mustWake { inbox.wake() }
            } while inbox.hasStatements
        }

        private func whileTaken<Value>(_ body: () -> Value) -> Value {
            isTaken.store(true, ordering: .sequentiallyConsistent)
            defer { isTaken.store(false, ordering: .sequentiallyConsistent) }
            return body()
        }

        #if os(Linux)
            /// `SCHED_BATCH`, which the headers keep to themselves.
            private static let batch: Int32 = 3
        #endif

        /// Works until the inbox is closed.
        private func run() {
            #if os(Linux)
                // Where all processors are busy, it doesn't interrupt those that have work in hand: so it finds several
                // answers at once. Where one is idle, it runs at once as ever.
                var parameters = sched_param()
                _ = sched_setscheduler(0, Self.batch, &parameters)
            #endif
            var polled = Polled()
            while true {
                polled.wait()
                if polled.isInboxReadable { inbox.clear() }
                let (next, answers) = pool.withLock { pool in
                    whileTaken { (pool.turn(polled), pool.takeAnswers()) }
                }
                for (statement, outcome) in answers { inbox.settle(statement, outcome) }
                guard var next else { return }
                // A caller that found the lock taken relies on this.
                if inbox.hasStatements { next.timeout = 0 }
                polled = next
            }
        }
    }
#endif
