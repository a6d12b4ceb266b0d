import Foundation
import Sessions

#if Redis
    import SessionsRedis
#endif

extension StoreKind {
    static let redis = StoreKind(
        schemes: [
            "redis", "rediss", "redis+cluster", "rediss+cluster", "redis+sentinel", "rediss+sentinel", "redis-sentinel",
            "rediss-sentinel", "redis+unix", "redis+socket", "redis-socket",
        ],
        forms: [
            "redis://HOST", "rediss://HOST", "redis+cluster://HOST", "rediss+cluster://HOST",
            "redis+sentinel://HOST/NAME",
            "rediss+sentinel://HOST/NAME", "redis+unix:///PATH",
        ],
        trait: "Redis", address: redisAddress)

    #if Redis
        private static var redisAddress: (any StoreAddress.Type)? { RedisAddress.self }
    #else
        private static var redisAddress: (any StoreAddress.Type)? { nil }
    #endif
}

#if Redis
    /// A `RedisURL`, which may have one more option: `?keyprefix=NAME`.
    struct RedisAddress: StoreAddress {
        private let url: String
        private let configuration: RedisSessionStore.Configuration
        let description: String

        init(url: String) throws(SessionError) {
            var configuration = RedisSessionStore.Configuration()
            let (bare, prefix) = Self.split(url)
            do {
                let shown = try RedisURL(bare).description
                let mark = shown.contains("?") ? "&" : "?"
                description = shown + (prefix.map { "\(mark)keyprefix=\($0)" } ?? "")
            } catch {
                throw SessionError(.configuration, error.message, cause: error)
            }
            if let prefix { configuration.keyPrefix = prefix }
            self.url = bare
            self.configuration = configuration
        }

        func open(limits: SessionLimits, onlyExisting: Bool) async throws(SessionError) -> any SessionStore {
            try await RedisSessionStore(url: url, configuration: configuration, limits: limits)
        }

        /// The URL as the client reads it, and the prefix of the store's keys where it names one.
        private static func split(_ url: String) -> (bare: String, prefix: String?) {
            guard let mark = url.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (url, nil) }
            let query = url[url.utf8.index(after: mark)...]
            // An @ there is a mistake that the client explains: what precedes it may be a part of a password.
            guard !query.utf8.contains(UInt8(ascii: "@")) else { return (url, nil) }
            var options = query.split(separator: "&", omittingEmptySubsequences: false)
            guard let index = options.lastIndex(where: { $0.hasPrefix("keyprefix=") }) else { return (url, nil) }
            let text = options.remove(at: index).dropFirst("keyprefix=".count)
            let rest = options.isEmpty ? "" : "?" + options.joined(separator: "&")
            return (url[..<mark] + rest, text.removingPercentEncoding ?? String(text))
        }
    }
#endif
