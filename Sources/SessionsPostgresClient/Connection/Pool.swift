#if Postgres
    import Foundation

    /// The connections, and what waits for one of them; used by one thread at a time.
    ///
    /// Only the pool's own thread adds and closes connections, because it waits for them without the lock.
    final class Pool {
        private let inbox: Inbox
        private let target: ConnectionTarget
        private let configuration: PostgresClientConfiguration
        private let uptime: @Sendable () -> ContinuousClock.Instant
        private(set) var links: [Link] = []
        private(set) var queue = StatementQueue()
        private var answers: [(PendingStatement, PendingStatement.Outcome)] = []
        /// Threads that are making a connection.
        private(set) var connecting = 0
        private var backoff = Backoff()
        /// Whether there was a connection of use: from then on, a server that is no primary may become one again.
        private var hasBeenReady = false
        private var nextCheck: ContinuousClock.Instant
        /// Whether something was sent since the thread's last turn.
        private var hasSent = false
        /// Whether the thread waits without end, and must be woken to watch a deadline.
        private var isParked = false

        /// Connections that are made at a time.
        private static let maximumConnecting = 4
        /// Reads that share a connection while others are idle.
        private static let readsTogether = 8
        /// How exactly deadlines are kept, in milliseconds.
        private static let tick = 20

        init(
            _ inbox: Inbox, _ target: ConnectionTarget, _ configuration: PostgresClientConfiguration,
            uptime: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
        ) {
            self.inbox = inbox
            self.target = target
            self.configuration = configuration
            self.uptime = uptime
            nextCheck = uptime()
        }

        /// Sends what callers have handed over, as far as connections are free.
        ///
        /// - Returns: whether the thread must be woken
        func sendSubmitted() -> Bool {
            for statement in inbox.takeStatements() { queue.append(statement) }
            let isStuck = dispatch().contains { $0.isBroken || $0.hasUnsent }
            openConnections(at: uptime())
            defer { isParked = false }
            return isParked || isStuck
        }

        /// Does all that is to be done by the thread, and returns what to wait for next; `nil` once the inbox is closed.
        func turn(_ polled: Polled) -> Polled? {
            isParked = false
            for (index, link) in links.enumerated().reversed() where polled.isReady(index) { receive(link) }
            let contents = inbox.take()
            for statement in contents.statements { queue.append(statement) }
            for socket in contents.sockets { adopt(socket) }
            if contents.isClosed {
                closeAll()
                return nil
            }
            let now = uptime()
            loseBroken()
            if nextCheck <= now { checkDeadlines(at: now) }
            _ = dispatch()
            openConnections(at: now)
            isParked = !hasSent && queue.isEmpty && links.allSatisfy { $0.flights.isEmpty && !$0.isRetired }
            hasSent = false
            let isSoon = links.contains(where: \.isBroken)
            return Polled(
                inbox: inbox.descriptor, links: links, timeout: isSoon ? 0 : isParked ? -1 : Int32(Self.tick))
        }

        /// What was answered since the last call, for the callers to be told once the lock is free.
        func takeAnswers() -> [(PendingStatement, PendingStatement.Outcome)] {
            defer { answers = [] }
            return answers
        }
    }

    // Sending.
    extension Pool {
        /// - Returns: the connections that it sent something over
        private func dispatch() -> [Link] {
            guard !queue.isEmpty else { return [] }
            var filled: [Link] = []
            while let next = queue.first, let link = link(forRead: next.isRead) {
                _ = queue.popFirst()
                link.send(next)
                if !filled.contains(where: { $0 === link }) { filled.append(link) }
            }
            hasSent = hasSent || !filled.isEmpty
            for link in filled { link.flush() }
            return filled
        }

        /// The connection to send a statement over.
        ///
        /// A write goes to the one with the least to do, because what is behind it waits for its flush. Reads go together, so
        /// that a process of the server answers several of them whenever it wakes. The first ones are used most, since their
        /// processes have at hand what they need.
        private func link(forRead isRead: Bool) -> Link? {
            var idlest: (link: Link, count: Int)?
            for link in links {
                let count = link.flights.count
                guard count < configuration.maximumStatementsPerConnection, link.takesStatements else { continue }
                if isRead ? link.isReading && count < Self.readsTogether : count == 0 { return link }
                if idlest.map({ count < $0.count }) ?? true { idlest = (link, count) }
            }
            return idlest?.link
        }

        /// Opens one connection more where all have something to do.
        private func openConnections(at now: ContinuousClock.Instant) {
            guard links.count + connecting < configuration.maximumConnections,
                !links.contains(where: { $0.flights.isEmpty && !$0.isRetired })
            else { return }
            let isAnyBusy = links.contains { $0.isReady && !$0.flights.isEmpty }
            let inMaking = connecting + links.count { !$0.isReady }
            guard !queue.isEmpty || isAnyBusy, inMaking < min(max(queue.count, 1), Self.maximumConnecting),
                backoff.isOver(at: now)
            else { return }
            connecting += 1
            Thread.detachNewThread { [inbox, target] in
                let socket = target.connect()
                if !inbox.deliver(socket), case .success(let socket) = socket { Link(socket).close() }
            }
        }

        private func adopt(_ socket: Result<Socket, ConnectProblem>) {
            connecting -= 1
            switch socket {
            case .failure(let problem):
                failed(problem)
            case .success(let socket):
                let link = Link(socket)
                links.append(link)
                let deadline = uptime() + configuration.connectTimeout
                link.greet(configuration, deadline: deadline)
            }
        }

        private func failed(_ problem: ConnectProblem) {
            backoff.failed(problem, at: uptime())
            guard problem.isPermanent, !links.contains(where: \.isReady) else { return }
            // What waits can't be helped before an operator does something.
            while let statement = queue.popFirst() {
                answer(statement, .failure(PostgresFailure(.notApplied, problem.message, isPermanent: true)))
            }
        }
    }

    // Receiving.
    extension Pool {
        private func receive(_ link: Link) {
            // Both may be needed for either, as TLS has it.
            link.receive(settle)
            if link.hasUnsent { link.flush() }
            if let refusal = link.refusal {
                failed(ConnectProblem(refusal, isPermanent: !hasBeenReady))
                lose(link)
            } else if link.isBroken || (link.isRetired && link.flights.isEmpty) {
                lose(link)
            } else if link.isReady {
                backoff = Backoff()
                hasBeenReady = true
            }
        }

        private func answer(_ statement: PendingStatement, _ outcome: PendingStatement.Outcome) {
            answers.append((statement, outcome))
        }

        /// Answers a caller, or lets its statement be sent again where the server didn't begin it.
        private func settle(_ flight: Link.Flight) {
            guard let pending = flight.pending else { return }
            switch flight.answer {
            case .error(let error)? where error.code == "26000" || error.code == "25006":
                // The statement was never begun: no such preparation, or the server is no primary any more.
                if error.code == "25006" {
                    backoff.failed(
                        ConnectProblem("\(error); the URL must name the primary", isPermanent: false), at: uptime())
                }
                queue.putBack(pending)
            case let answered?:
                answer(pending, .success(answered))
            case nil:
                answer(
                    pending,
                    .failure(PostgresFailure(.unknown, "PostgreSQL gave an answer that libpq could not read")))
            }
        }

        private func loseBroken() {
            for link in links where link.isBroken { lose(link) }
        }

        /// Gives a connection up; reads are asked again on another one.
        private func lose(_ link: Link) {
            guard let index = links.firstIndex(where: { $0 === link }) else { return }
            links.remove(at: index)
            if link.refusal == nil, !link.isRetired {
                backoff.failed(
                    ConnectProblem("the connection to PostgreSQL at \(link.server) was lost", isPermanent: false),
                    at: uptime())
            }
            for flight in link.flights.reversed() {
                guard let pending = flight.pending else { continue }
                if pending.statement.query.effect == .read {
                    queue.putBack(pending)
                } else {
                    answer(
                        pending,
                        .failure(
                            PostgresFailure(
                                .unknown,
                                "the connection to PostgreSQL at \(link.server) was lost before the answer came")))
                }
            }
            link.close()
        }

        /// Answers the callers whose time is over, and gives up connections that don't answer.
        private func checkDeadlines(at now: ContinuousClock.Instant) {
            nextCheck = now + .milliseconds(Self.tick)
            for statement in queue.removeOverdue(at: now) {
                let why =
                    backoff.lastProblem?.message
                    ?? (links.contains(where: \.isReady)
                        ? "all \(links.count) connections to PostgreSQL are busy; raise maximumConnections, or find out why it "
                            + "is slow in pg_stat_activity"
                        : "connecting to PostgreSQL took longer than the call may take; check the host of the URL, and what "
                            + "stands between")
                answer(statement, .failure(PostgresFailure(.notApplied, why)))
            }
            for link in links {
                for pending in link.giveUpOverdue(at: now) {
                    let isRead = pending.statement.query.effect == .read
                    answer(
                        pending,
                        .failure(
                            PostgresFailure(
                                isRead ? .notApplied : .unknown,
                                "PostgreSQL at \(link.server) gave no answer in time; pg_stat_activity says what it waits for"
                            )))
                }
            }
            for link in links where link.isStuck(at: now) { lose(link) }
        }

        private func closeAll() {
            while let statement = queue.popFirst() { answer(statement, .failure(Inbox.closed)) }
            for link in links {
                for case let pending? in link.flights.map(\.pending) {
                    answer(
                        pending, .failure(PostgresFailure(.unknown, "the client of PostgreSQL was closed meanwhile")))
                }
                link.close()
            }
            links = []
        }
    }
#endif
