#if Configuration
    public import Configuration
    public import Sessions
    public import SessionsStores

    /// What an operator sets about sessions outside the program: in the environment, in a file, or wherever a reader looks.
    ///
    /// ```swift
    /// let settings = try await SessionSettings(config: ConfigReader(provider: EnvironmentVariablesProvider()))
    /// let sessions = try SessionManager(
    ///     store: try await settings.openStore(), realm: settings.realm, configuration: settings.configuration)
    /// ```
    public struct SessionSettings: Sendable {
        /// The choices about timeouts, cookies, renewals and proxies, as `SessionManager` takes them.
        public var configuration: SessionConfiguration
        /// How large a session may get.
        public var limits = SessionLimits()
        /// The realm of the application.
        public var realm = Realm.default
        /// The store; `nil` where no key names one.
        public var store: SessionStoreURL?

        private let storeKey: String

        /// Reads the settings below a key; what is set nowhere stays as it is in `defaults`.
        ///
        /// The values are checked as `SessionManager` checks them, and refused in the same words behind their key.
        ///
        /// | key | what it takes |
        /// | --- | --- |
        /// | `store` | the URL of a store; read as a secret |
        /// | `realm` | a name |
        /// | `limits.attributeBytes`, `limits.sessionBytes`, `limits.attributeCount` | a whole number |
        /// | `timeouts.idle` | a duration, or `none` |
        /// | `timeouts.absolute` | a duration |
        /// | `timeouts.isPersistent` | a flag |
        /// | `visitorTimeouts.idle`, `visitorTimeouts.absolute`, `visitorTimeouts.isPersistent` | as in `timeouts` |
        /// | `rememberedTimeouts.idle`, `rememberedTimeouts.absolute`, `rememberedTimeouts.isPersistent` | as there |
        /// | `touchInterval` | a duration, or `automatic` |
        /// | `renewalInterval` | a duration, or `none` |
        /// | `renewalSettle`, `renewalOverlap`, `explanationWindow`, `clockSkew` | a duration |
        /// | `endsOnSuspectedTheft` | a flag |
        /// | `maximumSessionsPerPrincipal` | a whole number, or `none` |
        /// | `sessionLimitAction` | `end`, `refuse` or `ask` |
        /// | `newSessionLimit` | `300 per 1m`, or `none` |
        /// | `authenticationAge` | a duration, or `none` |
        /// | `transport` | `cookies`, `bearer`, or `field:` with the name of a field |
        /// | `urlTokens.isEnabled` | a flag |
        /// | `urlTokens.parameter` | a name |
        /// | `urlTokens.idleTimeout`, `urlTokens.absoluteTimeout`, `urlTokens.codeLifetime` | a duration |
        /// | `urlTokens.origins` | a list of origins |
        /// | `cookies.insecureForDevelopment` | a flag |
        /// | `cookies.developmentNetworks` | a list of addresses and blocks |
        /// | `cookies.visitorName`, `cookies.signedInName` | a name |
        /// | `cookies.domain` | a domain, or `none` |
        /// | `cookies.path` | a path |
        /// | `cookies.sameSite` | `Strict`, `Lax` or `None` |
        /// | `cookies.isSecure`, `cookies.isPartitioned` | a flag |
        /// | `cookies.formerDomains` | a list of domains |
        /// | `cookies.former` | a list, each of two names and what differed: `visitor id Domain=example.com Path=/` |
        /// | `forgeryProtection.mode` | `refuse`, `report` or `off` |
        /// | `forgeryProtection.requiresFetchMetadata` | a flag |
        /// | `forgeryProtection.trustedOrigins` | a list of origins |
        /// | `forgeryProtection.exemptions` | a list, each of a method and a path: `POST /paid` |
        /// | `clearSiteData` | a list of directives |
        /// | `trustedProxies` | a list of addresses and blocks, and `unix` |
        /// | `forwardedField` | `either`, `X-Forwarded-Proto` or `Forwarded` |
        ///
        /// A duration is written with its units: `30m`, `12h`, `14d`, `90s`, `500ms`, `1h 30m`.
        ///
        /// A reader can't list the keys of its providers, so a key with a typo is found where `names` lists it. What is found
        /// without them is a group that was given a value, such as `timeouts`.
        /// - Parameters:
        ///   - config: where the keys are read
        ///   - scope: the key below which all of them are; with the default, variables begin with `SESSIONS_`
        ///   - defaults: what stands where nothing is set
        ///   - names: the places whose keys below the scope must all be settings
        /// - Throws: `SessionError.Code.configuration` with the key, the value and what to write; never with the store's URL
        public init(
            config: ConfigReader, scope: ConfigKey = "sessions", over defaults: SessionConfiguration = .init(),
            names: [SettingNames] = [.environment()]
        ) async throws(SessionError) {
            let reader = SettingReader(config: config, scope: scope)
            configuration = defaults
            storeKey = reader.path(of: "store")
            for names in names { try names.check(under: scope) }
            try await reader.checkGroups()
            for setting in Setting.all {
                guard let value = try await reader.value(of: setting) else { continue }
                do throws(SessionError) {
                    try setting.apply(value, &self)
                } catch {
                    throw SessionError(
                        .configuration, "\(reader.path(of: setting.key)): \(error.message)", cause: error.cause)
                }
            }
            try check(reader)
        }

        /// Opens the store with ``limits``, as `SessionStoreURL.open(limits:onlyExisting:)` does.
        ///
        /// - Throws: `SessionError.Code.configuration` where no key names a store
        public func openStore() async throws(SessionError) -> any SessionStore {
            guard let store else {
                throw SessionError(
                    .configuration,
                    "\(storeKey) is not set; write one of \(SessionStoreURL.forms.joined(separator: ", "))")
            }
            return try await store.open(limits: limits)
        }

        /// - Throws: what `SessionManager` would refuse, behind the key that it is about
        private func check(_ reader: SettingReader) throws(SessionError) {
            do throws(SessionError) {
                try configuration.cookies.validate()
            } catch {
                throw SessionError(
                    .configuration, "\(reader.path(of: "cookies")): \(error.message)", cause: error.cause)
            }
            do throws(SessionError) {
                try configuration.validate()
            } catch {
                // Most messages begin with the name of what is wrong, which is its key.
                let names = Setting.all.map(\.key) + Setting.groups
                let isNamed = names.contains { error.message.hasPrefix($0 + " ") }
                throw SessionError(
                    .configuration, isNamed ? reader.path(of: error.message) : "\(reader.scopeText): \(error.message)",
                    cause: error.cause)
            }
        }
    }
#endif
