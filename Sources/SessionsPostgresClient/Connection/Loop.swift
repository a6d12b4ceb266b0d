#if Postgres
    import Foundation

    /// The one thread that has the connections: it sends, receives, and watches deadlines, and waits for nothing else.
    final class Loop {
        private let inbox: Inbox
        private let target: ConnectionTarget
        private let configuration: PostgresClientConfiguration
        private var links: [Link] = []
        private var queue = StatementQueue()
        /// Threads that are making a connection.
        private var connecting = 0
        private var backoff = Backoff()
        /// Whether there was a connection of use: from then on, a server that is no primary may become one again.
        private var hasBeenReady = false
        private var nextCheck = ContinuousClock.now

        /// Connections that are made at a time.
        private static let maximumConnecting = 4
        /// Reads that share a connection while others are idle.
        private static let readsTogether = 8
        /// How exactly deadlines are kept.
        private static let tick = Duration.milliseconds(20)

        init(_ inbox: Inbox, _ target: ConnectionTarget, _ configuration: PostgresClientConfiguration) {
            self.inbox = inbox
            self.target = target
            self.configuration = configuration
        }

        /// Works until the inbox is closed.
        func run() {
            while true {
                let contents = inbox.take()
                for statement in contents.statements { queue.append(statement) }
                for socket in contents.sockets { adopt(socket) }
                if contents.isClosed { return closeAll() }
                let now = ContinuousClock.now
                if nextCheck <= now { checkDeadlines(at: now) }
                dispatch()
                openConnections(at: now)
                wait()
            }
        }

        /// Sends what waits.
        private func dispatch() {
            var used: [ObjectIdentifier: Link] = [:]
            while let effect = queue.first?.statement.query.effect, let link = link(for: effect),
                let next = queue.popFirst()
            {
                if link.send(next) {
                    used[ObjectIdentifier(link)] = link
                } else {
                    // It may have taken an earlier statement: nothing of it may be touched once it is closed.
                    used[ObjectIdentifier(link)] = nil
                    lose(link)
                }
            }
            for link in used.values where !link.flush() { lose(link) }
        }

        /// The connection to send a statement over.
        ///
        /// A write goes to the one with the least to do, because what is behind it waits for its flush. Reads go together, so
        /// that a process of the server answers several of them whenever it wakes.
        private func link(for effect: PostgresQuery.Effect) -> Link? {
            let free = links.filter { link in
                link.isReady && !link.isRetired && !link.isHeldUp
                    && link.flights.count < configuration.maximumStatementsPerConnection
            }
            if effect == .read {
                let reading = free.filter { $0.isReading && $0.flights.count < Self.readsTogether }
                if let fullest = reading.max(by: { $0.flights.count < $1.flights.count }) { return fullest }
            }
            return free.min { $0.flights.count < $1.flights.count }
        }

        /// Opens one connection more where all have something to do.
        private func openConnections(at now: ContinuousClock.Instant) {
            let isAnyIdle = links.contains { $0.flights.isEmpty && !$0.isRetired }
            let isAnyBusy = links.contains { $0.isReady && !$0.flights.isEmpty }
            let inMaking = connecting + links.count { !$0.isReady }
            guard !queue.isEmpty || isAnyBusy, !isAnyIdle,
                inMaking < min(max(queue.count, 1), Self.maximumConnecting),
                links.count + connecting < configuration.maximumConnections, backoff.isOver(at: now)
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
                let deadline = ContinuousClock.now + configuration.connectTimeout
                if !link.greet(statementTimeout: configuration.statementTimeout, deadline: deadline) { lose(link) }
            }
        }

        private func failed(_ problem: ConnectProblem) {
            backoff.failed(problem, at: .now)
            guard problem.isPermanent, !links.contains(where: \.isReady) else { return }
            // What waits can't be helped before an operator does something.
            while let statement = queue.popFirst() {
                inbox.settle(
                    statement, .failure(PostgresFailure(.notApplied, problem.message, isPermanent: true)))
            }
        }

        private func wait() {
            var descriptors = [pollfd(fd: inbox.descriptor, events: Int16(POLLIN), revents: 0)]
            for link in links {
                let events = link.hasUnsent ? POLLIN | POLLOUT : POLLIN
                descriptors.append(pollfd(fd: link.descriptor, events: Int16(events), revents: 0))
            }
            let isIdle = queue.isEmpty && links.allSatisfy { $0.flights.isEmpty && !$0.isRetired }
            guard poll(&descriptors, nfds_t(descriptors.count), isIdle ? -1 : 20) > 0 else { return }
            for (link, descriptor) in zip(links, descriptors.dropFirst()) where descriptor.revents != 0 {
                // Both may be needed for either, as TLS has it.
                let isAlive = link.receive(settle) && (!link.hasUnsent || link.flush())
                if let refusal = link.refusal {
                    failed(ConnectProblem(refusal, isPermanent: !hasBeenReady))
                    lose(link)
                } else if !isAlive || (link.isRetired && link.flights.isEmpty) {
                    lose(link)
                } else if link.isReady {
                    backoff = Backoff()
                    hasBeenReady = true
                }
            }
        }

        /// Answers a caller, or lets its statement be sent again where the server didn't begin it.
        private func settle(_ flight: Link.Flight) {
            guard let pending = flight.pending else { return }
            switch flight.answer {
            case .error(let error)? where error.code == "26000" || error.code == "25006":
                // The statement was never begun: no such preparation, or the server is no primary any more.
                if error.code == "25006" {
                    backoff.failed(
                        ConnectProblem("\(error); the URL must name the primary", isPermanent: false), at: .now)
                }
                queue.putBack(pending)
            case let answer?:
                inbox.settle(pending, .success(answer))
            case nil:
                inbox.settle(
                    pending,
                    .failure(PostgresFailure(.unknown, "PostgreSQL gave an answer that libpq could not read")))
            }
        }

        /// Gives a connection up; reads are asked again on another one.
        private func lose(_ link: Link) {
            guard let index = links.firstIndex(where: { $0 === link }) else { return }
            links.remove(at: index)
            if link.refusal == nil, !link.isRetired {
                backoff.failed(
                    ConnectProblem("the connection to PostgreSQL at \(link.server) was lost", isPermanent: false),
                    at: .now)
            }
            for flight in link.flights.reversed() {
                guard let pending = flight.pending else { continue }
                if pending.statement.query.effect == .read {
                    queue.putBack(pending)
                } else {
                    inbox.settle(
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
            nextCheck = now + Self.tick
            for statement in queue.removeOverdue(at: now) {
                let why =
                    backoff.lastProblem?.message
                    ?? (links.contains(where: \.isReady)
                        ? "all \(links.count) connections to PostgreSQL are busy; raise maximumConnections, or find out why it "
                            + "is slow in pg_stat_activity"
                        : "connecting to PostgreSQL took longer than the call may take; check the host of the URL, and what "
                            + "stands between")
                inbox.settle(statement, .failure(PostgresFailure(.notApplied, why)))
            }
            for link in links {
                for pending in link.giveUpOverdue(at: now) {
                    let isRead = pending.statement.query.effect == .read
                    inbox.settle(
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
            while let statement = queue.popFirst() { inbox.settle(statement, .failure(Inbox.closed)) }
            for link in links {
                for case let pending? in link.flights.map(\.pending) {
                    inbox.settle(
                        pending, .failure(PostgresFailure(.unknown, "the client of PostgreSQL was closed meanwhile")))
                }
                link.close()
            }
        }
    }
#endif
