import Sessions

extension SQLiteSessionStore {
    /// How a store uses its file. The defaults keep every acknowledged commit, over a power cut too.
    public struct Configuration: Sendable {
        /// When SQLite flushes the write-ahead log to the disk.
        public enum Synchronous: String, Sendable {
            /// At every commit: what is acknowledged survives a power cut.
            case full = "FULL"
            /// At checkpoints: survives the death of the process; a power cut can take the last acknowledged commits.
            case normal = "NORMAL"
        }

        public var synchronous: Synchronous
        /// How long to wait for another process's write lock before ``SessionError/Code/unavailable``.
        public var busyTimeout: Duration
        /// A write that waited longer than this before its transaction began is never applied.
        public var commitDeadline: Duration
        /// Connections for loads and lists, at least 1.
        public var maximumReaders: Int
        /// Writes that may wait at a time, at least 1; further ones throw ``SessionError/Code/unavailable`` at once.
        public var maximumQueuedCommits: Int

        public init(
            synchronous: Synchronous = .full, busyTimeout: Duration = .seconds(5),
            commitDeadline: Duration = .seconds(10), maximumReaders: Int = 5, maximumQueuedCommits: Int = 10_000
        ) {
            self.synchronous = synchronous
            self.busyTimeout = busyTimeout
            self.commitDeadline = commitDeadline
            self.maximumReaders = maximumReaders
            self.maximumQueuedCommits = maximumQueuedCommits
        }

        func check() throws(SessionError) {
            guard maximumReaders >= 1 else {
                throw SessionError(.configuration, "maximumReaders is \(maximumReaders); it takes at least 1")
            }
            guard maximumQueuedCommits >= 1 else {
                throw SessionError(
                    .configuration, "maximumQueuedCommits is \(maximumQueuedCommits); it takes at least 1")
            }
            guard busyTimeout >= .zero, commitDeadline > .zero else {
                throw SessionError(.configuration, "busyTimeout can't be negative and commitDeadline must be positive")
            }
        }
    }
}
