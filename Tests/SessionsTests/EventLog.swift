import Logging
import Sessions
import Synchronization

/// Keeps what a manager reports.
final class EventLog: SessionObserver {
    private struct State {
        var events: [SessionEvent] = []
        var operations: [SessionStoreOperation] = []
        var loggers: [String?] = []
    }

    private let state = Mutex(State())

    func observe(_ event: SessionEvent, logger: Logger?) {
        state.withLock {
            $0.events.append(event)
            $0.loggers.append(logger?.label)
        }
    }

    func observe(_ operation: SessionStoreOperation, logger: Logger?) {
        state.withLock {
            $0.operations.append(operation)
            $0.loggers.append(logger?.label)
        }
    }

    /// The events since the last time.
    func takeEvents() -> [SessionEvent] {
        state.withLock { state in
            defer { state.events = [] }
            return state.events
        }
    }

    /// The finished store operations since the last time.
    func takeOperations() -> [SessionStoreOperation] {
        state.withLock { state in
            defer { state.operations = [] }
            return state.operations
        }
    }

    /// The labels of the loggers that events and operations came with since the last time, `nil` where there was none.
    func takeLoggers() -> [String?] {
        state.withLock { state in
            defer { state.loggers = [] }
            return state.loggers
        }
    }
}
