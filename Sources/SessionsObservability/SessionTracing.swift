#if Observability
    public import Logging
    public import Sessions
    public import Tracing

    /// Makes a span of each call of a session store, with swift-distributed-tracing.
    ///
    /// A span is a child of the request's, as the task has it in `ServiceContext.current`. Its name is the operation's,
    /// such as `load sessions`, and its kind is client. It has the attributes `db.system.name`, `db.operation.name`,
    /// `db.collection.name` and `sessions.realm`; one of a call that failed has `error.type` and the status of an error.
    public struct SessionTracing: SessionObserver {
        private let system: DatabaseSystem
        private let tracer: (any Tracer)?

        /// Makes an observer for the managers of one store.
        ///
        /// - Parameters:
        ///   - system: the database behind the store
        ///   - tracer: the backend; the one of `InstrumentationSystem` unless another is given
        public init(of system: DatabaseSystem, tracer: (any Tracer)? = nil) {
            self.system = system
            self.tracer = tracer
        }

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
