import HTTPTypes
@testable import Sessions
import SessionsTesting

/// One run of a scenario: the real engine on a real store, every choice of what happens next made from outside.
final class World {
    private enum Phase {
        case waiting
        /// The clock has moved for it.
        case ticked
        case running(since: Timestamp, jar: Client.Jar)
        case done(isDelivered: Bool)
    }

    let scenario: Scenario
    let history: History
    private let executor = StepExecutor()
    private let clock = ManualClock()
    private let base = MemorySessionStore(maximumRecords: 64)
    private let store: ParkingStore
    /// The server of each request; the first also serves the simulation's own.
    private let servers: [SessionManager]
    private var phases: [Phase]
    private let boxes: [AnswerBox]
    private var client: Client
    private var thief: Client
    private let firstJar: Client.Jar
    private let firstMoment: Timestamp
    private var faultsLeft: Int
    private var lossesLeft: Int
    private var ticksLeft: Int
    private var crashesLeft: Int
    private var adoptedAt: Timestamp?
    private(set) var taken: [Step] = []

    init(_ scenario: Scenario) throws {
        self.scenario = scenario
        let configuration = scenario.configuration
        let history = History(clock: clock, policy: try SessionPolicy(configuration))
        self.history = history
        store = ParkingStore(base, executor: executor, history: history)
        servers = try (0..<(scenario.servers ?? max(scenario.requests.count, 1))).map {
            [store, executor, clock] _ in
            try SessionManager(
                store: store, configuration: configuration, carriers: [try CookieCarrier(configuration.cookies)],
                clock: SkewedClock(clock, by: scenario.skew), random: ActorRandomSource(),
                observers: [
                    SessionEventHandler { event in if event.kind == .theftSuspected { history.noteTheft() } }
                ], commitExecutor: executor)
        }
        phases = scenario.requests.map { _ in .waiting }
        boxes = scenario.requests.map { _ in AnswerBox() }
        faultsLeft = scenario.faults
        lossesLeft = scenario.losses
        ticksLeft = scenario.ticks
        crashesLeft = scenario.crashes ? 1 : 0
        firstJar = Self.start(scenario.start, servers[0], executor)
        client = Client(jar: firstJar)
        thief = Client(jar: firstJar)
        firstMoment = clock.now
    }

    /// The cookies of a client before the first step.
    private static func start(_ start: Scenario.Start, _ manager: SessionManager, _ executor: StepExecutor)
        -> Client.Jar
    {
        guard start != .stranger else { return [:] }
        let box = AnswerBox()
        Task(executorPreference: executor) {
            let handle = manager.begin(Client.request([:]), over: .init(peer: .local, isTLS: true))
            let session = try await handle.session()
            if start == .signedIn { try await session.signIn(try Principal("ada")) }
            try session.set(.a, to: 100)
            var fields = HTTPFields()
            await handle.finish(status: .ok).apply(to: &fields)
            box.put(Answer(status: 200, fields: fields))
        }
        executor.runUntilParked()
        var client = Client(jar: [:])
        if let answer = box.content { client.take(answer.fields) }
        return client.jar
    }

    // MARK: What may happen next

    var steps: [Step] {
        var steps: [Step] = []
        for index in scenario.requests.indices { steps += beginnings(of: index) }
        for parked in store.waiting { steps += goings(of: parked) }
        for index in scenario.requests.indices { steps += ends(of: index) }
        if ticksLeft > 0, mayTick { steps.append(Step(actor: 0, move: .tick, name: "tick", footprint: moving)) }
        if crashesLeft > 0, adoptedAt == clock.now, client.jar != firstJar {
            steps.append(
                Step(actor: 0, move: .crash, name: "crash", footprint: .init(reads: [.clock], writes: [.jar(0)])))
        }
        return steps
    }

    private var moving: Footprint { .init(writes: [.clock]) }

    private func isDone(_ number: Int) -> Bool {
        if case .done = phases[number - 1] { true } else { false }
    }

    private func beginnings(of index: Int) -> [Step] {
        let request = scenario.requests[index]
        let isTicked: Bool
        switch phases[index] {
        case .waiting: isTicked = false
        case .ticked: isTicked = true
        case .running, .done: return []
        }
        guard request.after.map(isDone) ?? true else { return [] }
        let actor = index + 1
        if request.action == .expire {
            return [Step(actor: actor, move: .tick, name: "\(actor):expire", footprint: moving)]
        }
        if request.action == .touch, !isTicked {
            return [Step(actor: actor, move: .tick, name: "\(actor):tick", footprint: moving)]
        }
        let jars = request.who == .thief ? Array(thief.held.indices) : [0]
        let footprint = Footprint(
            reads: request.who == .other ? [.clock] : [.clock, .jar(request.who == .thief ? 1 : 0)])
        return jars.map {
            Step(
                actor: actor, move: .send(jar: $0), name: "\(actor):send" + (jars.count > 1 ? "#\($0)" : ""),
                footprint: footprint)
        }
    }

