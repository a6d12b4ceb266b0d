public import HTTPTypes

/// A page, or the news of a page that is open.
public struct AdminResponse: Sendable {
    /// What is sent behind the head.
    public enum Body: Sendable {
        /// A whole page.
        case bytes([UInt8])
        /// Events as `text/event-stream`, for about a minute; send each part at once, and stop when the client is gone.
        case events(AsyncStream<[UInt8]>)
    }

    /// The status and the fields.
    public var head: HTTPResponse
    /// The body; empty where the request was a HEAD.
    public var body: Body

    /// The bytes of a whole page; `nil` of events.
    public var bytes: [UInt8]? {
        if case .bytes(let bytes) = body { bytes } else { nil }
    }
}
