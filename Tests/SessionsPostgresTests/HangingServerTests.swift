#if Postgres
    import Foundation
    import PostgresServers
    import RedisServers
    import Synchronization
    import Testing

    @testable import SessionsPostgresClient

    /// Servers that are there and don't answer, and connections that end.
    @Suite("The PostgreSQL client and servers that hang", .timeLimit(.minutes(10)))
    struct HangingServerTests {
        private func withClient(
            connections: Int, statements: Int = 32,
            uptime: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
            _ body: (PostgresClient, Database) async throws -> Void
        ) async throws {
            let database = Database(server: try await TestPostgres.shared, name: try await TestPostgres.freshDatabase())
            let configuration = PostgresClientConfiguration(
                maximumConnections: connections, maximumStatementsPerConnection: statements,
                connectTimeout: .seconds(60), statementTimeout: .seconds(300))
            let client = try PostgresClient(database.url, configuration: configuration, uptime: uptime)
            try await body(client, database)
            client.close()
        }

        private func connections(to database: Database) throws -> Int {
            Int(
                try database.sql(
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE application_name = 'swift-sessions' AND datname = current_database()
                    """)) ?? -1
        }

        /// Runs `body` while the server's process of a connection is stopped.
        private func stopping(_ client: PostgresClient, _ body: () async throws -> Void) async throws {
            let process = try #require(pid_t(try await client.rows("SELECT pg_backend_pid()::text").text() ?? ""))
            kill(process, SIGSTOP)
            defer { kill(process, SIGCONT) }
            try await body()
        }

        @Test(
            "A connection that gives no answer for a second longer is given up, and the next statement gets another one"
        )
        func stuck() async throws {
            let uptime = TestUptime()
            try await withClient(connections: 1, uptime: { uptime.now }) { client, _ async throws in
                try await stopping(client) { () async throws in
                    let deadline = uptime.now + .seconds(2)
                    async let late = failure { _ = try await client.rows("SELECT 1", effect: .read, until: deadline) }
                    try await eventually("it is sent") { client.statements == (queued: 0, sent: 1) }
                    uptime.pass(.seconds(2))
                    let failed = await late
                    #expect(failed?.outcome == .notApplied && failed?.message.contains("no answer in time") == true)
                    // One that is overdue is answered where deadlines were looked at.
                    func look() async { _ = await failure { _ = try await client.rows("SELECT 1", until: uptime.now) } }
                    uptime.pass(.seconds(1))
                    await look()
                    #expect(client.sentByConnection == [0])
                    uptime.pass(.milliseconds(20))
                    await look()
                    #expect(client.sentByConnection == [])
                    let answer = try await uptime.passing { try await client.rows("SELECT 'here'").text() }
                    #expect(answer == "here")
                }
            }
        }

        @Test("Nothing is sent behind a statement that its caller has given up")
        func heldUp() async throws {
            let uptime = TestUptime()
            try await withClient(connections: 2, uptime: { uptime.now }) { client, _ async throws in
                try await stopping(client) { () async throws in
                    let deadline = uptime.now + .seconds(2)
                    async let late = failure { _ = try await client.rows("SELECT 1", until: deadline) }
                    try await eventually("it is sent") { client.statements == (queued: 0, sent: 1) }
                    uptime.pass(.seconds(2))
                    #expect(await late?.outcome == .unknown)
                    // Each is a write, which the loss of the connection would leave unknown.
                    let failures = await uptime.passing {
                        await withTaskGroup(of: PostgresFailure?.self) { group in
                            for _ in 0..<40 {
                                group.addTask { await failure { _ = try await client.rows("SELECT 1") } }
                            }
                            return await group.reduce(into: 0) { $0 += $1 == nil ? 0 : 1 }
                        }
                    }
                    #expect(failures == 0)
                }
            }
        }

        @Test("No more statements are under way on a connection than may be: the next one waits here, and is not sent")
        func perConnection() async throws {
            let uptime = TestUptime()
            try await withClient(connections: 1, statements: 2, uptime: { uptime.now }) {
                client, database async throws in
                let gate = try await AdvisoryGate(in: database)
                async let first = client.rows(AdvisoryGate.passing)
                try await eventually("one waits in the server") { try database.waiting("advisory") == 1 }
                // One of these goes behind it, and may be applied later. The other one stays here until its time is over.
                let deadline = uptime.now + .seconds(5)
                async let second = failure { _ = try await client.rows(AdvisoryGate.passing, until: deadline) }
                async let third = failure { _ = try await client.rows(AdvisoryGate.passing, until: deadline) }
                try await eventually("all are sent, or wait here") {
                    let (queued, sent) = client.statements
                    return queued + sent == 3
                }
                #expect(client.statements == (queued: 1, sent: 2))
                uptime.pass(.seconds(5))
                let failures = await [second, third].compactMap(\.self)
                #expect(Set(failures.map(\.outcome)) == [.unknown, .notApplied], "\(failures)")
                #expect(failures.contains { $0.message.contains("all 1 connections") })
                try await gate.open()
                _ = try await first
            }
        }

        @Test("A connection that was lost is no reason for anything once another one is there")
        func replaced() async throws {
            let uptime = TestUptime()
            try await withClient(connections: 1, statements: 1, uptime: { uptime.now }) {
                client, database async throws in
                _ = try await client.rows("SELECT 1")
                // Returns once it is gone.
                try database.sql(
                    """
                    SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
                    WHERE application_name = 'swift-sessions' AND datname = current_database()
                    """)
                // A read, which is asked again wherever the loss is noticed.
                let answer = try await uptime.passing { try await client.rows("SELECT 'here'", effect: .read).text() }
                #expect(answer == "here")
                let gate = try await AdvisoryGate(in: database)
                async let first = client.rows(AdvisoryGate.passing)
                try await eventually("one waits in the server") { try database.waiting("advisory") == 1 }
                let deadline = uptime.now + .seconds(5)
                async let second = failure { _ = try await client.rows("SELECT 1", until: deadline) }
                try await eventually("the other one waits here") { client.statements == (queued: 1, sent: 1) }
                uptime.pass(.seconds(5))
                #expect(
                    await second?.message == "all 1 connections to PostgreSQL are busy; raise maximumConnections, or "
                        + "find out why it is slow in pg_stat_activity")
                try await gate.open()
                _ = try await first
            }
        }

        @Test("A server that takes a connection and says nothing costs a caller its deadline, and the error says so")
        func silent() async throws {
            let listener = try SilentListener()
            let url = "postgres://u@127.0.0.1:\(listener.port)/d?sslmode=disable"
            let uptime = TestUptime()
            let client = try PostgresClient(
                url, configuration: .init(connectTimeout: .seconds(300)), uptime: { uptime.now })
            let deadline = uptime.now + .milliseconds(100)
            async let late = failure { _ = try await client.rows("SELECT 1", effect: .write, until: deadline) }
            try await eventually("it connects") { listener.connections == 1 }
            uptime.pass(.milliseconds(100))
            // Nothing was sent, so also a write is not applied.
            let failed = try #require(await late)
            #expect(failed.outcome == .notApplied)
            #expect(failed.message.contains("connecting to PostgreSQL took longer"), "\(failed)")
            // libpq gives the host up after two seconds at the earliest.
            let later = try PostgresClient(url, configuration: .init(connectTimeout: .milliseconds(1)))
            try await eventually("the attempt to connect is given up") {
                let late = await failure { _ = try await later.rows("SELECT 1", until: .now + .milliseconds(100)) }
                return late?.message.contains("timeout expired") == true
            }
            client.close()
            later.close()
        }

        @Test("A server that takes a connection and doesn't say what it is loses it after the time for connecting")
        func ungreeted() async throws {
            let listener = try SilentListener(greets: true)
            let (inbox, uptime) = (Inbox(maximumPending: 1), TestUptime())
            let configuration = PostgresClientConfiguration(connectTimeout: .seconds(60))
            let target = try ConnectionTarget(
                "postgres://u@127.0.0.1:\(listener.port)/d?sslmode=disable", configuration)
            let pool = Pool(inbox, target, configuration, uptime: { uptime.now })
            var links: [Int] = []
            await withStatements([uptime.now + .seconds(300)]) { statements in
                _ = inbox.submit(statements[0])
                _ = pool.sendSubmitted()
                for _ in 0..<3000 where !inbox.isReadable(within: 20) { _ = listener.connections }
                // A second longer, to the tick at which deadlines are looked at.
                for span in [Duration.zero, .seconds(61), .milliseconds(20)] {
                    uptime.pass(span)
                    _ = pool.turn(Polled())
                    links.append(pool.links.count)
                }
                inbox.close()
                #expect(pool.turn(Polled()) == nil && pool.takeAnswers().count == 1)
            }
            #expect(links == [1, 1, 0])
            // It is not the client alone that has forgotten it.
            #expect(listener.haveEnded(within: 60_000))
        }

        @Test("A connection that comes about after its client was closed is ended at once")
        func connectedTooLate() async throws {
            let listener = try SilentListener(greets: true)
            let client = try PostgresClient(
                "postgres://u@127.0.0.1:\(listener.port)/d?sslmode=disable",
                configuration: .init(connectTimeout: .seconds(300)))
            async let waiting = failure { _ = try await client.rows("SELECT 1") }
            try await eventually("a connection is being made") { client.connecting == 1 }
            client.close()
            #expect(await waiting?.outcome == .notApplied)
            // Only now it is let in.
            try await eventually("it connects") { listener.connections == 1 }
            #expect(listener.haveEnded(within: 60_000))
        }

        @Test("Where a further connection can't be made, for good, what waits goes on waiting for those that there are")
        func noFurther() async throws {
            try await withClient(connections: 1, statements: 1) { client, database async throws in
                let gate = try await AdvisoryGate(in: database)
                async let first = client.rows(AdvisoryGate.passing)
                try await eventually("one waits in the server") { try database.waiting("advisory") == 1 }
                async let second = failure { _ = try await client.rows("SELECT 1") }
                try await eventually("the other one waits here") { client.statements == (queued: 1, sent: 1) }
                // As from a thread that was to make one, which the pool hasn't counted.
                let problem = ConnectProblem("the password is another one by now", isPermanent: true)
                #expect(client.loop.inbox.deliver(.failure(problem)))
                try await eventually("the pool has heard of it") { client.connecting == -1 }
                try await gate.open()
                _ = try await first
                let failed = await second
                #expect(failed == nil, "\(failed as Any)")
            }
        }

        @Test("Four connections are made at a time, however many statements wait", arguments: [1, 2, 4, 5, 20])
        func connecting(_ statements: Int) async throws {
            let listener = try SilentListener()
            let client = try PostgresClient(
                "postgres://u@127.0.0.1:\(listener.port)/d?sslmode=disable",
                configuration: .init(connectTimeout: .seconds(60)))
            try await withThrowingTaskGroup(of: PostgresFailure?.self) { group in
                for _ in 1...statements {
                    group.addTask { await failure { _ = try await client.rows("SELECT 1") } }
                }
                let most = min(statements, 4)
                try await eventually("connections are made") { listener.connections == most }
                // Ends in time although it waits with the others, and another connection would be there by then.
                let late = await failure { _ = try await client.rows("SELECT 1", until: .now + .milliseconds(200)) }
                #expect(late?.outcome == .notApplied)
                #expect((most...4).contains(listener.connections) && listener.connections <= statements + 1)
                client.close()
                for try await failure in group { #expect(failure?.outcome == .notApplied) }
            }
        }

        @Test("A server that has become read-only is left for another connection, and the statement is sent again")
        func readOnly() async throws {
            try await withClient(connections: 1) { client, database async throws in
                try database.sql("CREATE TABLE t (n int)")
                let before = try await client.rows("SELECT pg_backend_pid()::text").text()
                _ = try await client.rows("SET default_transaction_read_only = on")
                _ = try await client.rows("INSERT INTO t VALUES (1)")
                #expect(try database.sql("SELECT count(*) FROM t") == "1")
                #expect(try await client.rows("SELECT pg_backend_pid()::text").text() != before)
            }
        }

        @Test("A connection that has become read-only gets no more statements, though some of it are under way")
        func retired() async throws {
            try await withClient(connections: 2) { client, database async throws in
                try database.sql("CREATE SEQUENCE s")
                _ = try await client.rows("SELECT 1")
                try await eventually("both connections are there") { client.sentByConnection == [0, 0] }
                _ = try await client.rows("SET default_transaction_read_only = on")
                let gate = try await AdvisoryGate(in: database)
                // As reads, which share a connection.
                async let first = client.rows(
                    "SELECT nextval('s')::text FROM pg_advisory_xact_lock_shared(7)", effect: .read)
                try await eventually("the first waits in the server") { try database.waiting("advisory") == 1 }
                async let second = client.rows(AdvisoryGate.passing, effect: .read)
                try await eventually("the second is sent behind it") { client.sentByConnection == [2, 0] }
                // It closes when the first has passed, before the second.
                async let next = AdvisoryGate(in: database)
                try await eventually("the next gate waits, too") { try database.waiting("advisory") == 2 }
                try await gate.open()
                try await eventually("the first was refused") { client.retired == 1 }
                // It was sent again at once, over the other connection.
                #expect(client.sentByConnection == [1, 1])
                try await next.open()
                _ = try await second
                #expect(try await first.text() == "1")
            }
        }

        @Test("After a read that its caller gave up a connection is as before: no read goes behind a write there")
        func givenUp() async throws {
            let uptime = TestUptime()
            try await withClient(connections: 2, uptime: { uptime.now }) { client, database async throws in
                let process = try await client.rows("SELECT pg_backend_pid()::text").text()
                try await eventually("both connections are there") { client.sentByConnection == [0, 0] }
                let gate = try await AdvisoryGate(in: database)
                let deadline = uptime.now + .seconds(5)
                async let late = failure {
                    _ = try await client.rows(AdvisoryGate.passing, effect: .read, until: deadline)
                }
                try await eventually("a read waits in the server") { try database.waiting("advisory") == 1 }
                uptime.pass(.seconds(5))
                #expect(await late?.outcome == .notApplied)
                try await gate.open()
                try await eventually("its connection is used again") {
                    try await client.rows("SELECT pg_backend_pid()::text").text() == process
                }
                let other = try await AdvisoryGate(in: database)
                async let write = client.rows(AdvisoryGate.passing)
                try await eventually("a write is under way there") { client.sentByConnection == [1, 0] }
                async let read = client.rows(AdvisoryGate.passing, effect: .read)
                try await eventually("a read is sent, too") { client.statements == (queued: 0, sent: 2) }
                #expect(client.sentByConnection == [1, 1])
                try await other.open()
                _ = try await write
                _ = try await read
            }
        }

        @Test("Closing answers what is under way and what waits, and ends the connections", arguments: [true, false])
        func closing(_ isExplicit: Bool) async throws {
            let database = Database(server: try await TestPostgres.shared, name: try await TestPostgres.freshDatabase())
            let configuration = PostgresClientConfiguration(
                maximumConnections: 1, maximumStatementsPerConnection: 1, connectTimeout: .seconds(60),
                statementTimeout: .seconds(300))
            if isExplicit {
                let client = try PostgresClient(database.url, configuration: configuration)
                let gate = try await AdvisoryGate(in: database)
                async let underWay = failure { _ = try await client.rows(AdvisoryGate.passing) }
                try await eventually("one is under way") { try database.waiting("advisory") == 1 }
                async let queued = failure { _ = try await client.rows(AdvisoryGate.passing) }
                try await eventually("one waits here") { client.statements == (queued: 1, sent: 1) }
                client.close()
                let outcomes = await [underWay?.outcome, queued?.outcome]
                #expect(outcomes == [.unknown, .notApplied])
                try await gate.open()
            } else {
                _ = try await PostgresClient(database.url, configuration: configuration).rows("SELECT 1")
            }
            try await eventually("the connections end") { try self.connections(to: database) == 0 }
        }
    }

    /// A socket that takes connections, which nothing ever reads.
    private final class SilentListener: Sendable {
        private let socket: TakenPort
        /// What it says to each when that is asked for: that the user is let in, and that it is ready for a statement.
        private let greeting: [UInt8]
        private let taken = Mutex<[Int32]>([])

        var port: Int { socket.number }

        /// How many connections it has been asked for.
        var connections: Int {
            taken.withLock { taken in
                while case let next = accept(socket.descriptor, nil, nil), next >= 0 {
                    taken.append(next)
                    if !greeting.isEmpty { _ = write(next, greeting, greeting.count) }
                }
                return taken.count
            }
        }

        /// Whether those that were taken are ended from the other side, each within so many milliseconds.
        func haveEnded(within milliseconds: Int32) -> Bool {
            taken.withLock { taken in
                taken.allSatisfy { descriptor in
                    var bytes = [UInt8](repeating: 0, count: 4096)
                    var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                    while poll(&polled, 1, milliseconds) == 1 {
                        // What was sent comes before the end.
                        if recv(descriptor, &bytes, bytes.count, 0) <= 0 { return true }
                    }
                    return false
                }
            }
        }

        /// - Parameter greets: whether connecting comes to its end, before the first statement
        init(greets: Bool = false) throws {
            greeting = greets ? [0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49] : []
            socket = try TakenPort(listens: true)
            guard fcntl(socket.descriptor, F_SETFL, O_NONBLOCK) == 0 else { throw POSIXError(.EINVAL) }
        }

        deinit { for descriptor in taken.withLock({ $0 }) { close(descriptor) } }
    }
#endif
