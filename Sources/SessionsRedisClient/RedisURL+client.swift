extension RedisURL {
    /// A client of the servers that the URL names.
    ///
    /// - Parameter configuration: the settings; the URL's credentials, database and TLS replace theirs
    package func client(_ configuration: RedisClientConfiguration) throws(RedisConfigurationError) -> any OwnClient {
        var configuration = configuration
        try configuration.apply(self)
        if isCluster { return try RedisClusterClient(servers, configuration: configuration) }
        guard let primary = sentinelPrimary else { return try RedisClient(servers[0], configuration: configuration) }
        var credentials: RedisClientConfiguration.Credentials?
        if let sentinelPassword { credentials = .init(password: try sentinelPassword.read()) }
        return try RedisSentinelClient(
            servers, primary: primary, configuration: configuration, sentinelCredentials: credentials)
    }
}

extension RedisClientConfiguration {
    package mutating func apply(_ url: RedisURL) throws(RedisConfigurationError) {
        credentials = nil
        if let password = url.password { credentials = Credentials(user: url.user, password: try password.read()) }
        database = url.database
        guard url.isTLS else {
            tls = nil
            return
        }
        var tls = self.tls ?? TLS()
        tls.authoritiesFile = url.authoritiesFile ?? tls.authoritiesFile
        self.tls = tls
    }
}
