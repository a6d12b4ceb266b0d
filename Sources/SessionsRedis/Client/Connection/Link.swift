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

    private struct Queue {
        var waiting: [PendingCommand] = []
        var isDrainScheduled = false
        var isClosed = false
    }

    private let queue = Mutex(Queue())
    /// Commands that were submitted and have neither been answered nor dropped.
    private let pending = Atomic<Int>(0)
    private let core: NIOLoopBoundBox<LinkCore?>

    init(to server: ServerAddress, on eventLoop: any EventLoop, profile: ServerProfile) {
        self.server = server
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
        eventLoop.execute { [self] in core.value?.disconnect("it was given up") }
    }

    func close() {
        let waiting = queue.withLock { queue -> [PendingCommand] in
            queue.isClosed = true
            defer { queue.waiting = [] }
            return queue.waiting
        }
        for command in waiting { command.fail(.unaccepted, "the Redis client was closed") }
        eventLoop.execute { [self] in
            core.value?.disconnect("the client was closed")
            core.value = nil
        }
    }

    /// Gives back the places of commands that are done.
    func release(_ count: Int) { pending.subtract(count, ordering: .relaxed) }

    private func submit(_ command: PendingCommand) {
        guard pending.add(1, ordering: .relaxed).newValue <= configuration.maximumPendingCommands else {
            release(1)
            command.fail(
                .unaccepted,
                "\(configuration.maximumPendingCommands) commands wait for Redis at \(server) already; "
                    + "it is slower than what it is asked")
            return
        }
        let (isAccepted, isFirst) = queue.withLock { queue in
            guard !queue.isClosed else { return (false, false) }
            queue.waiting.append(command)
            defer { queue.isDrainScheduled = true }
            return (true, !queue.isDrainScheduled)
        }
        guard isAccepted else {
            release(1)
            command.fail(.unaccepted, "the Redis client was closed")
            return
        }
        if isFirst { eventLoop.execute { [self] in drain() } }
    }

    private func drain() {
        let commands = queue.withLock { queue -> [PendingCommand] in
            queue.isDrainScheduled = false
            defer { queue.waiting = [] }
            return queue.waiting
        }
        core.value?.take(commands)
    }
}
