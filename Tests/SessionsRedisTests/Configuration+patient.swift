import RedisServers
import SessionsRedis

extension RedisSessionStore.Configuration {
    /// The settings for a test whose subject is no deadline.
    static func patient(
        keyPrefix: String = "sessions", commandTimeout: Duration = .seconds(300), connections: Int = 2
    ) -> RedisSessionStore.Configuration {
        .init(keyPrefix: keyPrefix, commandTimeout: commandTimeout, client: .patient(connections: connections))
    }
}
