#if Observability
    import Foundation
    import HTTPTypes
    import InMemoryTracing
    import Logging
    import MetricsTestKit
    import SessionsObservability
    import SessionsTesting
    import Synchronization
    import Testing
    import Tracing

    @testable import Sessions

    @Suite("Metrics and traces", .timeLimit(.minutes(10)))
    struct ObserverTests {
        @Test("Events are counted under OpenTelemetry's kind of names, by reason, realm and error")
        func counters() async throws {
            let metrics = TestMetrics()
            let observer = SessionMetrics(of: .memory, factory: metrics)
            let site = try Site(observers: [observer])
            let cookie = try await site.visit { try $0.set("cart", to: 1) }
            let signedIn = try await site.visit(cookie) { try await $0.signIn(try Principal("ada")) }
            try await site.visit(signedIn) { try await $0.end() }
            try await site.visit(signedIn)
            try await site.visit("__Host-Http-id=\(String(repeating: "A", count: 64))")
            try await site.visit("__Host-Http-id=short")
            let realm = ("realm", "default")
            for (label, dimensions, count) in [
                ("sessions.created", [realm], 1), ("sessions.signed_in", [realm], 1),
                ("sessions.resumed", [realm], 2),
                ("sessions.ended", [realm, ("reason", "signed-out")], 1),
                ("sessions.token_refused", [realm, ("reason", "ended")], 1),
                ("sessions.token_refused", [realm, ("reason", "unknown")], 1),
                ("sessions.token_refused", [realm, ("reason", "malformed")], 1),
            ] as [(String, [(String, String)], Int64)] {
                #expect(try metrics.expectCounter(label, dimensions).totalValue == count, "\(label) \(dimensions)")
            }
            #expect(metrics.counters.count == 7)
        }

        @Test("An event of a kind that has a reason and an error is counted by the error")
        func errors() throws {
            let metrics = TestMetrics()
            let observer = SessionMetrics(of: .memory, factory: metrics)
            let office = try Realm("office")
            for _ in 1...3 {
                observer.observe(
                    SessionEvent(
                        .storeFailed, at: Timestamp(milliseconds: 0), realm: office,
                        error: SessionError(.unavailable, "down")), logger: nil)
            }
            observer.observe(
                SessionEvent(.writeRefused(.superseded), at: Timestamp(milliseconds: 0), realm: office), logger: nil)
            let failed = try metrics.expectCounter(
                "sessions.store_failed", [("realm", "office"), ("error.type", "unavailable")])
            #expect(failed.totalValue == 3)
            let refused = try metrics.expectCounter(
                "sessions.write_refused", [("realm", "office"), ("error.type", "superseded")])
            #expect(refused.totalValue == 1)
        }

        @Test("Each call of a store is measured to the nanosecond, by its name and its error")
        func timers() throws {
            let metrics = TestMetrics()
            let observer = SessionMetrics(of: .sqlite, factory: metrics)
            observer.observe(
                SessionStoreOperation(name: .load, realm: .default, duration: .microseconds(1500), error: nil),
                logger: nil)
            observer.observe(
                SessionStoreOperation(name: .load, realm: .default, duration: .nanoseconds(7), error: nil), logger: nil)
            observer.observe(
                SessionStoreOperation(
                    name: .commit, realm: .default, duration: .seconds(2), error: SessionError(.unavailable, "down")),
                logger: nil)
            let label = "db.client.operation.duration"
            let loads = try metrics.expectTimer(
                label, [("db.system.name", "sqlite"), ("db.operation.name", "load"), ("realm", "default")])
            #expect(loads.values == [1_500_000, 7])
            let commits = try metrics.expectTimer(
                label,
                [
                    ("db.system.name", "sqlite"), ("db.operation.name", "commit"), ("realm", "default"),
                    ("error.type", "unavailable"),
                ])
            #expect(commits.values == [2_000_000_000])
            #expect(metrics.timers.count == 2)
        }

        @Test(
            "A call is measured up to the largest number of nanoseconds, and longer ones count as that",
            arguments: [
                (.zero, 0), (Duration(secondsComponent: 0, attosecondsComponent: 1_999_999_999), 1),
                (.seconds(9_223_372_036) + .nanoseconds(854_775_806), .max - 1),
                (.seconds(9_223_372_036) + .nanoseconds(854_775_807), .max),
                (.seconds(9_223_372_036) + .nanoseconds(854_775_808), .max), (.seconds(9_223_372_037), .max),
                (.seconds(Int64.max), .max),
            ] as [(Duration, Int64)])
        func longCalls(_ duration: Duration, _ nanoseconds: Int64) throws {
            let metrics = TestMetrics()
            SessionMetrics(of: .memory, factory: metrics).observe(
                SessionStoreOperation(name: .sweep, realm: .default, duration: duration, error: nil), logger: nil)
            let timer = try metrics.expectTimer(
                "db.client.operation.duration",
                [("db.system.name", "memory"), ("db.operation.name", "sweep"), ("realm", "default")])
            #expect(timer.values == [nanoseconds])
        }

        @Test("Uses are counted, and calls measured and traced, under the realm whose they are")
        func realms() throws {
            let (metrics, tracer) = (TestMetrics(), InMemoryTracer())
            let observers: [any SessionObserver] = [
                SessionMetrics(of: .redis, factory: metrics), SessionTracing(of: .redis, tracer: tracer),
            ]
            let names = ["default", "office"]
            for name in names {
                let (realm, id) = (try Realm(name), SessionID(Block16(1, 2)))
                for observer in observers {
                    observer.observe(
                        SessionStoreOperation(name: .load, realm: realm, duration: .nanoseconds(7), error: nil),
                        logger: nil)
                    observer.observeUse(of: id, in: realm, at: Timestamp(milliseconds: 0))
                }
            }
            for name in names {
                let timer = try metrics.expectTimer(
                    "db.client.operation.duration",
                    [("db.system.name", "redis"), ("db.operation.name", "load"), ("realm", name)])
                #expect(timer.values == [7], "\(name)")
                #expect(try metrics.expectCounter("sessions.resumed", [("realm", name)]).totalValue == 1, "\(name)")
            }
            let spans = tracer.finishedSpans
            #expect(spans.count == names.count)
            for (span, name) in zip(spans, names) {
                #expect(span.attributes.get("sessions.realm") == .string(name))
            }
        }

        @Test("No span begins after its end, or before time began", arguments: [-1, 0, Int64.max])
        func oddSpans(_ seconds: Int64) throws {
            let tracer = InMemoryTracer()
            SessionTracing(of: .redis, tracer: tracer).observe(
                SessionStoreOperation(name: .sweep, realm: .default, duration: .seconds(seconds), error: nil),
                logger: nil)
            let span = try #require(tracer.finishedSpans.first)
            let begin = span.startInstant.nanosecondsSinceEpoch
            #expect(begin == (seconds > 0 ? 0 : span.endInstant.nanosecondsSinceEpoch))
        }

        @Test("Each call of a store is a span below the request's, as long as the call was")
        func spans() async throws {
            let tracer = InMemoryTracer()
            let faulty = FaultyStore(MemorySessionStore())
            let site = try Site(faulty, observers: [SessionTracing(of: .redis, tracer: tracer)])
            let cookie = try await site.visit { try $0.set("cart", to: 1) }
            _ = try await tracer.withSpan("GET /", ofKind: .server) { _ in
                try await site.visit(cookie) { _ = try $0.value(SessionKey<Int>("cart")) }
            }
            let spans = tracer.finishedSpans
            #expect(spans.map(\.operationName) == ["create sessions", "load sessions", "GET /"])
            let load = try #require(spans.first { $0.operationName == "load sessions" })
            let request = try #require(spans.last)
            #expect(load.kind == .client && load.parentSpanID == request.spanID && load.traceID == request.traceID)
            #expect(spans[0].parentSpanID == nil)
            for (name, value) in [
                ("db.system.name", "redis"), ("db.operation.name", "load"), ("db.collection.name", "sessions"),
                ("sessions.realm", "default"),
            ] { #expect(load.attributes.get(name) == .string(value), "\(name)") }
            #expect(load.attributes.get("error.type") == nil && load.status == nil)

            faulty.follow { operation, _ in operation == .load ? .fail : .pass }
            tracer.clearFinishedSpans()
            await #expect(throws: SessionError.self) { try await site.visit(cookie) }
            let failed = try #require(tracer.finishedSpans.first)
            #expect(failed.status?.code == .error && failed.attributes.get("error.type") == .string("unavailable"))

            tracer.clearFinishedSpans()
            SessionTracing(of: .redis, tracer: tracer).observe(
                SessionStoreOperation(name: .sweep, realm: .default, duration: .milliseconds(250), error: nil),
                logger: nil)
            let sweep = try #require(tracer.finishedSpans.first)
            #expect(
                sweep.endInstant.nanosecondsSinceEpoch - sweep.startInstant.nanosecondsSinceEpoch == 250_000_000)
        }

        @Test(
            "A request that uses a session it had is counted as resumed, whichever way it was read; a look at it isn't")
        func resumed() async throws {
            let metrics = TestMetrics()
            let site = try Site(observers: [SessionMetrics(of: .memory, factory: metrics)])
            let cookie = try await site.visit { try $0.set("cart", to: 1) }
            #expect(metrics.counters.count == 1)
            try await site.visit(cookie)
            try await site.visit("__Host-Http-visitor=\(String(repeating: "A", count: 64))")
            site.clock.advance(by: .seconds(120))
            try await site.visit(cookie)
            let resumed = try metrics.expectCounter("sessions.resumed", [("realm", "default")])
            #expect(resumed.totalValue == 2)
            try await site.peek(cookie)
            #expect(resumed.totalValue == 2)
        }

        /// Keeps the kinds of events, as an observer of operations or not, which decides how sessions are read.
        private final class Kinds: SessionObserver {
            let kinds = Mutex<[SessionEvent.Kind]>([])
            let uses = Mutex<[SessionID]>([])
            let observesOperations: Bool
            let observesUses: Bool

            init(observesOperations: Bool, observesUses: Bool) {
                self.observesOperations = observesOperations
                self.observesUses = observesUses
            }

            func observeUse(of id: SessionID, in realm: Realm, at moment: Timestamp) { uses.withLock { $0.append(id) } }

            func observe(_ event: SessionEvent, logger: Logger?) { kinds.withLock { $0.append(event.kind) } }
        }

        @Test("Uses of sessions are told to the observers that ask for them alone", arguments: [false, true])
        func told(observesOperations: Bool) async throws {
            let asking = Kinds(observesOperations: observesOperations, observesUses: true)
            let quiet = Kinds(observesOperations: false, observesUses: false)
            let site = try Site(observers: [quiet, asking])
            let cookie = try await site.visit { try $0.set("cart", to: 1) }
            try await site.visit(cookie)
            for observer in [asking, quiet] { #expect(observer.kinds.withLock { $0 } == [.created]) }
            #expect(asking.uses.withLock { $0.count } == 1 && quiet.uses.withLock { $0 } == [])
        }

        @Test("The gauge of a memory store follows its sessions: made, signed out, swept, and those of another realm")
        func live() async throws {
            let metrics = TestMetrics()
            let store = MemorySessionStore()
            let observer = SessionMetrics(of: .memory, counting: store, factory: metrics)
            let gauge = try metrics.expectGauge("sessions.live", [("db.system.name", "memory")])
            #expect(gauge.lastValue == 0)
            let site = try Site(store, observers: [observer])
            let first = try await site.visit { try await $0.signIn(try Principal("ada")) }
            #expect(gauge.lastValue == 1)
            try await site.visit { try $0.set("cart", to: 1) }
            #expect(gauge.lastValue == 2 && store.sessionCount == 2)
            try await site.visit(first) { try await $0.end() }
            #expect(gauge.lastValue == 1)
            site.clock.advance(by: .hours(24))
            await SessionSweeper(site.manager).sweep()
            #expect(gauge.lastValue == 0 && store.sessionCount == 0)
            // Without a store there is none.
            let without = TestMetrics()
            _ = SessionMetrics(of: .redis, factory: without)
            #expect(without.recorders.isEmpty)
        }

        @Test("A request's span names the session that is its own from then on, and none that it ends or can't have")
        func ownSession() throws {
            let tracer = InMemoryTracer()
            let tracing = SessionTracing(of: .memory, namesSessions: true, tracer: tracer)
            let (own, other) = (SessionID(Block16(1, 2)), SessionID(Block16(3, 4)))
            for kind in [SessionEvent.Kind.created, .signedIn, .steppedUp, .handedOver] {
                let events: [(SessionEvent.Kind, SessionID)] = [
                    (kind, own), (.ended(.limit), other), (.tokenRefused(.ended), other),
                ]
                tracer.withSpan("POST /sign-in", ofKind: .server) { _ in
                    for (kind, id) in events {
                        tracing.observe(
                            SessionEvent(kind, at: Timestamp(milliseconds: 0), realm: .default, id: id), logger: nil)
                    }
                }
                let span = try #require(tracer.finishedSpans.last)
                #expect(span.attributes.get("session.id") == .string("\(own)"), "\(kind)")
            }
        }

        @Test(
            "The request's span names its session where that is asked for, by the public ID, and no span holds a token")
        func sessionID() async throws {
            for namesSessions in [true, false] {
                let tracer = InMemoryTracer()
                let site = try Site(
                    observers: [SessionTracing(of: .memory, namesSessions: namesSessions, tracer: tracer)])
                var cookie: String?
                for step in ["POST /cart", "GET /cart", "POST /sign-in", "GET /nobody"] {
                    let brought = step == "GET /nobody" ? nil : cookie
                    let set = try await tracer.withSpan(step, ofKind: .server) { _ in
                        try await site.visit(brought) {
                            switch step {
                            case "POST /cart": try $0.set("cart", to: 1)
                            case "POST /sign-in": try await $0.signIn(try Principal("ada"))
                            default: _ = try $0.value(SessionKey<Int>("cart"))
                            }
                        }
                    }
                    cookie = set ?? cookie
                    let span = try #require(tracer.finishedSpans.last { $0.operationName == step })
                    let token = cookie?.split(separator: "=", maxSplits: 1).last.flatMap { SessionToken(text: $0) }
                    let id = step == "GET /nobody" || !namesSessions ? nil : try #require(token).id
                    #expect(span.attributes.get("session.id") == id.map { .string("\($0)") }, "\(step)")
                }
                let text = cookie?.split(separator: "=", maxSplits: 1).last.map(String.init) ?? "none"
                #expect(!tracer.finishedSpans.contains { "\($0.attributes)".contains(text.suffix(42)) })
            }
        }
    }
#endif
