import Synchronization

/// Is raised once.
package final class Flag: Sendable {
    private let isRaised = Mutex(true)

    package init() {}

    package func take() -> Bool {
        isRaised.withLock { isRaised in
            defer { isRaised = false }
            return isRaised
        }
    }
}
