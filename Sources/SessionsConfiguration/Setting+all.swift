#if Configuration
    import HTTPTypes
    import Sessions
    import SessionsStores

    extension Setting {
        /// Every setting; those that change what a later one builds on come first.
        static let all: [Setting] =
            [
                text("store", \.store, "the URL of a store", isSecret: true) { text throws(SessionError) in
                    try SessionStoreURL(text)
                },
                text("realm", \.realm, "a name") { text throws(SessionError) in try Realm(text) },
                size("limits.attributeBytes", \.limits.attributeBytes),
                size("limits.sessionBytes", \.limits.sessionBytes),
                size("limits.attributeCount", \.limits.attributeCount),
            ]
            + timeouts + engine + cookies + forgery + transport

        // Those of visitors follow from those of users, unless set.
        private static let timeouts: [Setting] = [
            duration("timeouts.idle", \.configuration.timeouts.idle, or: "none"),
            duration("timeouts.absolute", \.configuration.timeouts.absolute),
            flag("timeouts.isPersistent", \.configuration.timeouts.isPersistent),
            duration("visitorTimeouts.idle", \.configuration.visitorTimeouts.idle, or: "none"),
            duration("visitorTimeouts.absolute", \.configuration.visitorTimeouts.absolute),
            flag("visitorTimeouts.isPersistent", \.configuration.visitorTimeouts.isPersistent),
            duration("rememberedTimeouts.idle", \.configuration.rememberedTimeouts.idle, or: "none"),
            duration("rememberedTimeouts.absolute", \.configuration.rememberedTimeouts.absolute),
            flag("rememberedTimeouts.isPersistent", \.configuration.rememberedTimeouts.isPersistent),
        ]

        private static let engine: [Setting] = [
            duration("touchInterval", \.configuration.touchInterval, or: "automatic"),
            duration("renewalInterval", \.configuration.renewalInterval, or: "none"),
            duration("renewalSettle", \.configuration.renewalSettle),
            duration("renewalOverlap", \.configuration.renewalOverlap),
            duration("explanationWindow", \.configuration.explanationWindow),
            duration("clockSkew", \.configuration.clockSkew),
            flag("endsOnSuspectedTheft", \.configuration.endsOnSuspectedTheft),
            whole("maximumSessionsPerPrincipal", \.configuration.maximumSessionsPerPrincipal, or: "none"),
            choice(
                "sessionLimitAction", \.configuration.sessionLimitAction,
                ["end": .endLeastRecentlyUsed, "refuse": .refuse, "ask": .ask]),
            text("newSessionLimit", \.configuration.newSessionLimit, NewSessionLimit.form) { text in
                if text == "none" { return .some(nil) }
                return NewSessionLimit(text: text).map { .some($0) }
            },
            duration("authenticationAge", \.configuration.authenticationAge, or: "none"),
        ]

        private static let cookies: [Setting] = [
            flag("cookies.insecureForDevelopment") { flag, settings in
                if flag { settings.configuration.cookies = .insecureForDevelopment }
            },
            list(
                "cookies.developmentNetworks", "addresses and blocks",
                { text throws(SessionError) in try AddressRange(text) },
                { networks, settings throws(SessionError) in
                    guard !settings.configuration.cookies.scope.isSecure else {
                        throw SessionError(
                            .configuration,
                            "plain HTTP is for cookies without Secure; set cookies.insecureForDevelopment too")
                    }
                    settings.configuration.cookies = .insecureForDevelopment(from: networks)
                }),
            text("cookies.visitorName", \.configuration.cookies.visitorName, "a name") { $0 },
            text("cookies.signedInName", \.configuration.cookies.signedInName, "a name") { $0 },
            text("cookies.domain", \.configuration.cookies.scope.domain, "a domain, or none") { text in
                .some(text == "none" ? nil : text)
            },
            text("cookies.path", \.configuration.cookies.scope.path, "a path") { $0 },
            choice(
                "cookies.sameSite", \.configuration.cookies.scope.sameSite,
                ["Strict": .strict, "Lax": .lax, "None": .none]),
            flag("cookies.isSecure", \.configuration.cookies.scope.isSecure),
            flag("cookies.isPartitioned", \.configuration.cookies.scope.isPartitioned),
            list("cookies.formerDomains", \.configuration.cookies.formerDomains, "domains") { $0.isEmpty ? nil : $0 },
            list("cookies.former", \.configuration.cookies.former, SessionCookies.formerForm) {
                SessionCookies(former: $0)
            },
        ]

        private static let forgery: [Setting] = [
            choice(
                "forgeryProtection.mode", \.configuration.forgeryProtection.mode,
                ["refuse": .refuse, "report": .report, "off": .off]),
            flag(
                "forgeryProtection.requiresFetchMetadata", \.configuration.forgeryProtection.requiresFetchMetadata),
            list("forgeryProtection.trustedOrigins", \.configuration.forgeryProtection.trustedOrigins, "origins") {
                text throws(SessionError) in try WebOrigin(text)
            },
            list(
                "forgeryProtection.exemptions", \.configuration.forgeryProtection.exemptions,
                "a method and a path, such as POST /paid"
            ) { text throws(SessionError) in
                let parts = text.split(separator: " ", maxSplits: 1)
                guard parts.count == 2, let method = HTTPRequest.Method(String(parts[0])) else { return nil }
                return try ForgeryProtection.Exemption(method, String(parts[1]))
            },
        ]

        private static let transport: [Setting] = [
            text("transport", \.configuration.transport, "cookies, bearer, or field: with the name of a field") {
                text in
                switch text {
                case "cookies": return .cookies
                case "bearer": return .bearer
                default:
                    guard text.hasPrefix("field:") else { return nil }
                    return HTTPField.Name(String(text.dropFirst("field:".count))).map { .field($0) }
                }
            },
            list("clearSiteData", \.configuration.clearSiteData, "directives") { $0 },
            list("trustedProxies", \.configuration.trustedProxies, "addresses and blocks") {
                text throws(SessionError) in
                text == "unix" ? .unixSockets : try AddressRange(text)
            },
            choice(
                "forwardedField", \.configuration.forwardedField,
                ["either": .either, "X-Forwarded-Proto": .xForwardedProto, "Forwarded": .forwarded]),
            flag("urlTokens.isEnabled") { isEnabled, settings in
                let tokens = settings.configuration.urlTokens ?? URLTokens()
                settings.configuration.urlTokens = isEnabled ? tokens : nil
            },
            urlTokens(text("urlTokens.parameter", \.urls.parameter, "a name") { $0 }),
            urlTokens(duration("urlTokens.idleTimeout", \.urls.idleTimeout)),
            urlTokens(duration("urlTokens.absoluteTimeout", \.urls.absoluteTimeout)),
            urlTokens(duration("urlTokens.codeLifetime", \.urls.codeLifetime)),
            urlTokens(
                list("urlTokens.origins", \.urls.origins, "origins") { text throws(SessionError) in try WebOrigin(text)
                }),
        ]

        /// A setting of tokens in URLs, which mean nothing while these are off.
        private static func urlTokens(_ setting: Setting) -> Setting {
            Setting(key: setting.key, kind: setting.kind, form: setting.form) { value, settings throws(SessionError) in
                guard settings.configuration.urlTokens != nil else {
                    throw SessionError(
                        .configuration, "tokens in URLs are off; set urlTokens.isEnabled to true, or leave this out")
                }
                try setting.apply(value, &settings)
            }
        }
    }

    extension SessionSettings {
        /// The tokens in URLs, where they are on.
        fileprivate var urls: URLTokens {
            get { configuration.urlTokens ?? URLTokens() }
            set { configuration.urlTokens = newValue }
        }
    }
#endif
