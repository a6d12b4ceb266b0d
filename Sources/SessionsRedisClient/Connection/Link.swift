import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// One connection to one server, made on first use and made again when it breaks.
///
/// Commands of many tasks share it: what was submitted since the event loop last came by is written at once.
/// A command never waits for a second attempt to connect; it fails as not sent, and its sender decides.
final class Link: Sendable {
    let server: ServerAddress
    let eventLoop: any EventLoop
    let profile: ServerProfile
    let reach: Reach
    /// Is called each second while the server owes an answer and has said nothing for two.
    let whenSilent: @Sendable () -> Void

    /// What waits for the event loop to come by.
    private struct Queue {
        var waiting: [PendingCommand] = []
        var isDrainScheduled = false
        var isClosed = false
    }

    private enum Phase {
        case disconnected
        /// `nil` until there is a channel: while addresses are tried, there may be several.
        case connecting(ConnectionHandler?)
        case ready(ConnectionHandler)
        case closed
    }

    /// What only the event loop touches.
    private final class State {
        var phase = Phase.disconnected
        /// Commands that wait for the connection being made.
        var backlog: [PendingCommand] = []
        var backoff = Backoff()
        var timer: (at: ContinuousClock.Instant, task: Scheduled<Void>)?
    }

    private let queue = Mutex(Queue())
    /// Commands that were submitted and have neither been answered nor dropped.
    private let places = Atomic<Int>(0)
    private let loopBound: NIOLoopBoundBox<State>

    init(
        to server: ServerAddress, on eventLoop: any EventLoop, profile: ServerProfile, reach: Reach,
        whenSilent: @escaping @Sendable () -> Void
    ) {
        self.server = server
        self.eventLoop = eventLoop
        self.profile = profile
        self.reach = reach
        self.whenSilent = whenSilent
        loopBound = .makeBoxSendingValue(State(), eventLoop: eventLoop)
    }

    var configuration: RedisClientConfiguration { profile.configuration }

    /// How many commands have a place among the ``RedisClientConfiguration/maximumPendingCommands``.
    var takenPlaces: Int { places.load(ordering: .relaxed) }
}

// From any task.
extension Link {
    func execute(
        _ command: RedisCommand, deadline: ContinuousClock.Instant, isAsking: Bool = false
    ) async -> PendingCommand.Outcome {
        await PendingCommand(command, deadline: deadline, isAsking: isAsking).outcome(server: server, submit: submit)
    }

    /// Ends the connection; the next command makes another and looks at the server's role again.
    func reset() {
        onLoop { link, state in
            // One that is being made will look at the server afresh anyway.
            if case .ready(let connection) = state.phase { connection.close(.disconnected, "it was given up") }
        }
    }

    /// Lets unsent commands, and reads that wait for an answer, be asked of another server.
    ///
    /// Writes that were sent may have been applied, so they go on waiting.
    func releaseWaiting(_ why: String) {
        onLoop { link, state in
            for command in state.backlog { command.fail(.released, why) }
            guard case .ready(let connection) = state.phase else { return }
            connection.forEachPending { command in
                if command.command.effect == .read { command.fail(.released, why) }
            }
        }
    }

    /// Ends the connection, also one that is only being made, for good.
    func close() {
        queue.withLock { $0.isClosed = true }
        onLoop { link, state in
            let old = state.phase
            state.phase = .closed
            state.timer?.task.cancel()
            switch old {
            case .connecting(let connection?), .ready(let connection):
                connection.close(.closed, "the client was closed")
            case .disconnected, .connecting, .closed: break
            }
            link.failBacklog(.closed, Self.closedMessage)
        }
    }

    static let closedMessage = "the Redis client was closed"

    private enum Reception {
        case closed
        case full
        case queued(isFirst: Bool)
    }

    private func submit(_ command: PendingCommand) {
        let limit = configuration.maximumPendingCommands
        let reception = queue.withLock { queue -> Reception in
            if queue.isClosed { return .closed }
            guard places.add(1, ordering: .relaxed).newValue <= limit else {
                release(1)
                return .full
            }
            queue.waiting.append(command)
            defer { queue.isDrainScheduled = true }
            return .queued(isFirst: !queue.isDrainScheduled)
        }
        switch reception {
        case .closed: command.fail(.closed, Self.closedMessage)
        case .full:
            command.fail(
                .unaccepted,
                "\(limit) commands wait for Redis at \(server) already; it is slower than what it is asked")
        case .queued(let isFirst): if isFirst { onLoop { link, _ in link.drain() } }
        }
    }

    private func onLoop(_ work: @escaping @Sendable (Link, State) -> Void) {
        eventLoop.execute { [self] in work(self, loopBound.value) }
    }
}

// Places.
extension Link {
    /// Gives back the places of commands that the server owes nothing any more.
    func release(_ count: Int) { places.subtract(count, ordering: .relaxed) }

    /// Gives back the places of commands that were not sent or get no answer any more, and fails those that are waited for.
    func drop(_ commands: [PendingCommand], _ reason: LinkFailure.Reason, _ message: String) {
        // First, so that a caller that hears of it finds a place.
        release(commands.count)
        for command in commands { command.fail(reason, message) }
    }

    private func failBacklog(_ reason: LinkFailure.Reason, _ message: String) {
        let waiting = loopBound.value.backlog
        loopBound.value.backlog = []
        drop(waiting, reason, message)
    }
}

