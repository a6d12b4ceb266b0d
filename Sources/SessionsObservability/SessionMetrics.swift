#if Observability
    public import Logging
    public import Metrics
    public import Sessions
    import Synchronization

    /// Counts what happens to sessions, and measures the calls of their store, with swift-metrics.
    ///
    /// | metric | kind | dimensions |
    /// | --- | --- | --- |
    /// | `db.client.operation.duration` | timer | `db.system.name`, `db.operation.name`, `error.type` |
    /// | `sessions.live` | gauge | of a memory store: the sessions in it, of every realm |
    /// | `sessions.resumed` | counter | |
    /// | `sessions.created`, `sessions.signed_in`, `sessions.stepped_up`, `sessions.renewed` | counter | |
    /// | `sessions.ended`, `sessions.token_refused` | counter | `reason` |
    /// | `sessions.write_refused`, `sessions.store_failed` | counter | `error.type` |
    /// | `sessions.theft_suspected`, `sessions.insecure_transport`, `sessions.attribute_unreadable` | counter | |
    ///
    /// Each but the gauge has the dimension `realm` too. An event of a kind that a later version adds is counted by the same rule.
    public final class SessionMetrics: SessionObserver {
        private let system: DatabaseSystem
        private let factory: any MetricsFactory
        private let live: (store: MemorySessionStore, gauge: Gauge)?
        private let state = Mutex(Handles())

        /// The counters and timers that were used so far: a backend's search for one takes longer than its use.
        private struct Handles {
            var counters: [CounterKey: Counter] = [:]
            var timers: [TimerKey: Timer] = [:]
        }

        private struct CounterKey: Hashable {
            let kind: String
            let realm: Realm
            let error: String?
        }

        private struct TimerKey: Hashable {
            let operation: SessionStoreOperation.Name
            let realm: Realm
            let error: String?
        }

        /// Makes an observer for the managers of one store.
        ///
        /// - Parameters:
        ///   - system: the database behind the store
        ///   - store: the memory store whose sessions are counted; `nil` for none, since no other store can count its own at
        ///     no cost
        ///   - factory: the backend; the one of `MetricsSystem` unless another is given
        public init(
            of system: DatabaseSystem, counting store: MemorySessionStore? = nil,
            factory: any MetricsFactory = MetricsSystem.factory
        ) {
            self.system = system
            self.factory = factory
            live = store.map {
                let dimensions = [("db.system.name", system.rawValue)]
                return ($0, Gauge(label: "sessions.live", dimensions: dimensions, factory: factory))
            }
            recordLive()
        }

        /// Every request that uses a session is counted.
        public var observesUses: Bool { true }

        /// Counts the use.
        public func observeUse(of id: SessionID, in realm: Realm, at moment: Timestamp) {
            count(CounterKey(kind: "resumed", realm: realm, error: nil))
        }

        /// Counts the event.
        public func observe(_ event: SessionEvent, logger: Logger?) {
            if event.kind == .created || event.end != nil { recordLive() }
            count(
                CounterKey(kind: event.kind.name, realm: event.realm, error: event.error.map { "\($0.code)" }))
        }

        private func count(_ key: CounterKey) {
            state.withLock { state in
                if let counter = state.counters[key] { return counter }
                let counter = makeCounter(for: key)
                state.counters[key] = counter
                return counter
            }.increment()
        }

        /// Measures the operation.
        public func observe(_ operation: SessionStoreOperation, logger: Logger?) {
            if operation.name == .sweep { recordLive() }
            let key = TimerKey(
                operation: operation.name, realm: operation.realm, error: operation.error.map { "\($0.code)" })
            let timer = state.withLock { state in
                if let timer = state.timers[key] { return timer }
                let timer = makeTimer(for: key)
                state.timers[key] = timer
                return timer
            }
            timer.recordNanoseconds(operation.duration.nanoseconds)
        }

        /// Asked for and recorded in one step, so that of two at once the later number stays.
        private func recordLive() {
            guard let live else { return }
            state.withLock { _ in live.gauge.record(live.store.sessionCount) }
        }

        /// A kind is a name and, behind a dot, its reason: `ended.limit`.
        private func makeCounter(for key: CounterKey) -> Counter {
            let parts = key.kind.split(separator: ".", maxSplits: 1)
            var dimensions = [("realm", key.realm.name)]
            let reason = parts.count == 2 ? String(parts[1]) : nil
            // The reason of a refused write is the code of its error.
            if let error = key.error ?? (parts.first == "writeRefused" ? reason : nil) {
                dimensions.append(("error.type", error))
            } else if let reason {
                dimensions.append(("reason", reason))
            }
            return Counter(
                label: "sessions." + Self.snakeCase(parts.first ?? ""), dimensions: dimensions, factory: factory)
        }

        private func makeTimer(for key: TimerKey) -> Timer {
            var dimensions = [
                ("db.system.name", system.rawValue), ("db.operation.name", key.operation.rawValue),
                ("realm", key.realm.name),
            ]
            if let error = key.error { dimensions.append(("error.type", error)) }
            return Timer(
                label: "db.client.operation.duration", dimensions: dimensions, preferredDisplayUnit: .seconds,
                factory: factory)
        }

        private static func snakeCase(_ name: Substring) -> String {
            name.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
        }
    }

    extension Duration {
        /// Whole nanoseconds, up to the largest number.
        var nanoseconds: Int64 {
            let (seconds, attoseconds) = components
            let (whole, tooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            let (sum, overflow) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
            return tooLarge || overflow ? .max : sum
        }
    }
#endif