    private func goings(of parked: ParkingStore.Parked) -> [Step] {
        let name = "\(parked.actor):\(parked.name)"
        // Updates on one server wait for each other, so each of their steps may decide what comes of another's.
        let index = parked.actor - 1
        let line: [Footprint.Resource] = scenario.requests[index].action.updates ? [.line(index % servers.count)] : []
        var footprint = parked.footprint
        footprint.writes += line
        var steps = [Step(actor: parked.actor, move: parked.move, name: name, footprint: footprint)]
        guard parked.move == .call(nil), faultsLeft > 0 else { return steps }
        for fault in scenario.faultKinds {
            let isRead = parked.footprint.writes.isEmpty && parked.footprint.adds.isEmpty
            // To lose what a read would have answered is the same as its failure.
            if fault == .loses, isRead, scenario.faultKinds.contains(.fails) { continue }
            steps.append(
                Step(
                    actor: parked.actor, move: .call(fault), name: name + (fault == .fails ? "!" : "?"),
                    footprint: .init(reads: [.clock], writes: [.budget] + line)))
        }
        return steps
    }

    private func ends(of index: Int) -> [Step] {
        guard case .running = phases[index], let answer = boxes[index].content else { return [] }
        let actor = index + 1
        if scenario.together.contains(actor), !scenario.together.allSatisfy({ isSent($0) }) { return [] }
        let who = scenario.requests[index].who
        var footprint = Footprint(reads: [.clock], writes: answer.cookies.isEmpty ? [] : [.jar(who == .thief ? 1 : 0)])
        if !scenario.isTimely, !scenario.crashes { footprint.reads = [] }
        var steps = [Step(actor: actor, move: .deliver, name: "\(actor):deliver", footprint: footprint)]
        if lossesLeft > 0, who == .client {
            steps.append(
                Step(
                    actor: actor, move: .lose, name: "\(actor):lose",
                    footprint: .init(reads: footprint.reads, writes: [.budget])))
        }
        return steps
    }

    private func isSent(_ number: Int) -> Bool {
        switch phases[number - 1] {
        case .waiting, .ticked: false
        case .running, .done: true
        }
    }

    private var mayTick: Bool {
        guard scenario.isTimely else { return true }
        return phases.allSatisfy { phase in
            guard case .running(let since, _) = phase else { return true }
            return clock.now - since < servers[0].policy.overlap.duration - scenario.tick
        }
    }

    // MARK: Steps

    func take(_ step: Step) {
        taken.append(step)
        history.beginStep()
        let index = step.actor - 1
        switch step.move {
        case .send(let jar): send(index, jar)
        case .call(let fault):
            if fault != nil { faultsLeft -= 1 }
            store.resume(step.actor, String(step.name.drop { $0 != ":" }.dropFirst().prefix { $0.isLetter }), fault)
        case .late, .act:
            store.resume(step.actor, String(step.name.drop { $0 != ":" }.dropFirst()), nil)
        case .deliver: end(index, isDelivered: true)
        case .lose:
            lossesLeft -= 1
            end(index, isDelivered: false)
        case .tick: tick(index)
        case .crash:
            crashesLeft -= 1
            client.jar = firstJar
        }
    }

    private func tick(_ index: Int) {
        if index < 0 {
            ticksLeft -= 1
            clock.advance(by: scenario.tick)
        } else if scenario.requests[index].action == .expire {
            phases[index] = .done(isDelivered: true)
            clock.advance(by: .seconds(200))
        } else {
            phases[index] = .ticked
            clock.advance(by: .seconds(10))
        }
        history.noteTick()
    }

    private func send(_ index: Int, _ heldJar: Int) {
        let request = scenario.requests[index], box = boxes[index]
        let jar = request.who == .thief ? thief.held[heldJar] : client.jar
        phases[index] = .running(since: clock.now, jar: jar)
        if request.who == .other {
            runOperator(index, box)
            return
        }
        for name in [SentCookie.signedIn, SentCookie.visitor] {
            if let token = jar.token(name) { history.notePresented(token.digest) }
        }
        let work: (@Sendable () async -> Void)? = scenario.works ? { @Sendable [store] in await store.pause() } : nil
        let handle = Actor.$number.withValue(index + 1) {
            server(of: index).begin(Client.request(jar), over: .init(peer: .local, isTLS: true))
        }
        let visit = Visit(
            number: index + 1, action: request.action, handle: handle, jar: jar, history: history, work: work)
        start(index + 1) { box.put(await visit.run()) }
    }

    private func server(of index: Int) -> SessionManager { servers[index % servers.count] }

    private func runOperator(_ index: Int, _ box: AnswerBox) {
        let office = Office(
            number: index + 1, manager: server(of: index), history: history,
            session: (firstJar.token(SentCookie.signedIn) ?? firstJar.token(SentCookie.visitor))?.id)
        let action = scenario.requests[index].action
        start(index + 1) {
            await office.perform(action)
            box.put(Answer(status: 0))
        }
    }

