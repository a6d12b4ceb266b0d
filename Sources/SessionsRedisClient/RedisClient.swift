import NIOCore
import NIOPosix
import Synchronization

/// Commands to one Redis or Valkey server, pipelined over a few connections that all tasks share.
///
/// It connects on first use. A command that is known not to have been applied is tried again until its deadline: while
/// the server restarts, loads its data, or has just become a replica. So is a read whose answer was lost.
public final class RedisClient: RedisCommands {
    /// The server that this client talks to.
    public let address: ServerAddress
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

    init(_ address: ServerAddress, profile: ServerProfile, whenSilent: @escaping @Sendable () -> Void = {}) {
        self.address = address
        let group = profile.configuration.eventLoopGroup ?? MultiThreadedEventLoopGroup.singleton
        links = (0..<max(profile.configuration.connections, 1)).map { _ in
            Link(to: address, on: group.next(), profile: profile, whenSilent: whenSilent)
        }
    }

    /// Sends one command, again where that can't apply it twice, and returns its answer.
    public func send(
        _ command: RedisCommand, deadline: ContinuousClock.Instant
    ) async throws(RedisFailure) -> RedisReply {
        var retry = Retry(deadline: deadline)
        while true {
            let outcome = await execute(command, deadline: deadline)
            switch outcome {
            case .success(.error(let error)) where Retry.isPassing(error):
                if error.code == "READONLY" { reset() }
                retry.note(error)
                guard await retry.pause() else { return .error(error) }
            case .success(let reply):
                return reply
            case .failure(let failure):
                guard failure.reason != .closed, Retry.mayRepeat(command, after: failure), await retry.pause() else {
                    throw retry.ending(with: failure)
                }
                retry.note(failure)
            }
        }
    }

    /// Closes the connections; commands under way fail, as every later one does.
    public func close() { for link in links { link.close() } }

    deinit { close() }
}

// One attempt, and what a cluster tells one of its nodes.
extension RedisClient {
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
