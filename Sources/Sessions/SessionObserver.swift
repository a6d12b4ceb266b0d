public import Logging

/// Is told of what happens to sessions: for logs, counters, traces and alarms.
///
/// A manager has any number of observers and calls them in line, so they must be quick and must not wait. Without one, nothing
/// is measured and nothing is put together.
public protocol SessionObserver: Sendable {
    /// Takes note of something that happened to a session.
    ///
    /// - Parameter logger: the request's own; `nil` outside of requests
    func observe(_ event: SessionEvent, logger: Logger?)

    /// Takes note of a finished store operation, of a request, an operator or the sweeper.
    ///
    /// - Parameter logger: the request's own; `nil` outside of requests
    func observe(_ operation: SessionStoreOperation, logger: Logger?)
}

extension SessionObserver {
    public func observe(_ event: SessionEvent, logger: Logger?) {}
    public func observe(_ operation: SessionStoreOperation, logger: Logger?) {}
}

/// An observer of events that is a closure.
public struct SessionEventHandler: SessionObserver {
    private let body: @Sendable (SessionEvent) -> Void

    /// Calls `body` with each event, in line.
    public init(_ body: @escaping @Sendable (SessionEvent) -> Void) {
        self.body = body
    }

    public func observe(_ event: SessionEvent, logger: Logger?) { body(event) }
}