    private func start(_ actor: Int, _ body: @escaping @Sendable () async -> Void) {
        Actor.$number.withValue(actor) {
            _ = Task(executorPreference: executor) { await body() }
        }
        executor.runUntilParked()
    }

    private func end(_ index: Int, isDelivered: Bool) {
        phases[index] = .done(isDelivered: isDelivered)
        guard isDelivered, let answer = boxes[index].content else { return }
        switch scenario.requests[index].who {
        case .client:
            client.take(answer.fields)
            if !answer.cookies.isEmpty { adoptedAt = clock.now }
        case .thief: thief.take(answer.fields)
        case .other: break
        }
    }

    /// Ends what is still parked, so that a schedule that is not followed to its end leaves nothing behind.
    func abandon() {
        while let parked = store.waiting.first {
            store.resume(parked.actor, parked.name, parked.move == .call(nil) ? .fails : nil)
        }
    }

    // MARK: The end of a schedule

    /// Looks at everything once more, as the next requests would, and says how it all came out.
    func conclude() -> Aftermath {
        var replies: [Int: Aftermath.Reply] = [:]
        var sent: [TokenParts] = []
        for (index, phase) in phases.enumerated() {
            guard case .done(let isDelivered) = phase, let answer = boxes[index].content else { continue }
            replies[index + 1] = .init(request: scenario.requests[index], answer: answer, isDelivered: isDelivered)
            sent += answer.cookies.compactMap(\.token)
        }
        var number = 100
        func probe(_ jar: Client.Jar) -> Sight {
            number += 1
            return look(number, jar)
        }
        let next = probe(client.jar)
        if scenario.ticks == 0, !scenario.allowsTheft {
            for (name, value) in newestOfEachFamily {
                _ = probe([name: value])
            }
        }
        let records = inspect(sent)
        return Aftermath(
            deeds: history.deeds, replies: replies, next: next,
            initialFamily: (firstJar.token(SentCookie.signedIn) ?? firstJar.token(SentCookie.visitor))?.family,
            theftReported: history.sawTheft, records: records.all, listed: records.listed, schedule: taken.map(\.name))
    }

    /// Of all tokens of one generation that were ever sent, the last; in the order in which they were sent.
    private var newestOfEachFamily: [(name: String, value: String)] {
        var newest: [(name: String, value: String)] = firstJar.map { ($0.key, $0.value) }
        for index in phases.indices {
            for cookie in boxes[index].content?.cookies ?? [] {
                guard let token = cookie.token else { continue }
                newest.removeAll { TokenParts($0.value)?.family == token.family }
                newest.append((cookie.name, cookie.value))
            }
        }
        return newest
    }

    private func look(_ number: Int, _ jar: Client.Jar) -> Sight {
        history.beginStep()
        history.noteEffect(of: number)
        for name in [SentCookie.signedIn, SentCookie.visitor] {
            if let token = jar.token(name) { history.notePresented(token.digest) }
        }
        let visit = Visit(
            number: number, action: .read,
            handle: servers[0].begin(Client.request(jar), over: .init(peer: .local, isTLS: true)), jar: jar,
            history: history, work: nil)
        let box = AnswerBox()
        Task(executorPreference: executor) { box.put(await visit.run()) }
        executor.runUntilParked()
        for deed in history.deeds.reversed() where deed.request == number {
            if case .saw(let sight) = deed.answer { return sight }
        }
        return Sight()
    }

    private func inspect(_ sent: [TokenParts]) -> (all: [SessionRecord], listed: Set<SessionID>) {
        let (base, now) = (base, clock.now)
        let found = Found(), listed = Found()
        let known = Set(sent.map(\.id) + firstJar.values.compactMap { TokenParts($0)?.id })
        Task(executorPreference: executor) {
            var ids = known
            for record in try await base.list(.init(.all, limit: 1000), at: now).records { ids.insert(record.id) }
            for id in ids.sorted() {
                if let record = try await base.load(id, at: now) { found.append(record) }
            }
            let query = SessionQuery(.owner(.init(realm: .default, principal: try Principal("ada"))), limit: 1000)
            for record in try await base.list(query, at: now).records { listed.append(record) }
        }
        executor.runUntilParked()
        for record in found.records {
            history.beginStep()
            history.noteEffect(of: 200)
            let mark = history.mark(200)
            history.noteEffect(of: 200)
            history.note(
                .inspect(record.id), of: 200, .saw(Sight(record, at: now)), id: record.id, since: mark)
        }
        return (found.records, Set(listed.records.map(\.id)))
    }

    var begin: SequentialModel.Beginning {
        let token = firstJar.token(SentCookie.signedIn) ?? firstJar.token(SentCookie.visitor)
        return .init(token: token, isSignedIn: scenario.start == .signedIn, at: firstMoment)
    }
}
