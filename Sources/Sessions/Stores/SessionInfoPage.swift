/// Some of a realm's live sessions.
public struct SessionInfoPage: Sendable {
    /// The sessions of the page, the newest first.
    public let sessions: [SessionInfo]
    /// The cursor of the next page; `nil` after the last one.
    ///
    /// A page with a `next` may be short or even empty.
    public let next: String?
}
