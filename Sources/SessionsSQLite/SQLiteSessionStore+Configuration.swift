import Sessions

extension SQLiteSessionStore {
    /// The settings of a store; the defaults keep every acknowledged commit, over a power cut too.
    public struct Configuration: Sendable {
        /// When SQLite flushes the write-ahead log to the disk.
        public enum Synchronous: String, Sendable {
            /// SQLite flushes at every commit: what is acknowledged survives a power cut.
            case full = "FULL"
            /// SQLite flushes at checkpoints: a power cut can take the last acknowledged commits, the death of a
            /// process none.
            case normal = "NORMAL"
        }

        /// When SQLite flushes the write-ahead log to the disk.
        public var synchronous: Synchronous
        /// How long opening and closing wait for a file that another process has locked.
        public var busyTimeout: Duration
        /// How long writes wait for one transaction of another process.
        ///
        /// After that they throw `SessionError.Code.unavailable` at once, until the file is free. Where several processes
        /// hold the file in turn, writes wait up to ``commitDeadline``.
        public var lockTolerance: Duration
        /// How long a write may wait before its transaction begins; one that waited longer is never applied.
        public var commitDeadline: Duration
        /// How long a load or a list may wait for a reader; one that waited longer throws `SessionError.Code.unavailable`.
        ///
        /// Its reader waits as long for another process that restores the log, and a millisecond at least.
        public var loadDeadline: Duration
        /// The connections for loads and lists, at least 1; where there are more, each of the two leaves one to the other.
        public var maximumReaders: Int
        /// The writes that may wait at a time, at least 1; further ones throw `SessionError.Code.unavailable` at once.
        public var maximumQueuedCommits: Int
        /// The loads that may wait at a time, and the lists, at least 1; further ones throw `SessionError.Code.unavailable` at
        /// once.
        public var maximumQueuedLoads: Int
        /// The live sessions that the file may hold, at least 1; `nil` for no limit.
        ///
        /// Over it new sessions are refused with `SessionError.Code.full`, and none is dropped.
        public var maximumRecords: Int?
        /// What live sessions may take together: the bytes of their names and JSON texts, and 400 each; `nil` for no limit.
        ///
        /// The file is larger, by what ended sessions and indexes take. Over it no session is made and none grows.
        public var maximumBytes: Int?
        /// The share of both that only sessions of signed-in users may use, from 0 to 1.
        public var reserve: Double

        /// Makes settings; each has a default.
        public init(
            synchronous: Synchronous = .full, busyTimeout: Duration = .seconds(5),
            lockTolerance: Duration = .seconds(1), commitDeadline: Duration = .seconds(10),
            loadDeadline: Duration = .seconds(5), maximumReaders: Int = 5,
            maximumQueuedCommits: Int = 10_000, maximumQueuedLoads: Int = 10_000,
            maximumRecords: Int? = 10_000_000, maximumBytes: Int? = 8 << 30, reserve: Double = 0.1
        ) {
            self.synchronous = synchronous
            self.busyTimeout = busyTimeout
            self.lockTolerance = lockTolerance
            self.commitDeadline = commitDeadline
            self.loadDeadline = loadDeadline
            self.maximumReaders = maximumReaders
            self.maximumQueuedCommits = maximumQueuedCommits
            self.maximumQueuedLoads = maximumQueuedLoads
            self.maximumRecords = maximumRecords
            self.maximumBytes = maximumBytes
            self.reserve = reserve
        }

        func check() throws(SessionError) {
            for (name, count) in [
                ("maximumReaders", maximumReaders), ("maximumQueuedCommits", maximumQueuedCommits),
                ("maximumQueuedLoads", maximumQueuedLoads), ("maximumRecords", maximumRecords ?? .max),
                ("maximumBytes", maximumBytes ?? .max),
            ] where count < 1 {
                throw SessionError(.configuration, "\(name) is \(count); it takes at least 1")
            }
            for (name, duration) in [("commitDeadline", commitDeadline), ("loadDeadline", loadDeadline)]
            where duration <= .zero {
                throw SessionError(.configuration, "\(name) is \(duration); it must be positive")
            }
            for (name, duration) in [("busyTimeout", busyTimeout), ("lockTolerance", lockTolerance)]
            where duration < .zero {
                throw SessionError(.configuration, "\(name) is \(duration); it can't be negative")
            }
            guard (0...1).contains(reserve) else {
                throw SessionError(.configuration, "reserve is \(reserve); it is a share, from 0 to 1")
            }
        }
    }
}