// On the event loop: from connection to connection.
extension Link {
    private func drain() {
        let commands = queue.withLock { queue -> [PendingCommand] in
            queue.isDrainScheduled = false
            defer { queue.waiting = [] }
            return queue.waiting
        }
        let state = loopBound.value
        watch(commands.map(\.deadline).min())
        switch state.phase {
        case .ready(let connection):
            connection.send(commands)
        case .connecting:
            state.backlog += commands
        case .disconnected:
            if let failure = state.backoff.failure(at: configuration.now()) {
                return drop(commands, failure.reason, failure.message)
            }
            state.backlog += commands
            connect()
        case .closed:
            drop(commands, .closed, Self.closedMessage)
        }
    }

    private func connect() {
        loopBound.value.phase = .connecting(nil)
        let end = ContinuousClock.now + configuration.connectTimeout
        let bootstrap = ClientBootstrap(group: eventLoop)
            .resolver(configuration.resolver)
            .connectTimeout(TimeAmount(clamping: configuration.connectTimeout))
            // Once for each address of the host that is tried, two of them at the same time perhaps.
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls = try profile.tlsHandler(for: server) {
                        try channel.pipeline.syncOperations.addHandler(tls)
                    }
                    try channel.pipeline.syncOperations.addHandler(ConnectionHandler(self))
                }
            }
        let channel =
            if let path = server.socketPath {
                bootstrap.connect(unixDomainSocketPath: path)
            } else {
                bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .connect(host: server.host, port: server.port)
            }
        channel
            .assumeIsolated()
            .whenComplete { [self] result in
                switch result {
                case .success(let channel): connected(channel, greetingBy: end)
                case .failure(let error):
                    failedToConnect("no connection: \(Self.text(of: error)); is it running there and reachable?")
                }
            }
    }

    /// What an operator can do something with.
    private static func text(of error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            (error.connectionErrors.first?.error ?? error.dnsAError ?? error.dnsAAAAError).map(text) ?? "\(error)"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: "no answer in time"
        default: "\(error)"
        }
    }

    private func connected(_ channel: any Channel, greetingBy end: ContinuousClock.Instant) {
        guard case .connecting(nil) = loopBound.value.phase else { return channel.close(promise: nil) }
        guard let connection = try? channel.pipeline.syncOperations.handler(type: ConnectionHandler.self) else {
            return failedToConnect("it closed the connection at once")
        }
        loopBound.value.phase = .connecting(connection)
        connection.begin(greetingBy: end)
    }

    private func failedToConnect(_ problem: String) {
        guard case .connecting(nil) = loopBound.value.phase else { return }
        disconnected(.disconnected, "Redis at \(server): \(problem)", isFailedAttempt: true)
    }

    /// The greeting is over and the server may be used.
    func opened(_ connection: ConnectionHandler) {
        let state = loopBound.value
        guard case .connecting(let current?) = state.phase, current === connection else { return }
        state.phase = .ready(connection)
        state.backoff = Backoff()
        let waiting = state.backlog
        state.backlog = []
        connection.send(waiting)
    }

    /// The connection is over; it has failed what it had sent.
    ///
    /// Of several addresses that were tried only one comes to be used, so it may be a connection that counts for nothing.
    func closed(_ connection: ConnectionHandler, _ reason: LinkFailure.Reason, _ message: String) {
        switch loopBound.value.phase {
        case .ready(let current) where current === connection:
            disconnected(reason, message, isFailedAttempt: false)
        case .connecting(let current?) where current === connection:
            disconnected(reason, message, isFailedAttempt: true)
        case .disconnected, .ready, .connecting, .closed: break
        }
    }

    private func disconnected(_ reason: LinkFailure.Reason, _ message: String, isFailedAttempt: Bool) {
        let state = loopBound.value
        if isFailedAttempt { state.backoff.failed(reason, message, at: configuration.now()) }
        state.phase = .disconnected
        failBacklog(reason, message)
    }
}

// On the event loop: deadlines, with one timer for the earliest.
extension Link {
    private func watch(_ deadline: ContinuousClock.Instant?) {
        let state = loopBound.value
        guard let deadline, state.timer.map({ deadline < $0.at }) ?? true else { return }
        state.timer?.task.cancel()
        let task = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(past: deadline, at: .now)) { [self] in
            loopBound.value.timer = nil
            expire(.now)
        }
        state.timer = (deadline, task)
    }

    private func expire(_ now: ContinuousClock.Instant) {
        var next: ContinuousClock.Instant?
        func look(at command: PendingCommand) {
            if command.isFinished { return }
            if command.deadline <= now {
                command.fail(
                    .timedOut,
                    "no answer from Redis at \(server) within the deadline; is it overloaded, paused or cut off?")
            } else {
                next = min(next ?? command.deadline, command.deadline)
            }
        }
        let state = loopBound.value
        for command in state.backlog { look(at: command) }
        if case .ready(let connection) = state.phase { connection.forEachPending(look) }
        watch(next)
    }
}

extension TimeAmount {
    /// Until a millisecond after a deadline, and a millisecond where that is over.
    init(past deadline: ContinuousClock.Instant, at now: ContinuousClock.Instant) {
        self.init(clamping: max(deadline - now, .zero) + .milliseconds(1))
    }

    /// At most an hour: what is longer is looked at again after that.
    init(clamping duration: Duration) {
        let (seconds, attoseconds) = min(duration, .seconds(3600)).components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
