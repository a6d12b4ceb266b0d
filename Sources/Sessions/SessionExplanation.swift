/// Why and when a session was over, for the holder of its token.
public struct SessionExplanation: Sendable, Hashable {
    /// Whether a user was signed in; the end of a visitor's session takes nothing from any user.
    public let wasSignedIn: Bool
    let end: SessionEnd
    /// The ID of the session that is over, by which `SessionManager.find(_:)` knows more; `nil` where it is forgotten.
    public let id: SessionID?

    init(_ end: SessionEnd, of record: SessionRecord?) {
        self.end = end
        id = record?.id
        wasSignedIn = record?.principal != nil
    }

    /// Why the session ended.
    public var reason: SessionEnd.Reason { end.reason }
    /// When the session ended.
    public var at: Timestamp { end.at }

    /// Whether a visitor's session has noted that a page has taken this.
    func isTaken(in visitor: SessionRecord) -> Bool {
        guard let id, let noted = visitor.attributes[SessionKey<String>.explained.name] else { return false }
        return noted.json == Self.json(id)
    }

    /// What a visitor's session notes.
    var note: SessionChanges.Edit? { id.map { .set(json: Self.json($0)) } }

    private static func json(_ id: SessionID) -> String { "\"\(id)\"" }
}

extension SessionKey<String> {
    /// The session whose end was explained to the visitor.
    static var explained: Self { "sessions.explained" }
}
