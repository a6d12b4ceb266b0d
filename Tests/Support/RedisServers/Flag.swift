import Synchronization

/// Is raised by one side and taken once by the other.
package final class Flag: Sendable {
    private let isRaised: Mutex<Bool>

    package init(isRaised: Bool = true) { self.isRaised = Mutex(isRaised) }

    package func raise() { isRaised.withLock { $0 = true } }

    package func take() -> Bool {
        isRaised.withLock { isRaised in
            defer { isRaised = false }
            return isRaised
        }
    }
}
