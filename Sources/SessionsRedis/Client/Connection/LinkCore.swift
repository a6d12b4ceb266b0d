import Foundation
import NIOCore
import NIOPosix

/// What a link is doing, on its event loop alone.
final class LinkCore {
    private enum Phase {
        case disconnected
        /// `nil` until there is a channel: while addresses are tried, there may be several.
        case connecting(ConnectionHandler?)
        case ready(ConnectionHandler)
        case closed
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
        case .closed:
            fail(commands, .closed, Link.closedMessage)
        }
    }

    /// Gives up the open connection; one that is being made will look at the server afresh anyway.
    func reset() {
        if case .ready(let connection) = phase { connection.close(.disconnected, "it was given up") }
    }

    /// Ends the connection, also one that is only being made, for good.
    func close() {
        let old = phase
        phase = .closed
        timer?.task.cancel()
        switch old {
        case .connecting(let connection?), .ready(let connection): connection.close(.closed, "the client was closed")
        case .disconnected, .connecting, .closed: break
        }
        let waiting = backlog
        backlog = []
        fail(waiting, .closed, Link.closedMessage)
    }

    /// Lets what was not sent, and reads that wait for an answer, be asked of somebody else.
    func releaseWaiting(_ why: String) {
        for command in backlog { command.fail(.disconnected, why) }
        guard case .ready(let connection) = phase else { return }
        connection.forEachPending { command in
            if command.command.effect == .read { command.fail(.disconnected, why) }
        }
    }

    private func connect() {
        phase = .connecting(nil)
        let end = ContinuousClock.now + link.configuration.connectTimeout
        ClientBootstrap(group: link.eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .resolver(link.configuration.resolver)
            .connectTimeout(TimeAmount(link.configuration.connectTimeout))
            // Once for each address of the host that is tried, two of them at the same time perhaps.
            .channelInitializer { [link, profile] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls = try profile.tlsHandler(for: link.server) {
                        try channel.pipeline.syncOperations.addHandler(tls)
                    }
                    try channel.pipeline.syncOperations.addHandler(ConnectionHandler(link, profile: profile))
                }
            }
            .connect(host: link.server.host, port: link.server.port)
            .assumeIsolated()
            .whenComplete { [self] result in
                switch result {
                case .success(let channel): connected(channel, greetingBy: end)
                case .failure(let error):
                    failed("no connection: \(Self.text(error)); is it running there and reachable?")
                }
            }
    }

    private func connected(_ channel: any Channel, greetingBy end: ContinuousClock.Instant) {
        guard case .connecting(nil) = phase else { return channel.close(promise: nil) }
        guard let connection = try? channel.pipeline.syncOperations.handler(type: ConnectionHandler.self) else {
            return failed("it closed the connection at once")
        }
        phase = .connecting(connection)
        connection.begin(for: self, greetingBy: end)
    }

    /// There is no connection.
    private func failed(_ problem: String) {
        guard case .connecting(nil) = phase else { return }
        over(.disconnected, "Redis at \(link.server): \(problem)", isFailedAttempt: true)
    }

    /// The greeting is over and the server may be used.
    func opened(_ connection: ConnectionHandler) {
        guard case .connecting(let current?) = phase, current === connection else { return }
        phase = .ready(connection)
        backoff = Backoff()
        let waiting = backlog
        backlog = []
        connection.send(waiting)
    }

    /// The connection is over; it has failed what it had sent.
    func closed(_ connection: ConnectionHandler, reason: LinkFailure.Reason, _ message: String) {
        switch phase {
        case .ready(let current) where current === connection:
            over(reason, message, isFailedAttempt: false)
        case .connecting(let current?) where current === connection:
            over(reason, message, isFailedAttempt: true)
        case .disconnected, .ready, .connecting, .closed: break
        }
    }

    private func over(_ reason: LinkFailure.Reason, _ message: String, isFailedAttempt: Bool) {
        if isFailedAttempt { backoff.failed(reason, message, at: .now) }
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
            return text(first)
        case let error as IOError: return String(cString: strerror(error.errnoCode))
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
        forEachPending(look)
        watch(next)
    }

    private func forEachPending(_ look: (PendingCommand) -> Void) {
        for command in backlog { look(command) }
        if case .ready(let connection) = phase { connection.forEachPending(look) }
    }
}

extension TimeAmount {
    /// At most an hour: what is longer is looked at again after that.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = min(duration, .seconds(3600)).components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
