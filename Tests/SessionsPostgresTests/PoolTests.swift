#if Postgres
    import Foundation
    import PostgresServers
    import RedisServers
    import Testing

    @testable import SessionsPostgresClient

    /// How callers and the thread that waits for connections hand over to each other.
    @Suite("The pool of the PostgreSQL client", .timeLimit(.minutes(10)))
    struct PoolTests {
        @Test("A thread that waits without end is woken for the next statement alone, so that its deadline is watched")
        func parked() async throws {
            let inbox = Inbox(maximumPending: 3)
            let configuration = PostgresClientConfiguration()
            // Nothing listens there, and connecting is no matter of this test.
            let target = try ConnectionTarget("postgres://u@127.0.0.1:1/d", configuration)
            let pool = Pool(inbox, target, configuration)
            var wakes: [Bool] = []
            await withStatements(Array(repeating: .now + .seconds(300), count: 2)) { statements in
                #expect(pool.turn(Polled())?.timeout == -1)
                for statement in statements {
                    _ = inbox.submit(statement)
                    #expect(inbox.hasStatements)
                    wakes.append(pool.sendSubmitted())
                    #expect(!inbox.hasStatements)
                }
                // What waits has a deadline, and so has the thread's wait.
                #expect(pool.turn(Polled())?.timeout == 20)
                inbox.close()
                #expect(pool.turn(Polled()) == nil && pool.takeAnswers().count == 2)
            }
            #expect(wakes == [true, false])
        }

        @Test("After an attempt to connect has failed, the next one is made when its pause is over, and not before")
        func pause() async throws {
            let closed = try TakenPort(listens: false)
            let (inbox, uptime) = (Inbox(maximumPending: 1), TestUptime())
            let configuration = PostgresClientConfiguration()
            let target = try ConnectionTarget("postgres://u@127.0.0.1:\(closed.number)/d", configuration)
            let pool = Pool(inbox, target, configuration, uptime: { uptime.now })
            var connecting: [Int] = []
            await withStatements([uptime.now + .seconds(300)]) { statements in
                _ = inbox.submit(statements[0])
                _ = pool.sendSubmitted()
                connecting.append(pool.connecting)
                #expect(inbox.isReadable(within: 60_000))
                // It was refused; the pause is of 10 to 20 ms.
                for milliseconds in [0, 9, 11] {
                    uptime.pass(.milliseconds(milliseconds))
                    _ = pool.turn(Polled())
                    connecting.append(pool.connecting)
                }
                inbox.close()
                #expect(pool.turn(Polled()) == nil && pool.takeAnswers().count == 1)
            }
            #expect(connecting == [1, 0, 0, 1])
        }

        #if os(Linux)
            @Test("On Linux the thread that receives answers lets others finish what they have in hand")
            func scheduling() async throws {
                let client = try await PostgresClient(TestPostgres.shared.url())
                _ = try await client.rows("SELECT 1", effect: .read)
                let folder = "/proc/self/task"
                let policies = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { thread in
                    // It may have ended. The policy is field 41, where the name in parentheses is the second.
                    let stat = try? String(contentsOfFile: "\(folder)/\(thread)/stat", encoding: .utf8)
                    return stat.flatMap { stat in
                        stat.lastIndex(of: ")").map { String(stat[$0...].split(separator: " ")[39]) }
                    }
                }
                client.close()
                // SCHED_BATCH, which no other thread of the tests has.
                #expect(policies.contains("3") && policies.contains("0"), "\(policies)")
            }
        #endif

        @Test(
            "Eight reads share a connection while others are idle; a write goes to one that is, or has the least to do")
        func sharing() async throws {
            let database = Database(server: try await TestPostgres.shared, name: try await TestPostgres.freshDatabase())
            let client = try PostgresClient(
                database.url,
                configuration: .init(
                    maximumConnections: 3, connectTimeout: .seconds(60), statementTimeout: .seconds(300)))
            // Each takes the connection that is idle, so that another one is opened.
            let first = try await AdvisoryGate(in: database)
            var tasks: [Task<Void, any Error>] = []
            func send(_ effect: PostgresQuery.Effect, thenSent counts: [Int]) async throws {
                tasks.append(Task { _ = try await client.rows(AdvisoryGate.passing, effect: effect) })
                try await eventually("\(counts) are sent") { client.sentByConnection == counts }
            }
            for counts in [[1, 0], [1, 1, 0], [1, 1, 1]] { try await send(.write, thenSent: counts) }
            try await first.open()
            for task in tasks { try await task.value }
            tasks = []

            let second = try await AdvisoryGate(in: database)
            for count in 1...8 { try await send(.read, thenSent: [count, 0, 0]) }
            try await send(.read, thenSent: [8, 1, 0])
            try await send(.write, thenSent: [8, 1, 1])
            try await send(.write, thenSent: [8, 2, 1])
            try await send(.read, thenSent: [8, 2, 2])
            try await second.open()
            for task in tasks { try await task.value }
            tasks = []

            // As before, once those are answered.
            let third = try await AdvisoryGate(in: database)
            for count in 1...2 { try await send(.read, thenSent: [count, 0, 0]) }
            try await third.open()
            for task in tasks { try await task.value }
            client.close()
        }

        @Test("As many statements are taken as may wait, the first one starts the thread, and after the end none is")
        func inbox() async {
            let inbox = Inbox(maximumPending: 1)
            /// - Returns: what became of it, and what it was answered, at once or by this
            func submit() async -> (Inbox.Submission, String) {
                var submission: Inbox.Submission?
                let outcome = await withUnsafeContinuation { continuation in
                    let query = PostgresQuery("SELECT 1", effect: .read)
                    let statement = PendingStatement(
                        PostgresStatement(query), deadline: .now + .seconds(300), continuation)
                    submission = inbox.submit(statement)
                    guard case .taken? = submission else { return }
                    inbox.settle(statement, .failure(PostgresFailure(.notApplied, "settled")))
                }
                guard case .failure(let failure) = outcome, let submission else { return (.refused, "") }
                return (submission, failure.message)
            }
            var starts: [Bool] = []
            for _ in 0..<3 {
                let (submission, text) = await submit()
                if case .taken(let startsThread) = submission { starts.append(startsThread) }
                #expect(text == "settled")
            }
            #expect(starts == [true, false, false] && inbox.takeStatements().count == 3)
            #expect(!inbox.hasStatements && inbox.take().statements.isEmpty)
            let problem = ConnectProblem("none", isPermanent: false)
            #expect(inbox.deliver(.failure(problem)) && inbox.take().sockets.count == 1)
            #expect(inbox.take().sockets.isEmpty)
            inbox.close()
            #expect(!inbox.deliver(.failure(problem)) && inbox.take().sockets.isEmpty)
            for _ in 0..<2 { #expect(await submit().1 == "the client of PostgreSQL is closed") }
        }

        @Test("All wakes before the thread looks end one wait, and the next wake ends the next one")
        func wakes() {
            let inbox = Inbox(maximumPending: 1)
            #expect(!inbox.isReadable())
            inbox.wake()
            inbox.wake()
            #expect(inbox.isReadable())
            inbox.clear()
            #expect(!inbox.isReadable())
            inbox.wake()
            #expect(inbox.isReadable())
            inbox.clear()
            inbox.close()
            #expect(inbox.isReadable() && inbox.take().isClosed)
        }
    }
#endif
