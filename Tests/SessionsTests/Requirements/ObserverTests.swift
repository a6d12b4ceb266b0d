import HTTPTypes
import Logging
import SessionsTesting
import Testing

@testable import Sessions

@Suite("What observers are told", .timeLimit(.minutes(10)))
struct ObserverTests {
    /// A manager whose reports are kept, on a store that can fail.
    struct Bench {
        let clock = ManualClock()
        let store = MemorySessionStore()
        let faulty: FaultyStore
        let log = EventLog()
        let manager: SessionManager

        init(_ change: (inout SessionConfiguration) -> Void = { _ in }) throws {
            faulty = FaultyStore(store)
            var configuration = SessionConfiguration()
            configuration.timeouts.idle = .hours(3)
            change(&configuration)
            manager = try SessionManager(
                store: faulty, realm: try Realm("shop"), configuration: configuration, clock: clock, observers: [log])
        }

        func signedIn(_ name: String = "ada") async throws -> Visitor {
            let visitor = Visitor(manager)
            try await visitor.visit { try await $0.signIn(try Principal(name)) }
            return visitor
        }

        /// Kinds of the events since the last time, each checked for what all events have.
        func takeKinds() -> [SessionEvent.Kind] {
            let events = log.takeEvents()
            for event in events { #expect(event.at == clock.now && event.realm == manager.realm) }
            return events.map(\.kind)
        }
    }

    @Test("The names of kinds are fit for the labels of metrics, and never change")
    func names() {
        let kinds: [(SessionEvent.Kind, String)] = [
            (.created, "created"), (.signedIn, "signedIn"), (.steppedUp, "steppedUp"), (.renewed, "renewed"),
            (.ended(.signedOut), "ended.signed-out"), (.ended(.endedByUser), "ended.ended-by-user"),
            (.ended(.endedByOperator), "ended.ended-by-operator"), (.ended(.limit), "ended.limit"),
            (.ended(.suspectedTheft), "ended.suspected-theft"), (.ended(.expired), "ended.expired"),
            (.theftSuspected, "theftSuspected"), (.tokenRefused(.malformed), "tokenRefused.malformed"),
            (.tokenRefused(.ambiguous), "tokenRefused.ambiguous"), (.tokenRefused(.unknown), "tokenRefused.unknown"),
            (.tokenRefused(.misplaced), "tokenRefused.misplaced"), (.tokenRefused(.ended), "tokenRefused.ended"),
            (.tokenRefused(.superseded), "tokenRefused.superseded"), (.tokenRefused(.late), "tokenRefused.late"),
            (.insecureTransport, "insecureTransport"), (.writeRefused(.superseded), "writeRefused.superseded"),
            (.storeFailed, "storeFailed"),
        ]
        for (kind, name) in kinds { #expect(kind.name == name && "\(kind)" == name) }
        #expect(Set(kinds.map(\.0)).count == kinds.count)
    }

    @Test(
        "Suspected theft is reported as such and as an end, or as such alone where it doesn't end the session",
        arguments: [true, false])
    func theft(ends: Bool) async throws {
        let bench = try Bench { $0.endsOnSuspectedTheft = ends }
        let owner = try await bench.signedIn()
        let thief = Visitor(bench.manager, jar: owner.jar)
        bench.clock.advance(by: .minutes(15))
        try await owner.visit()
        bench.clock.advance(by: .seconds(60))
        try await owner.visit()
        bench.clock.advance(by: .seconds(120))
        _ = bench.log.takeEvents()
        let id = try await owner.look().id
        #expect(bench.takeKinds() == [])
        #expect(try await thief.look() == (nil, nil, ends ? .suspectedTheft : nil))
        let events = bench.log.takeEvents()
        #expect(events.map(\.kind) == [.theftSuspected] + (ends ? [.ended(.suspectedTheft)] : []))
        for event in events {
            #expect(event.id == id && event.principal?.name == "ada" && event.peer == .local)
        }
        #expect(events.last?.end == (ends ? SessionEnd(reason: .suspectedTheft, at: bench.clock.now) : nil))
        #expect(try await owner.look().principal == (ends ? nil : "ada"))
    }

    @Test("A token of the generation before, and one that loads too late, are reported each in its own way")
    func supersededAndLate() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let old = Visitor(bench.manager, jar: visitor.jar)
        try await visitor.visit { try await $0.stepUp() }
        _ = bench.log.takeEvents()
        _ = try await old.look()
        #expect(bench.takeKinds() == [.tokenRefused(.superseded)])

        bench.clock.advance(by: .minutes(15))
        let upload = visitor.send()
        for _ in 0..<2 {
            try await visitor.visit()
            bench.clock.advance(by: .seconds(60))
            try await visitor.visit()
            bench.clock.advance(by: .minutes(15))
        }
        _ = bench.log.takeEvents()
        _ = try await upload.session()
        #expect(bench.takeKinds() == [.tokenRefused(.late)])
    }

