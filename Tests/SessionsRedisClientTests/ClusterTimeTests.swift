import RedisServers
import Synchronization
import Testing

@testable import SessionsRedisClient

/// How long a cluster's client believes what it has learned, by a clock that the tests move.
///
/// All of it is in one file, since the nodes that they ask share a map of the slots and that clock.
@Suite(.timeLimit(.minutes(10))) struct ClusterTimeTests {
    private let clock = ManualClock()
    private let map = Map()
    /// What no test of this suite has the time to wait for.
    private var inAnHour: ContinuousClock.Instant { .now + .seconds(3600) }

    /// The ports of the nodes that have the slots, in equal parts.
    private final class Map: Sendable {
        private let ports = Mutex<[Int]>([])

        var owners: [Int] {
            get { ports.withLock { $0 } }
            set { ports.withLock { $0 = newValue } }
        }

        var answer: String { FakeServer.slots(of: owners) }
    }

    private func node(
        _ answer: @escaping @Sendable ([String]) -> FakeServer.Answer?
    ) async throws -> FakeServer {
        try await FakeServer { [map] command in
            switch command[0] {
            case "HELLO": .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
            case "CLUSTER": .bytes(map.answer)
            default: answer(command)
            }
        }
    }

    private func client(
        seed: FakeServer, outageTolerance: Duration = .seconds(300), maximumPendingCommands: Int = 10_000,
        watchInterval: Duration = .seconds(3600)
    ) throws -> RedisClusterClient {
        var configuration = RedisClientConfiguration(
            connections: 1, connectTimeout: .seconds(60), outageTolerance: outageTolerance,
            maximumPendingCommands: maximumPendingCommands, silenceTimeout: .seconds(600))
        configuration.now = { [clock] in clock.now }
        // Nor does a moved clock make an answer that is on its way look late.
        configuration.watchInterval = watchInterval
        return try RedisClusterClient([.init(host: "127.0.0.1", port: seed.port)], configuration: configuration)
    }

    private func timesLearned(from nodes: FakeServer...) -> Int {
        nodes.reduce(0) { sum, node in sum + node.received.count { $0[0] == "CLUSTER" } }
    }

    /// A key whose slot the first or the second of two nodes has.
    private func key(ofFirst isFirst: Bool) -> [UInt8] {
        (0...).lazy.map { Array("\($0)".utf8) }.first { (HashSlot.of($0) < HashSlot.count / 2) == isFirst } ?? []
    }

    @Test("A node that the cluster doesn't list is left a minute after a command was sent on to it, and not before")
    func unlistedNodesAreLeft() async throws {
        let port = Mutex(0)
        let isRefused = Flag(isRaised: false)
        let new = try await node { _ in nil }
        let listed = try await node { command in
            switch command[0] {
            case "HGETALL": .bytes("-ASK 1 127.0.0.1:\(port.withLock { $0 })\r\n")
            // Has the slots learned again.
            case "GET": isRefused.take() ? .bytes("-CLUSTERDOWN wait\r\n") : nil
            default: nil
            }
        }
        port.withLock { $0 = new.port }
        map.owners = [listed.port]
        let client = try client(seed: listed)
        func learn() async throws {
            let before = timesLearned(from: listed)
            isRefused.raise()
            _ = try await client.send(RedisCommand("GET", on: [1], effect: .read), deadline: inAnHour)
            #expect(timesLearned(from: listed) == before + 1)
        }
        let sentOn = RedisCommand("HGETALL", on: [1], effect: .read)
        _ = try await client.send(sentOn, deadline: inAnHour)
        for _ in 1...3 {
            clock.advance(by: .seconds(60))
            try await learn()
            #expect(try await client.send(sentOn, deadline: inAnHour) == .array([]))
            #expect(new.acceptedConnections == 1, "for a whole minute it is kept")
        }
        clock.advance(by: .seconds(60) + .nanoseconds(1))
        try await learn()
        try await eventually("it is left") { new.openConnections == 0 }
        #expect(try await client.send(sentOn, deadline: inAnHour) == .array([]))
        #expect(new.acceptedConnections == 2)
        client.close()
        for server in [listed, new] { try await server.close() }
    }

    @Test("A node that failed is asked for the slots after all others, for three seconds")
    func suspectsAreAskedLast() async throws {
        let (isLost, isRefused) = (Flag(isRaised: false), Flag(isRaised: false))
        let losing = try await node { $0[0] == "GET" && isLost.take() ? .lastBytes("") : nil }
        let healthy = try await node {
            $0[0] == "GET" && isRefused.take() ? .bytes("-CLUSTERDOWN wait\r\n") : nil
        }
        map.owners = [losing.port, healthy.port]
        let client = try client(seed: healthy)
        let (first, second) = (key(ofFirst: true), key(ofFirst: false))
        for key in [first, second] {
            _ = try await client.send(RedisCommand("GET", on: key, effect: .read), deadline: inAnHour)
        }
        isLost.raise()
        _ = try await client.send(RedisCommand("GET", on: first, effect: .read), deadline: inAnHour)
        #expect(timesLearned(from: losing) == 0)
        /// Has the slots learned again, of any node that isn't suspected.
        func learn() async throws {
            isRefused.raise()
            _ = try await client.send(RedisCommand("GET", on: second, effect: .read), deadline: inAnHour)
        }
        // Never by so much that a node which owes an answer would count as silent: two seconds.
        clock.advance(by: .milliseconds(1500))
        _ = try await client.send(RedisCommand("GET", on: second, effect: .read), deadline: inAnHour)
        clock.advance(by: .milliseconds(1500) - .nanoseconds(1))
        let before = timesLearned(from: healthy)
        // By chance the other one would be asked first in half of the cases.
        for _ in 0..<20 { try await learn() }
        #expect(timesLearned(from: losing) == 0 && timesLearned(from: healthy) == before + 20)
        clock.advance(by: .nanoseconds(1))
        try await eventually("it is asked again") {
            try await learn()
            return timesLearned(from: losing) > 0
        }
        client.close()
        for server in [losing, healthy] { try await server.close() }
    }

    @Test(
        "A read that a silent node owes an answer goes where the slots went, once it has said nothing for two seconds")
    func silentNodesAreSuspected() async throws {
        let silent = try await node { $0[0] == "GET" ? .silence : nil }
        let healthy = try await node { _ in nil }
        map.owners = [silent.port]
        let client = try client(seed: healthy, watchInterval: .milliseconds(10))
        async let reply = client.send(RedisCommand("GET", on: [1], effect: .read), deadline: inAnHour)
        try await eventually("it is asked") { silent.received.contains { $0[0] == "GET" } }
        map.owners = [healthy.port]
        clock.advance(by: .seconds(2) + .nanoseconds(1))
        // The healthy one may have owed an answer when the clock moved, so either may be asked first where the slots are.
        #expect(try await reply.text == "OK")
        #expect(healthy.received.contains { $0[0] == "GET" })
        client.close()
        for server in [silent, healthy] { try await server.close() }
    }

    @Test("While a node is out of reach, the slots are learned ten times a second at most, and no less often")
    func learningIsSpacedOut() async throws {
        let isOut = Mutex(false)
        let node = try await node { _ in isOut.withLock { $0 } ? .bytes("-LOADING wait\r\n") : nil }
        map.owners = [node.port]
        let client = try client(seed: node, outageTolerance: .milliseconds(500))
        let read = RedisCommand("GET", on: [1], effect: .read)
        let refusal = RedisReply.error(RedisServerError("LOADING wait", server: "127.0.0.1:\(node.port)"))
        func asked() -> Int { node.received.count { $0[0] == "GET" } }
        #expect(try await client.send(read, deadline: inAnHour).text == "OK")
        isOut.withLock { $0 = true }
        // It is asked again once its answer is known, and by then the outage has begun.
        let first = Task { try await client.send(read, deadline: inAnHour) }
        try await eventually("the outage has begun") { asked() >= 3 }
        // Gone before commands are refused, so that it has none learn the slots.
        first.cancel()
        _ = await first.result
        /// What was sent before has arrived when this is answered.
        func untilArrived() async throws {
            _ = try await client.send(
                RedisCommand("PING", key: [], effect: .read), to: .init(host: "127.0.0.1", port: node.port),
                deadline: inAnHour)
        }
        // What it had sent when it was cancelled is on its way still.
        try await untilArrived()
        clock.advance(by: .milliseconds(500) + .nanoseconds(1))
        let (before, waited) = (timesLearned(from: node), asked())
        for round in 1...5 {
            // While the answer to the last question is on its way, none is due.
            try await eventually("the slots are learned") {
                let reply = try await client.send(read, deadline: inAnHour)
                #expect(reply == refusal)
                return timesLearned(from: node) >= before + round
            }
            clock.advance(by: .milliseconds(100) - .nanoseconds(1))
            for _ in 0..<20 { #expect(try await client.send(read, deadline: inAnHour) == refusal) }
            try await untilArrived()
            #expect(timesLearned(from: node) == before + round)
            clock.advance(by: .nanoseconds(1))
        }
        #expect(asked() == waited, "no command was waited for")
        client.close()
        try await node.close()
    }

    @Test("A node that says nothing where the slots are is given up after the time for connecting, for another one")
    func silentNodesArePassed() async throws {
        let isAsked = Flag(isRaised: false), isLearned = Mutex(false)
        let silent = try await FakeServer { command in
            switch command[0] {
            case "HELLO": return .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
            case "CLUSTER":
                isAsked.raise()
                return .silence
            default: return nil
            }
        }
        let port = Mutex(0)
        let healthy = try await FakeServer { command in
            switch command[0] {
            case "HELLO": return .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
            case "CLUSTER":
                // Whichever comes first by chance, both are asked.
                if isAsked.take() { isLearned.withLock { $0 = true } }
                let slots = "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:\(port.withLock { $0 })\r\n"
                return .bytes(isLearned.withLock { $0 } ? slots : "-LOADING wait\r\n")
            default: return nil
            }
        }
        port.withLock { $0 = healthy.port }
        let client = try RedisClusterClient(
            [silent, healthy].map { .init(host: "127.0.0.1", port: $0.port) },
            configuration: .init(
                connections: 1, connectTimeout: .seconds(1), outageTolerance: .seconds(300),
                silenceTimeout: .seconds(600)))
        let read = RedisCommand("GET", on: [1], effect: .read)
        #expect(try await client.send(read, deadline: inAnHour).text == "OK")
        client.close()
        for server in [silent, healthy] { try await server.close() }
    }

    @Test("Nodes are asked where the slots are one after the other, each once, until one knows")
    func nodesAreAskedInTurn() async throws {
        let ignorant = { @Sendable (command: [String]) -> FakeServer.Answer? in
            switch command[0] {
            case "HELLO": .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
            case "CLUSTER": .bytes("-LOADING wait\r\n")
            default: nil
            }
        }
        let (first, second) = (try await FakeServer(ignorant), try await FakeServer(ignorant))
        // One that turns the client away is no reason not to ask the others.
        let refusing = try await FakeServer { $0[0] == "HELLO" ? .bytes("-WRONGPASS no\r\n") : nil }
        let knowing = try await node { _ in nil }
        map.owners = [knowing.port]
        var configuration = RedisClientConfiguration.patient()
        configuration.watchInterval = .seconds(3600)
        // Which comes first is random.
        for round in 1...20 {
            let client = try RedisClusterClient(
                [first, second, refusing, knowing].map { .init(host: "127.0.0.1", port: $0.port) },
                configuration: configuration)
            let reply = try await client.send(RedisCommand("GET", on: [1], effect: .write), deadline: inAnHour)
            #expect(reply.text == "OK" && timesLearned(from: knowing) == round)
            #expect(timesLearned(from: first) <= round && timesLearned(from: second) <= round)
            client.close()
        }
        for server in [first, second, refusing, knowing] { try await server.close() }
    }

    @Test("The slots of a node whose name another one has forgotten stay where they were")
    func forgottenNamesAreNoLoss() async throws {
        let isRefused = Flag(isRaised: false)
        let known = Mutex((first: 0, second: 0, isIgnorant: false))
        func node(_ name: String) async throws -> FakeServer {
            try await FakeServer { command in
                switch command[0] {
                case "HELLO": return .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
                case "CLUSTER":
                    let (first, second, isIgnorant) = known.withLock { $0 }
                    let host = isIgnorant ? "$1\r\n?" : "$9\r\n127.0.0.1"
                    return .bytes(
                        "*2\r\n*3\r\n:0\r\n:8191\r\n*2\r\n$9\r\n127.0.0.1\r\n:\(first)\r\n"
                            + "*3\r\n:8192\r\n:16383\r\n*2\r\n\(host)\r\n:\(second)\r\n")
                case "GET": return .bytes(isRefused.take() ? "-CLUSTERDOWN wait\r\n" : "+\(name)\r\n")
                default: return nil
                }
            }
        }
        let (first, second) = (try await node("first"), try await node("second"))
        known.withLock { ($0.first, $0.second) = (first.port, second.port) }
        let client = try client(seed: first)
        func ask(ofFirst isFirst: Bool) async throws(RedisFailure) -> String? {
            let read = RedisCommand("GET", on: key(ofFirst: isFirst), effect: .read)
            return try await client.send(read, deadline: .now + .seconds(60)).text
        }
        let before = try await ask(ofFirst: false)
        known.withLock { $0.isIgnorant = true }
        isRefused.raise()
        let meanwhile = try await ask(ofFirst: true)
        let after = try await ask(ofFirst: false)
        #expect(before == "second" && meanwhile == "first" && after == "second")
        #expect(timesLearned(from: first, second) == 2)
        client.close()
        for server in [first, second] { try await server.close() }
    }

    @Test("A node that the cluster names and that nobody has reached yet is waited for no longer than another")
    func namedNodesAreNotWaitedFor() async throws {
        let node = try await node { _ in nil }
        map.owners = [node.port, try RedisProcess.freePort()]
        let client = try RedisClusterClient(
            [.init(host: "127.0.0.1", port: node.port)],
            configuration: .init(
                connections: 1, connectTimeout: .seconds(60), outageTolerance: .zero, silenceTimeout: .seconds(600)))
        let read = RedisCommand("GET", on: key(ofFirst: false), effect: .read)
        let error = await #expect(throws: RedisFailure.self) {
            try await client.send(read, deadline: .now + .seconds(60))
        }
        #expect(error?.message.contains("so it isn't waited for") == true, "\(String(describing: error))")
        client.close()
        try await node.close()
    }

    @Test("Where every primary that was known is gone, a replica is asked where the slots are")
    func replicasAreAsked() async throws {
        let ports = Mutex((primary: 0, replica: 0))
        let isGone = Mutex(false)
        @Sendable func named(_ port: Int) -> String { "*2\r\n$9\r\n127.0.0.1\r\n:\(port)\r\n" }
        let primary = try await FakeServer { command in
            if isGone.withLock({ $0 }) { return .lastBytes("") }
            switch command[0] {
            case "HELLO": return .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
            case "CLUSTER":
                let (primary, replica) = ports.withLock { $0 }
                return .bytes("*1\r\n*4\r\n:0\r\n:16383\r\n" + named(primary) + named(replica))
            case "GET": return .bytes("+primary\r\n")
            default: return nil
            }
        }
        // It has taken over by the time that it is asked.
        let replica = try await FakeServer { command in
            switch command[0] {
            case "HELLO": return .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
            case "CLUSTER":
                let (_, replica) = ports.withLock { $0 }
                return .bytes("*1\r\n*3\r\n:0\r\n:16383\r\n" + named(replica))
            case "GET": return .bytes("+replica\r\n")
            default: return nil
            }
        }
        ports.withLock { $0 = (primary.port, replica.port) }
        let client = try client(seed: primary)
        let read = RedisCommand("GET", on: [1], effect: .read)
        #expect(try await client.send(read, deadline: inAnHour).text == "primary")
        isGone.withLock { $0 = true }
        #expect(try await client.send(read, deadline: .now + .seconds(60)).text == "replica")
        client.close()
        for server in [primary, replica] { try await server.close() }
    }

    @Test("Commands that a node has no place for, and those that callers give up, are no reason to learn the slots")
    func whatCallersDoIsNoReasonToLearn() async throws {
        let answer = Gate()
        let node = try await node { $0[0] == "GET" ? .held("+late\r\n", until: answer) : nil }
        map.owners = [node.port]
        let client = try client(seed: node, maximumPendingCommands: 2)
        let read = RedisCommand("GET", on: [1], effect: .read)
        let kept = Task { try await client.send(read, deadline: inAnHour) }
        let givenUp = Task { try await client.send(read, deadline: inAnHour) }
        try await eventually("both are asked") { node.received.count { $0[0] == "GET" } == 2 }
        let error = await #expect(throws: RedisFailure.self) { try await client.send(read, deadline: inAnHour) }
        #expect(error?.message.hasPrefix("2 commands wait for Redis at") == true && error?.outcome == .notApplied)
        givenUp.cancel()
        _ = await givenUp.result
        answer.open()
        #expect(try await kept.value.text == "late")
        #expect(try await client.send(read, deadline: inAnHour).text == "late")
        #expect(timesLearned(from: node) == 1)
        client.close()
        try await node.close()
    }

    @Test("Commands that come together have the slots learned once, and wait for the answer")
    func manyCommandsLearnOnce() async throws {
        let answer = Gate()
        let server = try await FakeServer { [map] command in
            switch command[0] {
            case "HELLO": .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
            case "CLUSTER": .held(map.answer, until: answer)
            default: nil
            }
        }
        map.owners = [server.port]
        let client = try client(seed: server)
        let read = RedisCommand("GET", on: [1], effect: .read)
        let replies = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<8 { group.addTask { try await client.send(read, deadline: inAnHour).text } }
            try await eventually("the slots are asked for") { timesLearned(from: server) > 0 }
            // This one takes its turn while they are.
            await #expect(throws: RedisFailure.self) {
                try await client.send(read, deadline: .now + .milliseconds(200))
            }
            answer.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(replies == Array(repeating: "OK", count: 8) && timesLearned(from: server) == 1)
        client.close()
        try await server.close()
    }

    @Test("What a node has answered is told, and not that it answers no more")
    func theAnswerIsTold() async throws {
        for timeout in [Duration.seconds(1), .seconds(10), .seconds(100)] {
            let isFirst = Flag()
            let server = try await FakeServer { command in
                switch command[0] {
                case "HELLO": .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
                case "CLUSTER": isFirst.take() ? .bytes("-LOADING wait\r\n") : .silence
                default: nil
                }
            }
            let client = try client(seed: server)
            let error = await #expect(throws: RedisFailure.self) {
                try await client.send(RedisCommand("GET", on: [1], effect: .write), deadline: .now + timeout)
            }
            client.close()
            try await server.close()
            let isTold = error?.message.hasSuffix("answered CLUSTER SLOTS with LOADING wait") == true
            // A machine that is slower than the deadline has another chance.
            if isTold || timeout == .seconds(100) {
                #expect(isTold, "\(String(describing: error))")
                break
            }
        }
    }

    @Test("Trouble that is over isn't told")
    func troubleThatIsOverIsNotTold() async throws {
        for timeout in [Duration.seconds(1), .seconds(10), .seconds(100)] {
            let isFirst = Flag()
            let server = try await FakeServer { command in
                switch command[0] {
                case "HELLO": .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
                // A map that lacks most slots.
                case "CLUSTER":
                    .bytes(isFirst.take() ? "-LOADING wait\r\n" : "*1\r\n*3\r\n:0\r\n:0\r\n*2\r\n$1\r\na\r\n:1\r\n")
                default: nil
                }
            }
            let client = try client(seed: server)
            let error = await #expect(throws: RedisFailure.self) {
                try await client.send(RedisCommand("GET", on: [1], effect: .write), deadline: .now + timeout)
            }
            let asked = timesLearned(from: server)
            client.close()
            try await server.close()
            // A machine that is slower than the deadline has another chance.
            if asked < 3, timeout < .seconds(100) { continue }
            #expect(error?.message.contains("LOADING") == false, "\(String(describing: error))")
            break
        }
    }

    @Test("A cluster that turns the client away is an error at once, and its deadline isn't waited for")
    func aRefusalIsToldAtOnce() async throws {
        let server = try await FakeServer { $0[0] == "HELLO" ? .bytes("-WRONGPASS no\r\n") : nil }
        let client = try client(seed: server)
        let error = await #expect(throws: RedisFailure.self) {
            try await client.send(RedisCommand("GET", on: [1], effect: .read), deadline: .now + .seconds(60))
        }
        let place = "Redis at 127.0.0.1:\(server.port)"
        #expect(error?.message == "\(place): it knows no such user and password (WRONGPASS no); check the URL")
        #expect(error?.outcome == .notApplied && error?.isPermanent == true)
        #expect(server.acceptedConnections == 1)
        client.close()
        try await server.close()
    }

    @Test("A caller who gives up while the slots are learned hears of that, and nothing was applied")
    func theCallerEndsLearning() async throws {
        let silent = try await FakeServer { command in
            switch command[0] {
            case "HELLO": .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
            case "CLUSTER": .silence
            default: nil
            }
        }
        let client = try client(seed: silent)
        let waiting = Task {
            try await client.send(RedisCommand("GET", on: [1], effect: .write), deadline: .now + .seconds(3600))
        }
        try await eventually("the slots are asked for") { timesLearned(from: silent) == 1 }
        waiting.cancel()
        let result = await waiting.result
        let error = #expect(throws: RedisFailure.self) { try result.get() }
        #expect(error?.outcome == .notApplied && error?.message.hasPrefix("cancelled") == true)
        client.close()
        try await silent.close()
    }

    @Test("A client that was closed asks no node and fails, and one that is let go of closes its connections")
    func aClosedClientFails() async throws {
        let node = try await node { _ in nil }
        map.owners = [node.port]
        let read = RedisCommand("GET", on: [1], effect: .read)
        do {
            let client = try client(seed: node)
            _ = try await client.send(read, deadline: inAnHour)
            #expect(node.openConnections == 1)
            client.close()
            let asked = node.received.count
            for _ in 0..<3 {
                let error = await #expect(throws: RedisFailure.self) {
                    try await client.send(read, deadline: inAnHour)
                }
                #expect(error?.outcome == .notApplied && error?.message.contains("was closed") == true)
            }
            #expect(node.received.count == asked && node.acceptedConnections == 1)
            let another = try self.client(seed: node)
            _ = try await another.send(read, deadline: inAnHour)
        }
        try await eventually("the connections are closed") { node.openConnections == 0 }
        #expect(node.acceptedConnections == 2)
        try await node.close()
    }

    @Test("A command ends at its deadline although the nodes say nothing where the slots are")
    func theDeadlineEndsLearning() async throws {
        let silent = try await FakeServer { command in
            switch command[0] {
            case "HELLO": .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
            case "CLUSTER": .silence
            default: nil
            }
        }
        let client = try RedisClusterClient(
            [.init(host: "127.0.0.1", port: silent.port)],
            configuration: .init(
                connections: 1, connectTimeout: .seconds(3600), outageTolerance: .seconds(3600),
                silenceTimeout: .seconds(3600)))
        let error = await #expect(throws: RedisFailure.self) {
            try await client.send(
                RedisCommand("GET", on: [1], effect: .write), deadline: .now + .milliseconds(500))
        }
        #expect(error?.outcome == .notApplied)
        #expect(error?.message.contains("can say which has") == true, "\(String(describing: error))")
        client.close()
        try await silent.close()
    }
}
