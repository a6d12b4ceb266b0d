import Logging
import Sessions
import Synchronization

/// Counts the calls of a store by their names.
final class CallCounter: SessionObserver {
    private let counts = Mutex<[String: Double]>([:])

    func observe(_ operation: SessionStoreOperation, logger: Logger?) {
        counts.withLock { $0[operation.name.rawValue, default: 0] += 1 }
    }

    /// The counts since the last time.
    func take() -> [String: Double] {
        counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
    }
}
