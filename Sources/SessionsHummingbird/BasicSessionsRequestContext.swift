public import Hummingbird

/// A request context for servers that keep nothing of their own with a request.
public struct BasicSessionsRequestContext: SessionsRequestContext {
    /// What Hummingbird keeps with every request.
    public var coreContext: CoreRequestContextStorage
    /// The sessions of the request.
    public var sessions: RequestSessions

    /// Makes the context of a request.
    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        sessions = .init(source: source)
    }
}
