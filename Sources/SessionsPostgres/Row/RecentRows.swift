#if Postgres
    import Sessions
    import Synchronization

    /// The rows that this server has read or written last, each for half a minute.
    ///
    /// What is kept here may be out of date at any time. A commit that relies on it says which version of the row it means,
    /// and PostgreSQL compares.
    final class RecentRows: Sendable {
        private final class Entry: Sendable {
            let row: StoredRecord
            let readAt: ContinuousClock.Instant

            init(_ row: StoredRecord, _ readAt: ContinuousClock.Instant) {
                self.row = row
                self.readAt = readAt
            }
        }

        /// When the young are as many as half of all may be, they become the old ones, and those go.
        private struct Entries {
            var young: [SessionID: Entry] = [:]
            var old: [SessionID: Entry] = [:]
        }

        private let entries = Mutex(Entries())
        private let capacity: Int

        /// Of rows with more bytes of attributes nothing is kept; their size is what their commits cost.
        static let maximumBytes = 4096
        /// A transaction's number, which is a row's version, comes again after four billion others.
        static let age = Duration.seconds(30)

        /// - Parameter capacity: how many rows are kept at most, an even number
        init(capacity: Int = 4096) { self.capacity = capacity }

        /// The row as it was read or written last; `nil` where that is too long ago.
        func row(_ id: SessionID, at now: ContinuousClock.Instant) -> StoredRecord? {
            let entry = entries.withLock { $0.young[id] ?? $0.old[id] }
            guard let entry, now < entry.readAt + Self.age else { return nil }
            return entry.row
        }

        /// Keeps a row in place of what was known of the session.
        func note(_ row: StoredRecord, at now: ContinuousClock.Instant) {
            guard row.record.attributes.byteCount <= Self.maximumBytes else { return forget(row.record.id) }
            let entry = Entry(row, now)
            // The old ones are freed without the lock.
            _ = entries.withLock { entries -> [SessionID: Entry] in
                entries.young[row.record.id] = entry
                guard entries.young.count >= capacity / 2 else { return [:] }
                defer {
                    entries.old = entries.young
                    entries.young = [:]
                }
                return entries.old
            }
        }

        /// Forgets what is known of a session.
        func forget(_ id: SessionID) {
            entries.withLock { entries in
                entries.young[id] = nil
                entries.old[id] = nil
            }
        }
    }
#endif
