public import Logging

/// Learns what happens to sessions, for logs, counters, traces and alarms.
///
/// A manager has any number of observers and calls them in line, so they must be quick and must not wait. Without one,
/// nothing is measured and nothing is put together.
public protocol SessionObserver: Sendable {
    /// Takes note of something that happened to a session.
    ///
    /// - Parameters:
    ///   - event: what happened, to which session
    ///   - logger: the request's own; `nil` outside of requests
    func observe(_ event: SessionEvent, logger: Logger?)

    /// Takes note of a finished store operation, of a request, an operator or the sweeper.
    ///
    /// - Parameters:
    ///   - operation: what was asked of the store, and how long it took
    ///   - logger: the request's own; `nil` outside of requests
    func observe(_ operation: SessionStoreOperation, logger: Logger?)

    /// Takes note that a request uses a session; only an observer with ``observesUses`` hears of it.
    ///
    /// - Parameters:
    ///   - id: the session
    ///   - realm: the realm of the session
    ///   - moment: when the request loaded it, by the manager's clock
    func observeUse(of id: SessionID, in realm: Realm, at moment: Timestamp)

    /// Whether the observer wants to hear of every use of a session; `false` if left out.
    var observesUses: Bool { get }

    /// Whether the observer wants to hear of store operations, which are measured only then; `true` if left out.
    var observesOperations: Bool { get }
}

extension SessionObserver {
    /// Every observer hears of store operations, unless it says otherwise.
    public var observesOperations: Bool { true }
    /// No observer hears of uses, unless it says otherwise.
    public var observesUses: Bool { false }
    /// Does nothing, for observers of other things.
    public func observeUse(of id: SessionID, in realm: Realm, at moment: Timestamp) {}
    /// Does nothing, for observers of operations alone.
    public func observe(_ event: SessionEvent, logger: Logger?) {}
    /// Does nothing, for observers of events alone.
    public func observe(_ operation: SessionStoreOperation, logger: Logger?) {}
}

/// An observer of events that is a closure.
public struct SessionEventHandler: SessionObserver {
    private let body: @Sendable (SessionEvent) -> Void

    /// Makes an observer that calls `body` with each event, in line.
    public init(_ body: @escaping @Sendable (SessionEvent) -> Void) {
        self.body = body
    }

    /// A closure hears of events alone.
    public var observesOperations: Bool { false }

    /// Calls the closure.
    public func observe(_ event: SessionEvent, logger: Logger?) { body(event) }
}
