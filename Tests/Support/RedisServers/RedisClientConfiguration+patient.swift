package import SessionsRedisClient

extension RedisClientConfiguration {
    /// The settings for a test whose subject is no deadline: a slow machine may take its time to connect and to answer.
    package static func patient(
        connections: Int = 2, outageTolerance: Duration = .seconds(300)
    ) -> RedisClientConfiguration {
        .init(
            connections: connections, connectTimeout: .seconds(300), outageTolerance: outageTolerance,
            silenceTimeout: .seconds(600))
    }
}
