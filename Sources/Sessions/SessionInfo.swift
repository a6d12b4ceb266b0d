/// The part of a session that users and operators may see: no secret, and nothing to check one against.
public struct SessionInfo: Sendable {
    /// One attribute, without its value.
    public struct Attribute: Sendable, Hashable {
        /// The name, as in its ``SessionKey``.
        public let name: String
        /// The bytes of its JSON text.
        public let size: Int
    }

    package let record: SessionRecord

    init(_ record: SessionRecord) {
        self.record = record
    }

    /// The session's public name, which operators, logs and pages may show.
    public var id: SessionID { record.id }
    /// The application that the session belongs to.
    public var realm: Realm { record.realm }
    /// The signed-in user; `nil` in a visitor's session.
    public var principal: Principal? { record.principal }
    /// When the session was made; a sign-in into a visitor's session doesn't move it.
    public var createdAt: Timestamp { record.createdAt }
    /// The last use that was written; later uses may be unwritten for up to the touch interval.
    public var lastUsedAt: Timestamp { record.lastUsedAt }
    /// When the session ends if it isn't used again; `nil` where idleness doesn't end it.
    public var idleDeadline: Timestamp? { record.idleDeadline }
    /// When the session ends, however much it is used.
    public var absoluteDeadline: Timestamp { record.lifetime.absoluteDeadline }
    /// When the credentials of the last sign-in or step-up were checked.
    public var authenticatedAt: Timestamp? { record.authenticatedAt }
    /// How the user was authenticated, the latest last; empty where the application didn't say.
    public var authentications: [Authentication] { record.authentications }
    /// The number of the generation, which starts at 1 and moves at each sign-in and step-up.
    public var generation: UInt64 { record.generation }
    /// The way in which the session's token travels.
    public var carrier: SessionRecord.Carrier { record.carrier }
    /// Whether the client keeps the token when the browser closes.
    public var isPersistent: Bool { record.lifetime.isPersistent }
    /// Why and when the session ended; `nil` while nothing but time may have ended it.
    public var end: SessionEnd? { record.end }
    /// The stored attributes, in the byte order of their names.
    public var attributes: [Attribute] { record.attributes.map { .init(name: $0.name, size: $0.json.utf8.count) } }

    /// Returns why and when the session was over at a moment, also where a timeout alone has ended it.
    public func end(at moment: Timestamp) -> SessionEnd? { record.end(at: moment) }

    /// Returns a stored attribute.
    ///
    /// - Throws: ``SessionError/Code/corrupt`` when what is stored is no `Value`
    public func value<Value>(_ key: SessionKey<Value>) throws(SessionError) -> Value? {
        guard let attribute = record.attributes[key.name] else { return nil }
        return try AttributeCoding.decode(attribute, for: key)
    }
}

extension SessionInfo: CustomStringConvertible, CustomReflectable {
    /// The ID, and whose session it is.
    public var description: String { "SessionInfo(\(id), \(principal.map { "of \($0)" } ?? "a visitor's"))" }
    /// Without the record, which holds digests.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "id": id, "realm": realm, "principal": principal as Any, "createdAt": createdAt, "end": end as Any,
            ])
    }
}
