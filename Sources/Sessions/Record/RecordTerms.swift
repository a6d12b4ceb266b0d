/// The part of a record that most sessions of an application share, so that one object serves them.
final class RecordTerms: Sendable {
    let realm: Realm
    let carrier: SessionRecord.Carrier
    let idleTimeout: Duration?
    let touchInterval: Duration
    let retention: Duration
    let isPersistent: Bool

    init(realm: Realm, carrier: SessionRecord.Carrier, lifetime: SessionLifetime) {
        self.realm = realm
        self.carrier = carrier
        idleTimeout = lifetime.idleTimeout
        touchInterval = lifetime.touchInterval
        retention = lifetime.retention
        isPersistent = lifetime.isPersistent
    }

    func matches(_ other: RecordTerms) -> Bool {
        self === other
            || (idleTimeout == other.idleTimeout && touchInterval == other.touchInterval
                && retention == other.retention && isPersistent == other.isPersistent && carrier == other.carrier
                && realm == other.realm)
    }
}
