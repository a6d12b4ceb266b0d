import NIOCore
import NIOPosix
import Synchronization

/// Commands to one Redis or Valkey server, pipelined over a few connections that all tasks share.
///
/// It connects on first use. A command that is known not to have been applied is tried again: while the server restarts,
/// loads its data, or has just become a replica. So is a read whose answer was lost. That ends at the command's deadline,
/// or when the server has been out of reach for longer than ``RedisClientConfiguration/outageTolerance``. From then on
/// commands fail at once, until the server answers again.
public final class RedisClient: RedisCommands {
    /// The server that this client talks to.
    public let address: ServerAddress
    let reach: Reach
    /// They take turns.
    private let links: [Link]
    private let next = Atomic<Int>(0)

    /// Creates a client, which connects on first use.
    ///
    /// - Throws: ``RedisConfigurationError`` where the authorities for TLS can't be read
    public convenience init(
        _ address: ServerAddress, configuration: RedisClientConfiguration = .init()
    ) throws(RedisConfigurationError) {
        self.init(address, profile: try ServerProfile(configuration, mode: .single))
    }

    /// - Parameter reach: where what is heard of the server counts
    init(
        _ address: ServerAddress, profile: ServerProfile, reach: Reach? = nil,
        whenSilent: @escaping @Sendable () -> Void = {}
    ) {
        self.address = address
        let reach = reach ?? Reach(profile.configuration)
        self.reach = reach
        // On several event loops each would wake up for a part of what came together.
        let eventLoop = (profile.configuration.eventLoopGroup ?? MultiThreadedEventLoopGroup.singleton).next()
        links = (0..<max(profile.configuration.connections, 1)).map { _ in
            Link(to: address, on: eventLoop, profile: profile, reach: reach, whenSilent: whenSilent)
        }
    }

    /// Sends one command, again where that can't apply it twice, and returns its answer.
    public func send(
        _ command: RedisCommand, deadline: ContinuousClock.Instant
    ) async throws(RedisFailure) -> RedisReply {
        try await reach.send(command, deadline: deadline, over: self)
    }

    /// Closes the connections; commands under way fail, as every later one does.
    public func close() { for link in links { link.close() } }

    deinit { close() }
}

// One attempt, and what a cluster tells one of its nodes.
extension RedisClient: CommandRoute {
    func attempt(_ command: RedisCommand, deadline: ContinuousClock.Instant) async -> PendingCommand.Outcome {
        let outcome = await execute(command, deadline: deadline)
        if case .success(.error(let error)) = outcome, error.code == "READONLY" { reset() }
        return outcome
    }

    func execute(
        _ command: RedisCommand, deadline: ContinuousClock.Instant, isAsking: Bool = false
    ) async -> PendingCommand.Outcome {
        let turn = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return await links[Int(UInt(bitPattern: turn) % UInt(links.count))]
            .execute(command, deadline: deadline, isAsking: isAsking)
    }

    /// Has every connection made anew, which looks at the server's role again.
    private func reset() { for link in links { link.reset() } }

    /// Lets what was not sent, and reads that wait for an answer, be asked of another server.
    func releaseWaiting(_ why: String) { for link in links { link.releaseWaiting(why) } }

    /// How many commands have a place on the connections.
    var takenPlaces: Int { links.reduce(0) { $0 + $1.takenPlaces } }
}

extension RedisClient: OwnClient {
    package func server(of key: [UInt8]) -> ServerAddress? { address }

    package var replicas: [ServerAddress] { [] }

    package func send(
        _ command: RedisCommand, to replica: ServerAddress, deadline: ContinuousClock.Instant
    ) async throws(RedisFailure) -> RedisReply { try await send(command, deadline: deadline) }
}
