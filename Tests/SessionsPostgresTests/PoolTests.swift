#if Postgres
    import Foundation
    import PostgresServers
    import Testing

    @testable import SessionsPostgresClient

    /// How callers and the thread that waits for connections hand over to each other.
    @Suite("The pool of the PostgreSQL client", .timeLimit(.minutes(10)))
    struct PoolTests {
        private func isReadable(_ inbox: Inbox) -> Bool {
            var descriptor = pollfd(fd: inbox.descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&descriptor, 1, 0) == 1
        }

        @Test("A thread that waits without end is woken for the next statement alone, so that its deadline is watched")
        func parked() async throws {
            let inbox = Inbox(maximumPending: 3)
            let configuration = PostgresClientConfiguration()
            // Nothing listens there, and connecting is no matter of this test.
            let target = try ConnectionTarget("postgres://u@127.0.0.1:1/d", configuration)
            let pool = Pool(inbox, target, configuration)
            let query = PostgresQuery("SELECT 1", effect: .read)
            var wakes: [Bool] = []
            _ = await withUnsafeContinuation { (continuation: UnsafeContinuation<PendingStatement.Outcome, Never>) in
                #expect(pool.turn(Polled())?.timeout == -1)
                for _ in 0..<2 {
                    let deadline = ContinuousClock.now + .seconds(300)
                    _ = inbox.submit(PendingStatement(PostgresStatement(query), deadline: deadline, continuation))
                    #expect(inbox.hasStatements)
                    wakes.append(pool.sendSubmitted())
                    #expect(!inbox.hasStatements)
                }
                // What waits has a deadline, and so has the thread's wait.
                #expect(pool.turn(Polled())?.timeout == 20)
                inbox.close()
                #expect(pool.turn(Polled()) == nil && pool.takeAnswers().count == 2)
                continuation.resume(returning: .success(.rows(PostgresRows([]))))
            }
            #expect(wakes == [true, false])
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

        @Test("All wakes before the thread looks end one wait, and the next wake ends the next one")
        func wakes() {
            let inbox = Inbox(maximumPending: 1)
            #expect(!isReadable(inbox))
            inbox.wake()
            inbox.wake()
            #expect(isReadable(inbox))
            inbox.clear()
            #expect(!isReadable(inbox))
            inbox.wake()
            #expect(isReadable(inbox))
            inbox.clear()
            inbox.close()
            #expect(isReadable(inbox) && inbox.take().isClosed)
        }
    }
#endif
