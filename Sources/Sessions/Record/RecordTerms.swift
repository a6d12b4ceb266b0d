/// The part of a record that most sessions of an application share, so that one object serves them.
final class RecordTerms: Sendable {
    let realm: Realm
    let carrier: SessionRecord.Carrier
    let idleTimeout: Span?
    let touchInterval: Span
    let retention: Span
    let isPersistent: Bool

    init(realm: Realm, carrier: SessionRecord.Carrier, lifetime: SessionLifetime) {
        self.realm = realm
        self.carrier = carrier
        idleTimeout = lifetime.idleTimeout.map { Span($0) }
        touchInterval = Span(lifetime.touchInterval)
        retention = Span(lifetime.retention)
        isPersistent = lifetime.isPersistent
    }

    func matches(_ other: RecordTerms) -> Bool {
        self === other
            || (idleTimeout == other.idleTimeout && touchInterval == other.touchInterval
                && retention == other.retention && isPersistent == other.isPersistent && carrier == other.carrier
                && realm == other.realm)
    }
}
