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
    let configuration: RedisClientConfiguration
    /// Is called each second while the server owes an answer and has said nothing for two.
    let whenSilent: @Sendable () -> Void

    private struct Queue {
        var waiting: [PendingCommand] = []
        var isDrainScheduled = false
        var isClosed = false
    }

    private let queue = Mutex(Queue())
    /// Commands that were submitted and have neither been answered nor dropped.
    private let pending = Atomic<Int>(0)
    private let core: NIOLoopBoundBox<LinkCore?>

    init(
        to server: ServerAddress, on eventLoop: any EventLoop, profile: ServerProfile,
        whenSilent: @escaping @Sendable () -> Void
    ) {
        self.server = server
        self.whenSilent = whenSilent
        self.eventLoop = eventLoop
        configuration = profile.configuration
        core = .makeEmptyBox(eventLoop: eventLoop)
        eventLoop.execute { [self] in core.value = LinkCore(self, profile: profile) }
    }

    func execute(
        _ command: RedisCommand, deadline: ContinuousClock.Instant, isAsking: Bool = false
    ) async -> PendingCommand.Outcome {
        await PendingCommand(command, deadline: deadline, isAsking: isAsking).outcome(server: server, submit: submit)
    }

    /// Ends the connection. The next command makes another and looks at the server's role again.
    func reset() {
        eventLoop.execute { [self] in core.value?.reset() }
    }

    /// Lets what was not sent, and reads that wait for an answer, be asked of somebody else. Writes that were sent may have been
    /// applied, so they go on waiting.
    func releaseWaiting(_ why: String) {
        eventLoop.execute { [self] in core.value?.releaseWaiting(why) }
    }

    static let closedMessage = "the Redis client was closed"

    func close() {
        let waiting = queue.withLock { queue -> [PendingCommand] in
            queue.isClosed = true
            defer { queue.waiting = [] }
            return queue.waiting
        }
        for command in waiting { command.fail(.closed, Self.closedMessage) }
        eventLoop.execute { [self] in
            core.value?.close()
            core.value = nil
        }
    }

    /// Gives back the places of commands that are done.
    func release(_ count: Int) { pending.subtract(count, ordering: .relaxed) }

    private enum Reception {
        case closed
        case full
        case queued(isFirst: Bool)
    }

    private func submit(_ command: PendingCommand) {
        let limit = configuration.maximumPendingCommands
        let reception = queue.withLock { queue -> Reception in
            if queue.isClosed { return .closed }
            guard pending.add(1, ordering: .relaxed).newValue <= limit else {
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
        case .queued(let isFirst): if isFirst { eventLoop.execute { [self] in drain() } }
        }
    }

    private func drain() {
        let commands = queue.withLock { queue -> [PendingCommand] in
            queue.isDrainScheduled = false
            defer { queue.waiting = [] }
            return queue.waiting
        }
        if !commands.isEmpty { core.value?.take(commands) }
    }
}
