public import Hummingbird

/// A context for servers that keep nothing else with a request.
public struct BasicSessionsRequestContext: SessionsRequestContext {
    public var coreContext: CoreRequestContextStorage
    public var sessions: RequestSessions

    /// Makes the context of a request.
    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        sessions = .init(source: source)
    }
}
