import Synchronization

/// What a store knows of its servers, and asks anew when that is old; nothing asks in the background.
package final class RecentValues<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var askedAt: Timestamp
        var value: Value?
    }

    private let age: Duration
    private let entries = Mutex<[Key: Entry]>([:])

    /// - Parameter age: how old what is known may get
    package init(age: Duration) {
        self.age = age
    }

    /// What is known; `nil` for nothing.
    package subscript(key: Key) -> Value? { entries.withLock { $0[key]?.value } }

    /// Whether the caller is the one to ask now; others go by what is known meanwhile.
    package func takeTurn(on key: Key, at now: Timestamp) -> Bool {
        entries.withLock { entries in
            if let asked = entries[key]?.askedAt, asked <= now, now < asked + age { return false }
            entries[key, default: Entry(askedAt: now)].askedAt = now
            return true
        }
    }

    /// Notes what was answered, or what has happened since.
    package func change(_ key: Key, _ body: (inout Value?) -> Void) {
        entries.withLock { entries in
            guard entries[key] != nil else { return }
            body(&entries[key]!.value)
        }
    }
}
