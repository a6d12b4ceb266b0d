import NIOCore
import NIOPosix
import Synchronization

/// One server, behind a few connections that take turns.
final class RedisServer: Sendable {
    let address: ServerAddress
    private let links: [Link]
    private let next = Atomic<Int>(0)

    init(_ address: ServerAddress, profile: ServerProfile, whenSilent: @escaping @Sendable () -> Void = {}) {
        self.address = address
        let group = profile.configuration.eventLoopGroup ?? MultiThreadedEventLoopGroup.singleton
        links = (0..<max(profile.configuration.connections, 1)).map { _ in
            Link(to: address, on: group.next(), profile: profile, whenSilent: whenSilent)
        }
    }

    func execute(
        _ command: RedisCommand, deadline: ContinuousClock.Instant, isAsking: Bool = false
    ) async -> PendingCommand.Outcome {
        let turn = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return await links[Int(UInt(bitPattern: turn) % UInt(links.count))]
            .execute(command, deadline: deadline, isAsking: isAsking)
    }

    /// Has every connection made anew, which looks at the server's role again.
    func reset() { for link in links { link.reset() } }

    /// Lets what was not sent, and reads that wait for an answer, be asked of somebody else.
    func releaseWaiting(_ why: String) { for link in links { link.releaseWaiting(why) } }

    func close() { for link in links { link.close() } }
}
