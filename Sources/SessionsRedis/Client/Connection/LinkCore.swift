import NIOCore
import NIOPosix

/// What a link is doing, on its event loop alone.
final class LinkCore {
    private enum Phase {
        case disconnected
        case connecting(ConnectionHandler)
        case ready(ConnectionHandler)
    }

    private let link: Link
    private let profile: ServerProfile
    private var phase = Phase.disconnected
    /// Commands that wait for the connection being made.
    private var backlog: [PendingCommand] = []
    private var backoff = Backoff()
    private var timer: (at: ContinuousClock.Instant, task: Scheduled<Void>)?

    init(_ link: Link, profile: ServerProfile) {
        self.link = link
        self.profile = profile
    }

    func take(_ commands: [PendingCommand]) {
        watch(commands.map(\.deadline).min())
        switch phase {
        case .ready(let connection):
            connection.send(commands)
        case .connecting:
            backlog += commands
        case .disconnected:
            if let failure = backoff.failure(at: .now) { return fail(commands, failure.reason, failure.message) }
            backlog += commands
            connect()
        }
    }

    /// Gives up the open connection; one that is being made will look at the server afresh anyway.
    func reset() {
        if case .ready(let connection) = phase { connection.close(.disconnected, "it was given up") }
    }

    /// Ends the connection, also one that is only being made.
    func close() {
        switch phase {
        case .disconnected: break
        case .connecting(let connection), .ready(let connection):
            connection.close(.closed, "the client was closed")
        }
    }

    private func connect() {
        let connection = ConnectionHandler(link, profile: profile, core: self)
        phase = .connecting(connection)
        let (profile, server) = (profile, link.server)
        let bound = NIOLoopBound(connection, eventLoop: link.eventLoop)
        ClientBootstrap(group: link.eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(TimeAmount(link.configuration.connectTimeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls = try profile.tlsHandler(for: server) {
                        try channel.pipeline.syncOperations.addHandler(tls)
                    }
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
            .connect(host: link.server.host, port: link.server.port)
            .assumeIsolated()
            .whenFailure { [self] error in
                connection.close(
                    .disconnected, "no connection: \(Self.text(error)); is it running there and reachable?")
                // Where no channel came to be, nothing else tells that it is over.
                closed(connection, reason: connection.ending.reason, connection.ending.message)
            }
    }

    /// The greeting is over and the server may be used.
    func opened(_ connection: ConnectionHandler) {
        phase = .ready(connection)
        backoff = Backoff()
        let waiting = backlog
        backlog = []
        connection.send(waiting)
    }

    /// The connection is over, or never came to be; it has failed what it had sent.
    func closed(_ connection: ConnectionHandler, reason: LinkFailure.Reason, _ message: String) {
        switch phase {
        case .ready(let current) where current === connection: break
        case .connecting(let current) where current === connection: backoff.failed(reason, message, at: .now)
        case .disconnected, .ready, .connecting: return
        }
        phase = .disconnected
        let waiting = backlog
        backlog = []
        fail(waiting, reason, message)
    }

    private func fail(_ commands: [PendingCommand], _ reason: LinkFailure.Reason, _ message: String) {
        link.release(commands.count)
        for command in commands { command.fail(reason, message) }
    }

    static func text(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            guard let first = error.connectionErrors.first?.error ?? error.dnsAError ?? error.dnsAAAAError else {
                return "\(error)"
            }
            return "\(first)"
        case ChannelError.connectTimeout: return "no answer in time"
        default: return "\(error)"
        }
    }
}

// Deadlines: one timer for the earliest.
extension LinkCore {
    private func watch(_ deadline: ContinuousClock.Instant?) {
        guard let deadline, timer.map({ deadline < $0.at }) ?? true else { return }
        timer?.task.cancel()
        let wait = max(deadline - .now, .zero) + .milliseconds(1)
        let task = link.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(wait)) { [self] in
            timer = nil
            expire(.now)
        }
        timer = (deadline, task)
    }

    private func expire(_ now: ContinuousClock.Instant) {
        var next: ContinuousClock.Instant?
        func look(at command: PendingCommand) {
            if command.isFinished { return }
            if command.deadline <= now {
                command.fail(
                    .timedOut,
                    "no answer from Redis at \(link.server) within the deadline; is it overloaded, paused or cut off?")
            } else {
                next = min(next ?? command.deadline, command.deadline)
            }
        }
        for command in backlog { look(at: command) }
        if case .ready(let connection) = phase { connection.forEachPending(look) }
        watch(next)
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
