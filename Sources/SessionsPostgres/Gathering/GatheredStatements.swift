#if Postgres
    import Sessions
    import SessionsPostgresClient

    /// Runs loads and commits that came together, each kind by one statement.
    struct GatheredStatements: Sendable {
        let commands: any PostgresCommands
        let statements: Statements

        /// Loads the rows of sessions; `nil` for one that there isn't.
        func load(_ loads: [PendingLoad]) async -> [Result<LoadedRow?, SessionError>] {
            let now = ContinuousClock.now
            let late = SessionError(.unavailable, "other loads took all the time that the call may take, while loading")
            // One whose time is over takes none of the others'.
            let timely = loads.filter { now < $0.deadline }
            guard let deadline = timely.map(\.deadline).min() else { return loads.map { _ in .failure(late) } }
            var statement = PostgresStatement(statements.loadTogether, capacity: 32 + timely.count * 20)
            statement.append(uuids: timely.map(\.id.bytes))
            do throws(SessionError) {
                let rows = try await commands.rows(statement, "loading", deadline: deadline)
                var places: [SessionID: Int] = [:]
                for row in 0..<rows.count { places[try RowReader(rows, row: row).id()] = row }
                return loads.map { load in
                    now < load.deadline
                        ? .success(places[load.id].map { LoadedRow(rows: rows, row: $0) }) : .failure(late)
                }
            } catch {
                return loads.map { _ in .failure(error) }
            }
        }

        /// Commits to known rows.
        ///
        /// - Returns: for each the transaction that wrote the new version of its row; `nil` where nothing was applied and
        ///   the commit has to be judged by itself: where the row is another one by now, is locked, or where PostgreSQL
        ///   refused them all for the sake of one
        func commit(_ commits: [KnownCommit]) async -> [Result<UInt32?, SessionError>] {
            var outcomes = [Result<UInt32?, SessionError>](repeating: .success(nil), count: commits.count)
            let sent = Self.fitting(commits)
            let fitting = sent.map { commits[$0] }
            guard let deadline = fitting.map(\.deadline).min() else { return outcomes }
            let statement = statement(fitting)
            do throws(SessionError) {
                for (place, transaction) in try await written(by: statement, deadline: deadline) {
                    outcomes[sent[place]] = .success(transaction)
                }
            } catch {
                for index in sent { outcomes[index] = .failure(error) }
            }
            return outcomes
        }

        /// The places of the rows that a statement changed, and the transaction; none where PostgreSQL refused it.
        private func written(
            by statement: PostgresStatement, deadline: ContinuousClock.Instant
        ) async throws(SessionError) -> [(place: Int, transaction: UInt32)] {
            let answer: PostgresAnswer
            do {
                answer = try await commands.run(statement, deadline: deadline)
            } catch {
                throw SessionError(postgres: error, while: "committing")
            }
            guard case .rows(let rows) = answer else { return [] }
            var written: [(place: Int, transaction: UInt32)] = []
            for row in 0..<rows.count {
                var reader = RowReader(rows, row: row)
                written.append((Int(try reader.integer()) - 1, try reader.transaction()))
            }
            return written
        }

        /// Which commits can stand in one statement.
        ///
        /// Of two to one session the second finds another version, and so does each that knows its row from another server.
        /// One whose time is over takes none of the others'.
        private static func fitting(_ commits: [KnownCommit]) -> [Int] {
            var taken: Set<SessionID> = []
            let (start, now) = (commits.last?.version.serverStart, ContinuousClock.now)
            return commits.indices.filter { index in
                commits[index].version.serverStart == start && now < commits[index].deadline
                    && taken.insert(commits[index].id).inserted
            }
        }

        private func statement(_ commits: [KnownCommit]) -> PostgresStatement {
            let patches = commits.map { AttributePatch($0.changes, writing: $0.record.revision) }
            var statement = PostgresStatement(
                statements.commitTogether, capacity: 256 + patches.reduce(0) { $0 + $1.byteCount + 100 })
            statement.append(uuids: commits.map(\.id.bytes))
            statement.append(transactions: commits.map(\.version.transaction))
            statement.append(millisecondsSince1970: commits.map(\.latest.milliseconds))
            statement.append(commits.last?.version.serverStart)
            statement.append(json: patches.map(\.values))
            statement.append(json: patches.map(\.writes))
            statement.append(commits.map(\.record.lastUsedAt.milliseconds))
            return statement
        }
    }
#endif