    @Test("A buffered write that is refused at the end of its request is reported with its error and its session")
    func writeRefused() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let slow = visitor.send()
        try await slow.session().set(.a, to: 1)
        let id = try await visitor.look().id
        try await visitor.visit { try await $0.end() }
        _ = bench.log.takeEvents()
        await visitor.finish(slow)
        let events = bench.log.takeEvents()
        #expect(events.map(\.kind) == [.writeRefused(.ended)] && events.map(\.error?.code) == [.ended])
        #expect(events.first?.id == id && events.first?.principal?.name == "ada")
    }

    @Test("A sign-in that “end all” overtook, or a limit ends, is reported as signed in and as ended")
    func endsOfSignIns() async throws {
        let bench = try Bench { $0.maximumSessionsPerPrincipal = 1 }
        let longAgo = bench.clock.now
        bench.clock.advance(by: .seconds(1))
        try await bench.manager.endAll(of: try Principal("ada"))
        bench.clock.advance(by: .seconds(1))
        let request = Visitor(bench.manager).send()
        let session = try await request.session()
        await #expect(throws: SessionError.self) {
            try await session.signIn(try Principal("ada"), authenticatedAt: longAgo)
        }
        #expect(bench.takeKinds() == [.created, .signedIn, .ended(.endedByUser)])
        _ = try await bench.signedIn()
        bench.clock.advance(by: .seconds(1))
        _ = bench.log.takeEvents()
        _ = try await bench.signedIn()
        #expect(bench.takeKinds() == [.created, .signedIn, .ended(.limit)])
    }

    @Test("What operators end is reported, outside of any request")
    func operators() async throws {
        let bench = try Bench()
        let ids = [
            try #require(try await bench.signedIn().look().id), try #require(try await bench.signedIn().look().id),
            try #require(try await bench.signedIn().look().id),
        ]
        _ = bench.log.takeEvents()
        try await bench.manager.end(ids[0])
        try await bench.manager.end(ids[1], of: try Principal("ada"))
        try await bench.manager.endAll(of: try Principal("ada"))
        let events = bench.log.takeEvents()
        #expect(events.map(\.kind) == [.ended(.endedByOperator), .ended(.endedByUser), .ended(.endedByOperator)])
        #expect(events.map(\.id) == ids && events.allSatisfy { $0.peer == nil && $0.principal?.name == "ada" })
    }

    @Test("A sweep reports each session that had expired, once, with its own end")
    func sweep() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let id = try #require(try await visitor.look().id)
        let deadline = try #require(try await bench.manager.find(id)).idleDeadline
        let ended = try await bench.signedIn("grace")
        try await ended.visit { try await $0.end() }
        bench.clock.advance(by: .hours(4))
        _ = bench.log.takeEvents()
        let sweeper = SessionSweeper(bench.manager)
        await sweeper.sweep()
        let events = bench.log.takeEvents()
        #expect(events.map(\.kind) == [.ended(.expired)] && events.map(\.id) == [id])
        #expect(events.first?.end == deadline.map { SessionEnd(reason: .expired, at: $0) })
        #expect(sweeper.counters == .init(sweeps: 1, failures: 0, records: 2, expired: 1))
        await sweeper.sweep()
        bench.clock.advance(by: .hours(2))
        await sweeper.sweep()
        #expect(bench.takeKinds() == [])
        #expect(sweeper.counters == .init(sweeps: 3, failures: 0, records: 3, expired: 1))
    }

    @Test("Every store operation of a request is reported by its name, in order, and what it threw")
    func operations() async throws {
        let bench = try Bench()
        let visitor = Visitor(bench.manager)
        func operations() -> [SessionStoreOperation.Name] { bench.log.takeOperations().map(\.name) }
        try await visitor.visit { try $0.set(.a, to: 1) }
        #expect(operations() == [.create])
        try await visitor.visit()
        #expect(operations() == [.load])
        try await visitor.visit { try await $0.update(.n, default: 0) { $0 += 1 } }
        #expect(operations() == [.load, .commit])
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        #expect(operations() == [.load, .enroll, .commit, .watermark, .list])
        #expect(bench.takeKinds() == [.created, .signedIn])

        for operation in [StoreOperation.load, .commit] {
            bench.faulty.follow { kind, _ in kind == operation ? .fail : .pass }
            let request = visitor.send()
            if operation == .load {
                await #expect(throws: SessionError.self) { try await request.session() }
            } else {
                try await request.session().set(.a, to: 2)
            }
            await visitor.finish(request)
            let failed = bench.log.takeOperations().filter { $0.error != nil }
            #expect(failed.map(\.name.rawValue) == [operation.rawValue])
            #expect(failed.map(\.error?.code) == [.unavailable] && failed.map(\.realm) == [bench.manager.realm])
            let events = bench.log.takeEvents()
            #expect(events.map(\.kind) == [.storeFailed] + (operation == .load ? [] : [.writeRefused(.unavailable)]))
            #expect(events.first?.error?.code == .unavailable)
        }
    }

    @Test("A store operation is measured from the call to its answer, one that fails too", arguments: [false, true])
    func measured(fails: Bool) async throws {
        let bench = try Bench()
        bench.faulty.follow { _, _ in .hang }
        let call = Task { try await bench.manager.checkHealth() }
        await bench.faulty.untilHanging()
        // It waits for as long as the clock can tell, at least.
        let held = ContinuousClock.now
        while ContinuousClock.now == held { await Task.yield() }
        let least = ContinuousClock.now - held
        if fails { call.cancel() } else { bench.faulty.release() }
        _ = await call.result
        let operation = try #require(bench.log.takeOperations().first)
        #expect(operation.name == .checkHealth && (operation.error != nil) == fails)
        #expect(least > .zero && operation.duration >= least)
    }

    @Test("Upkeep that fails is reported though its request succeeds")
    func upkeep() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .minutes(15))
        _ = bench.log.takeEvents()
        // The touch passes, and the renewal fails.
        bench.faulty.follow { operation, call in operation == .commit && call == 2 ? .fail : .pass }
        #expect(try await visitor.visit().error == nil)
        #expect(bench.takeKinds() == [.storeFailed])
    }

    @Test("Store operations of operators and of the sweeper are reported, and what they threw")
    func operatorsOperations() async throws {
        let bench = try Bench()
        let id = try #require(try await bench.signedIn().look().id)
        let ada = try Principal("ada")
        let sweeper = SessionSweeper(
            bench.manager, logger: Logger(label: "sweeper", factory: { _ in SwiftLogNoOpLogHandler() }))
        let calls: [(() async throws -> Void, [SessionStoreOperation.Name])] = [
            ({ _ = try await bench.manager.find(id) }, [.load]), ({ _ = try await bench.manager.list() }, [.list]),
            ({ _ = try await bench.manager.list(of: ada) }, [.list]),
            ({ await sweeper.sweep() }, [.sweep]), ({ try await bench.manager.end(id, of: ada) }, [.load, .commit]),
            ({ try await bench.manager.end(id) }, [.load, .commit]),
            ({ try await bench.manager.endAll(of: ada) }, [.watermark, .list]),
        ]
        _ = (bench.log.takeOperations(), bench.log.takeLoggers())
        for (index, (call, names)) in calls.enumerated() {
            try await call()
            let operations = bench.log.takeOperations()
            #expect(operations.map(\.name) == names, "call \(index)")
            #expect(operations.allSatisfy { $0.error == nil && $0.duration >= .zero }, "call \(index)")
        }
        bench.faulty.follow { _, _ in .fail }
        _ = bench.log.takeEvents()
        for (index, (call, names)) in calls.enumerated() {
            if names == [.sweep] {
                try await call()
            } else {
                await #expect(throws: SessionError.self) { try await call() }
            }
            let operations = bench.log.takeOperations()
            #expect(operations.map(\.name) == [names[0]], "call \(index)")
            #expect(operations.map(\.error?.code) == [.unavailable], "call \(index)")
            #expect(bench.takeKinds() == [.storeFailed], "call \(index)")
        }
        #expect(Set(bench.log.takeLoggers()) == [nil], "no request, no logger")
    }

    @Test("Each of several observers is told of everything, with the request's logger")
    func several() async throws {
        let logs = [EventLog(), EventLog()]
        let manager = try SessionManager(store: MemorySessionStore(), observers: logs)
        let logger = Logger(label: "request 7", factory: { _ in SwiftLogNoOpLogHandler() })
        let request = Visitor(manager).send().handle.request
        let handle = manager.begin(request, over: .init(peer: .local, isTLS: true), logger: logger)
        try await handle.session().set(.a, to: 1)
        _ = await handle.finish(status: .ok)
        for log in logs {
            #expect(log.takeEvents().map(\.kind) == [.created] && log.takeOperations().map(\.name) == [.create])
            #expect(log.takeLoggers() == ["request 7", "request 7"])
        }
    }

    @Test("Without an observer nothing is put together, and the memory store is asked directly")
    func nobody() throws {
        let manager = try SessionManager(store: MemorySessionStore())
        func kind() -> SessionEvent.Kind {
            Issue.record("a kind was made")
            return .created
        }
        manager.report(kind())
        #expect(manager.calls.immediate != nil)
        #expect(try SessionManager(store: MemorySessionStore(), observers: [EventLog()]).calls.immediate == nil)
        #expect(try SessionManager(store: FaultyStore(MemorySessionStore())).calls.immediate == nil)
    }

    @Test("An observer that leaves a method out takes no note of it")
    func defaults() async throws {
        struct Idle: SessionObserver {}
        let visitor = Visitor(try SessionManager(store: MemorySessionStore(), observers: [Idle()]))
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("G7: neither an event nor an operation prints a token or a digest")
    func redacted() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let token = try #require(visitor.signedInToken)
        let id = try #require(try await visitor.look().id)
        bench.faulty.follow { operation, _ in operation == .commit ? .fail : .pass }
        let request = visitor.send()
        try await request.session().set(.a, to: 4111)
        await visitor.finish(request)
        let (events, operations) = (bench.log.takeEvents(), bench.log.takeOperations())
        var text = "\(events) \(operations)"
        dump(events, to: &text)
        dump(operations, to: &text)
        let record = try #require(try await bench.store.load(id, at: bench.clock.now))
        #expect(text.contains(id.description) || text.contains(String(id.block.low)))
        #expect(!text.contains(token.suffix(40)) && !text.contains("4111"))
        #expect(!text.contains(String(record.secretDigest.block.first.high)))
    }
}
