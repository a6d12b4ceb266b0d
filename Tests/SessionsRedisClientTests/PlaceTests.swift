import RedisServers
import Synchronization
import Testing

@testable import SessionsRedisClient

/// A client has places for so many commands; each place is given back, however the command ended.
///
/// A place that is lost is lost until the program ends: after 10,000 of them a client refuses everything.
@Suite(.timeLimit(.minutes(10))) struct PlaceTests {
    private let limit = 5

    private func client(_ server: FakeServer, connectTimeout: Duration = .seconds(60)) throws -> RedisClient {
        try client(port: server.port, connectTimeout: connectTimeout)
    }

    private func client(port: Int, connectTimeout: Duration = .seconds(60)) throws -> RedisClient {
        try RedisClient(
            .init(host: "127.0.0.1", port: port),
            configuration: .init(
                connections: 1, connectTimeout: connectTimeout, maximumPendingCommands: limit,
                silenceTimeout: .seconds(600)))
    }

    private let command = RedisCommand("GET", key: [], effect: .write)

    /// As many commands at once, each tried once.
    private func execute(
        _ count: Int, on client: RedisClient, deadline: Duration = .seconds(600)
    ) -> Task<[PendingCommand.Outcome], Never> {
        Task { [command] in
            await withTaskGroup(of: PendingCommand.Outcome.self) { group in
                for _ in 0..<count {
                    group.addTask { await client.execute(command, deadline: .now + deadline) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
    }

    private func reasons(_ outcomes: [PendingCommand.Outcome]) -> [LinkFailure.Reason?] {
        outcomes.map { if case .failure(let failure) = $0 { failure.reason } else { nil } }
    }

    @Test("As many commands wait as there are places, and the next one is refused at once")
    func theNextOneIsRefused() async throws {
        let answer = Gate()
        let server = try await FakeServer { $0[0] == "GET" ? .held("+fine\r\n", until: answer) : nil }
        let client = try client(server)
        let waiting = execute(limit, on: client)
        try await eventually("all places are taken") { client.takenPlaces == limit }
        #expect(await reasons(execute(2, on: client).value) == [.unaccepted, .unaccepted])
        answer.open()
        #expect(await reasons(waiting.value) == Array(repeating: nil, count: limit))
        #expect(client.takenPlaces == 0)
        client.close()
        try await server.close()
    }

    @Test("The places of commands whose connection was lost are given back")
    func placesComeBackAfterALoss() async throws {
        let left = Mutex(3 * limit)
        let server = try await FakeServer { [limit] command in
            guard command[0] == "GET" else { return nil }
            let number = left.withLock { left in
                left -= 1
                return left
            }
            if number < 0 { return .bytes("+fine\r\n") }
            // The last of each round breaks the connection, with all of them unanswered.
            return number % limit == 0 ? .lastBytes("") : .held("+never\r\n", until: Gate())
        }
        let client = try client(server)
        for _ in 1...3 {
            // One attempt each; a refusal by the pause after a loss would be no loss.
            let outcomes = await execute(limit, on: client).value
            #expect(reasons(outcomes) == Array(repeating: .disconnected, count: limit))
            #expect(client.takenPlaces == 0)
        }
        #expect(await reasons(execute(limit, on: client).value) == Array(repeating: nil, count: limit))
        client.close()
        try await server.close()
    }

    @Test("The places of commands that no connection could be made for are given back")
    func placesComeBackWithoutAConnection() async throws {
        let client = try client(port: RedisProcess.freePort())
        for _ in 1...5 {
            // The first waits for the connection, later ones may be refused by the pause after a failure.
            let outcomes = await execute(limit, on: client).value
            #expect(reasons(outcomes) == Array(repeating: .disconnected, count: limit))
            #expect(client.takenPlaces == 0)
        }
        client.close()
    }

    @Test("The places of commands that waited for a greeting which never came are given back")
    func placesComeBackWithoutAGreeting() async throws {
        let server = try await FakeServer { $0[0] == "HELLO" ? .silence : nil }
        let client = try client(server, connectTimeout: .milliseconds(300))
        #expect(await reasons(execute(limit, on: client).value) == Array(repeating: .disconnected, count: limit))
        #expect(client.takenPlaces == 0)
        client.close()
        try await server.close()
    }

    @Test("A command whose caller gave up before it was sent is never sent, and its place is given back")
    func placesOfUnsentCommandsComeBack() async throws {
        let greeting = Gate()
        let server = try await FakeServer {
            $0[0] == "HELLO" ? .held(FakeServer.healthy($0), until: greeting) : nil
        }
        // Longer than any machine takes until the greeting is let go.
        let client = try client(server, connectTimeout: .seconds(300))
        let waiting = execute(limit - 1, on: client)
        try await eventually("they wait for the greeting") { client.takenPlaces == limit - 1 }
        waiting.cancel()
        #expect(await reasons(waiting.value) == Array(repeating: .cancelled, count: limit - 1))
        let last = execute(1, on: client)
        try await eventually("another one waits") { client.takenPlaces == limit }
        greeting.open()
        #expect(await reasons(last.value) == [nil])
        #expect(client.takenPlaces == 0)
        #expect(server.received.count { $0[0] == "GET" } == 1)
        client.close()
        try await server.close()
    }

    @Test("A command whose caller gave up after it was sent keeps its place until its answer came")
    func placesOfSentCommandsAreKept() async throws {
        let answer = Gate()
        let server = try await FakeServer { $0[0] == "GET" ? .held("+late\r\n", until: answer) : nil }
        let client = try client(server)
        let waiting = execute(limit, on: client)
        try await eventually("all were sent") { server.received.count { $0[0] == "GET" } == limit }
        waiting.cancel()
        #expect(await reasons(waiting.value) == Array(repeating: .cancelled, count: limit))
        #expect(client.takenPlaces == limit)
        #expect(await reasons(execute(1, on: client).value) == [.unaccepted])
        answer.open()
        try await eventually("the answers came") { client.takenPlaces == 0 }
        client.close()
        try await server.close()
    }

    @Test("Closing gives all places back, and refuses what comes later as closed", arguments: ["HELLO", "GET"])
    func closingGivesPlacesBack(_ silent: String) async throws {
        let server = try await FakeServer { $0[0] == silent ? .silence : nil }
        let client = try client(server)
        let waiting = execute(limit, on: client)
        try await eventually("they wait") {
            client.takenPlaces == limit && server.received.contains { $0[0] == silent }
        }
        client.close()
        #expect(await reasons(execute(1, on: client).value) == [.closed])
        #expect(await reasons(waiting.value) == Array(repeating: .closed, count: limit))
        #expect(client.takenPlaces == 0)
        try await eventually("the connection is closed") { server.openConnections == 0 }
        try await server.close()
    }
}
