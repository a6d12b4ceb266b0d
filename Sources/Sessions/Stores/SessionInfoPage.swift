/// Some of a realm's live sessions.
public struct SessionInfoPage: Sendable {
    /// The newest first.
    public let sessions: [SessionInfo]
    /// Where to go on; `nil` after the last page. A page with a `next` may be short or even empty.
    public let next: String?
}
