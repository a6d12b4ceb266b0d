/// A client of this package, which can say more about its servers than ``RedisCommands`` asks for.
package protocol OwnClient: RedisCommands {
    /// Which server a command with this key goes to, as far as is known.
    func server(of key: [UInt8]) -> ServerAddress?
    /// Nodes that may take over, as far as is known.
    var replicas: [ServerAddress] { get }
    /// Asks one of these nodes something without a key, once.
    func send(
        _ command: RedisCommand, to replica: ServerAddress, deadline: ContinuousClock.Instant
    ) async throws(RedisFailure) -> RedisReply
    func close()
}
