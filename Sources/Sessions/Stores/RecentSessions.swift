import Synchronization

/// What a store has read or written last of its sessions; it is used for half a minute.
///
/// What is kept here may be out of date at any time. A commit that relies on it says which version of the session it means,
/// and the server that keeps the session compares.
package final class RecentSessions: Sendable {
    // Of one type in each store. It is no parameter, since generic code isn't specialized for another module.
    private struct Entry {
        let value: any Sendable
        let readAt: ContinuousClock.Instant
    }

    /// When the young are as many as half of all may be, they become the old ones, and those go.
    private struct Entries {
        var young: [SessionID: Entry] = [:]
        var old: [SessionID: Entry] = [:]
    }

    private let entries = Mutex(Entries())
    private let capacity: Int
    private let age: Duration

    /// Of sessions with more bytes of attributes nothing is kept; their size is what their commits cost.
    package static let maximumBytes = 4096

    /// - Parameters:
    ///   - capacity: how many sessions are kept at most, an even number
    ///   - age: how long one is used; a version may come again, such as the number of a transaction of PostgreSQL's after
    ///     four billion others
    package init(capacity: Int = 4096, age: Duration = .seconds(30)) {
        self.capacity = capacity
        self.age = age
    }

    /// The session as it was read or written last; `nil` where that is too long ago.
    package func value(of id: SessionID, at now: ContinuousClock.Instant) -> (any Sendable)? {
        let entry = entries.withLock { $0.young[id] ?? $0.old[id] }
        guard let entry, now < entry.readAt + age else { return nil }
        return entry.value
    }

    /// Keeps a session in place of what was known of it.
    ///
    /// - Parameter bytes: of its attributes
    package func note(_ value: any Sendable, of id: SessionID, bytes: Int, at now: ContinuousClock.Instant) {
        guard bytes <= Self.maximumBytes else { return forget(id) }
        let entry = Entry(value: value, readAt: now)
        // The old ones are freed without the lock.
        _ = entries.withLock { entries -> [SessionID: Entry] in
            entries.young[id] = entry
            guard entries.young.count >= capacity / 2 else { return [:] }
            defer {
                entries.old = entries.young
                entries.young = [:]
            }
            return entries.old
        }
    }

    /// Forgets what is known of a session.
    package func forget(_ id: SessionID) {
        entries.withLock { entries in
            entries.young[id] = nil
            entries.old[id] = nil
        }
    }
}
