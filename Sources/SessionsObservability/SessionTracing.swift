#if Observability
    public import Logging
    public import Sessions
    public import Tracing

    /// Makes a span of each call of a session store, with swift-distributed-tracing.
    ///
    /// A span is a child of the request's, as the task has it in `ServiceContext.current`. Its name is the operation's,
    /// such as `load sessions`, and its kind is client. It has the attributes `db.system.name`, `db.operation.name`,
    /// `db.collection.name` and `sessions.realm`; one of a call that failed has `error.type` and the status of an error.
    ///
    /// Where it is asked for, the request's own span gets `session.id`: the public ID of its session, never a token.
    public struct SessionTracing: SessionObserver {
        private let system: DatabaseSystem
        private let tracer: (any Tracer)?
        private let namesSessions: Bool

        /// Makes an observer for the managers of one store.
        ///
        /// - Parameters:
        ///   - system: the database behind the store
        ///   - namesSessions: whether the request's span gets `session.id`. It ties all requests of a session together, for
        ///     all who may read the traces. The tracer must give the span by `activeSpan(identifiedBy:)`.
        ///   - tracer: the backend; the one of `InstrumentationSystem` unless another is given
        public init(of system: DatabaseSystem, namesSessions: Bool = false, tracer: (any Tracer)? = nil) {
            self.system = system
            self.namesSessions = namesSessions
            self.tracer = tracer
        }

        /// Only where the request's span names its session.
        public var observesUses: Bool { namesSessions }

        /// Names the session in the request's span.
        public func observeUse(of id: SessionID, in realm: Realm, at moment: Timestamp) { name(id) }

        /// Names a session that the request has made or changed in its span, where that is asked for.
        public func observe(_ event: SessionEvent, logger: Logger?) {
            guard namesSessions, Self.using.contains(event.kind), let id = event.id else { return }
            name(id)
        }

        private func name(_ id: SessionID) {
            guard let context = ServiceContext.current else { return }
            let tracer = tracer ?? InstrumentationSystem.tracer
            tracer.activeSpan(identifiedBy: context)?.attributes["session.id"] = "\(id)"
        }

        /// What a request does with the session that is its own from then on.
        private static let using: Set<SessionEvent.Kind> = [.created, .signedIn, .steppedUp, .handedOver]

        /// Makes the span of a call that has just ended.
        public func observe(_ operation: SessionStoreOperation, logger: Logger?) {
            let tracer = tracer ?? InstrumentationSystem.tracer
            let end = DefaultTracerClock.now.nanosecondsSinceEpoch
            let length = UInt64(max(operation.duration.nanoseconds, 0))
            let span = tracer.startSpan(
                "\(operation.name) sessions", context: ServiceContext.current ?? .topLevel, ofKind: .client,
                at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: end - min(length, end)))
            span.attributes["db.system.name"] = system.rawValue
            span.attributes["db.operation.name"] = operation.name.rawValue
            span.attributes["db.collection.name"] = "sessions"
            span.attributes["sessions.realm"] = operation.realm.name
            if let error = operation.error {
                span.attributes["error.type"] = "\(error.code)"
                span.setStatus(SpanStatus(code: .error, message: error.message))
            }
            span.end(at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: end))
        }
    }
#endif
