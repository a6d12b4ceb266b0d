/// What is known of a session that a hand-over code makes, before it is made.
struct Succession {
    /// Follows from the code's ID, so that a second use of the code finds what the first one has made.
    let id: SessionID
    let carrier: SessionRecord.Carrier
    /// A hand-over makes no session longer.
    let deadline: Timestamp

    /// The ID that follows another one in a chain of hand-overs.
    ///
    /// An ID is no secret: a client that computes it has no token for it, and only a server makes records.
    static func id(after id: SessionID) -> SessionID { SessionID(SecretDigest(hashing: id.block, tag).block.first) }

    private static let tag: Block16 = {
        guard let tag = Block16(Array("sessions.next-id".utf8)) else { preconditionFailure("the tag has 16 bytes") }
        return tag
    }()
}
