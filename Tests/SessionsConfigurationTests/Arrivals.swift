#if Configuration
    import Configuration
    import HTTPTypes
    @testable import Sessions
    import SessionsConfiguration
    import SessionsStores

    /// A value of one key, and how it shows that it arrived.
    struct Arrival: Sendable, CustomStringConvertible {
        let key: String
        /// The value as the environment has it.
        let text: String
        /// The value as a file has it, where that isn't text.
        var content: ConfigContent?
        /// What else has to be set, so that this key may be.
        var beside: [String: String] = [:]
        let hasArrived: @Sendable (SessionSettings) -> Bool

        var description: String { key }

        init<Value: Equatable & Sendable>(
            _ key: String, _ text: String, file content: ConfigContent? = nil, beside: [String: String] = [:],
            is expected: Value, _ value: @escaping @Sendable (SessionSettings) -> Value
        ) {
            self.key = key
            self.text = text
            self.content = content
            self.beside = beside
            hasArrived = { value($0) == expected }
        }
    }

    extension Arrival {
        private static let tokens = ["urlTokens.isEnabled": "true"]
        private static let plain = ["cookies.insecureForDevelopment": "true"]
        private static let named = [
            "cookies.visitorName": "__Secure-v", "cookies.signedInName": "__Secure-s", "cookies.path": "/",
        ]

        static let all: [Arrival] = [
            .init("store", "sqlite:a.db", is: "sqlite:a.db") { $0.store?.description },
            .init("realm", "shop", is: "shop") { $0.realm.name },
            .init("limits.attributeBytes", "100", file: .int(100), is: 100) { $0.limits.attributeBytes },
            .init("limits.sessionBytes", "200", file: .int(200), is: 200) { $0.limits.sessionBytes },
            .init("limits.attributeCount", "3", file: .int(3), is: 3) { $0.limits.attributeCount },
            .init("timeouts.idle", "21m", is: Duration.seconds(21 * 60)) { $0.configuration.timeouts.idle },
            .init("timeouts.absolute", "9h", is: Duration.seconds(9 * 3600)) { $0.configuration.timeouts.absolute },
            .init("timeouts.isPersistent", "true", file: .bool(true), is: true) {
                $0.configuration.timeouts.isPersistent
            },
            .init("visitorTimeouts.idle", "19m", is: Duration.seconds(19 * 60)) {
                $0.configuration.visitorTimeouts.idle
            },
            .init("visitorTimeouts.absolute", "7h", is: Duration.seconds(7 * 3600)) {
                $0.configuration.visitorTimeouts.absolute
            },
            .init("visitorTimeouts.isPersistent", "yes", file: .bool(true), is: true) {
                $0.configuration.visitorTimeouts.isPersistent
            },
            .init("rememberedTimeouts.idle", "13d", is: Duration.seconds(13 * 86_400)) {
                $0.configuration.rememberedTimeouts.idle
            },
            .init("rememberedTimeouts.absolute", "29d", is: Duration.seconds(29 * 86_400)) {
                $0.configuration.rememberedTimeouts.absolute
            },
            .init("rememberedTimeouts.isPersistent", "false", file: .bool(false), is: false) {
                $0.configuration.rememberedTimeouts.isPersistent
            },
            .init("touchInterval", "45s", is: Duration.seconds(45)) { $0.configuration.touchInterval },
            .init("renewalInterval", "10m", is: Duration.seconds(600)) { $0.configuration.renewalInterval },
            .init("renewalSettle", "61s", is: Duration.seconds(61)) { $0.configuration.renewalSettle },
            .init("renewalOverlap", "1500ms", is: Duration.milliseconds(1500)) { $0.configuration.renewalOverlap },
            .init("explanationWindow", "2h", is: Duration.seconds(7200)) { $0.configuration.explanationWindow },
            .init("clockSkew", "6s", is: Duration.seconds(6)) { $0.configuration.clockSkew },
            .init("endsOnSuspectedTheft", "no", file: .bool(false), is: false) {
                $0.configuration.endsOnSuspectedTheft
            },
            .init("maximumSessionsPerPrincipal", "5", file: .int(5), is: 5) {
                $0.configuration.maximumSessionsPerPrincipal
            },
            .init("sessionLimitAction", "ask", is: SessionLimitAction.ask) { $0.configuration.sessionLimitAction },
            .init("newSessionLimit", "1 per 10s", is: [nil, Duration.seconds(10), .seconds(10)]) { settings in
                guard let limit = settings.configuration.newSessionLimit, let client = NetworkAddress("192.0.2.1")
                else {
                    return []
                }
                return (0..<3).map { _ in limit.wait(client, Timestamp(milliseconds: 0)) }
            },
            .init("authenticationAge", "15m", is: Duration.seconds(900)) { $0.configuration.authenticationAge },
            .init("transport", "field:X-Session-Token", is: TokenTransport.field(HTTPField.Name("X-Session-Token")!)) {
                $0.configuration.transport
            },
            .init(
                "clearSiteData", "cache, cookies", file: .stringArray(["cache", "cookies"]), is: ["cache", "cookies"]
            ) {
                $0.configuration.clearSiteData
            },
            .init(
                "trustedProxies", "10.1.0.0/16,::1,unix", file: .stringArray(["10.1.0.0/16", "::1", "unix"]),
                is: ["10.1.0.0/16", "::1", "Unix sockets"]
            ) { $0.configuration.trustedProxies.map(\.description) },
            .init("forwardedField", "x-forwarded-proto", is: ForwardedField.xForwardedProto) {
                $0.configuration.forwardedField
            },
            .init("urlTokens.isEnabled", "true", file: .bool(true), is: true) { $0.configuration.urlTokens != nil },
            .init("urlTokens.parameter", "s", beside: tokens, is: "s") { $0.configuration.urlTokens?.parameter },
            .init("urlTokens.idleTimeout", "14m", beside: tokens, is: Duration.seconds(14 * 60)) {
                $0.configuration.urlTokens?.idleTimeout
            },
            .init("urlTokens.absoluteTimeout", "1h", beside: tokens, is: Duration.seconds(3600)) {
                $0.configuration.urlTokens?.absoluteTimeout
            },
            .init("urlTokens.codeLifetime", "59s", beside: tokens, is: Duration.seconds(59)) {
                $0.configuration.urlTokens?.codeLifetime
            },
            .init(
                "urlTokens.origins", "https://a.example,https://b.example",
                file: .stringArray(["https://a.example", "https://b.example"]), beside: tokens,
                is: ["https://a.example", "https://b.example"]
            ) { $0.configuration.urlTokens?.origins.map(\.description) ?? [] },
            .init("cookies.insecureForDevelopment", "true", file: .bool(true), is: ["visitor", "id", "false"]) {
                let cookies = $0.configuration.cookies
                return [cookies.visitorName, cookies.signedInName, "\(cookies.scope.isSecure)"]
            },
            .init(
                "cookies.developmentNetworks", "192.168.0.0/16", file: .stringArray(["192.168.0.0/16"]), beside: plain,
                is: SessionCookies.insecureForDevelopment(from: [try! AddressRange("192.168.0.0/16")])
            ) { $0.configuration.cookies },
            .init("cookies.visitorName", "__Host-v", is: "__Host-v") { $0.configuration.cookies.visitorName },
            .init("cookies.signedInName", "__Host-s", is: "__Host-s") { $0.configuration.cookies.signedInName },
            .init("cookies.domain", "shop.example", beside: named, is: "shop.example") {
                $0.configuration.cookies.scope.domain
            },
            .init("cookies.path", "/shop", beside: named, is: "/shop") { $0.configuration.cookies.scope.path },
            .init("cookies.sameSite", "strict", is: SetCookie.SameSite.strict) {
                $0.configuration.cookies.scope.sameSite
            },
            .init(
                "cookies.isSecure", "0", file: .bool(false),
                beside: ["cookies.visitorName": "v", "cookies.signedInName": "s"], is: false
            ) {
                $0.configuration.cookies.scope.isSecure
            },
            .init("cookies.isPartitioned", "1", file: .bool(true), is: true) {
                $0.configuration.cookies.scope.isPartitioned
            },
            .init(
                "cookies.formerDomains", "a.example,b.example", file: .stringArray(["a.example", "b.example"]),
                beside: named,
                is: ["a.example", "b.example"]
            ) { $0.configuration.cookies.formerDomains },
            .init(
                "cookies.former", "__Host-v __Host-s,v s Domain=a.example Path=/b Partitioned",
                file: .stringArray(["__Host-v __Host-s", "v s Domain=a.example Path=/b Partitioned"]),
                is: [
                    SessionCookies(visitorName: "__Host-v", signedInName: "__Host-s"),
                    SessionCookies(
                        visitorName: "v", signedInName: "s",
                        scope: .init(domain: "a.example", path: "/b", isPartitioned: true)),
                ]
            ) { $0.configuration.cookies.former },
            .init("forgeryProtection.mode", "report", is: ForgeryProtection.Mode.report) {
                $0.configuration.forgeryProtection.mode
            },
            .init("forgeryProtection.requiresFetchMetadata", "true", file: .bool(true), is: true) {
                $0.configuration.forgeryProtection.requiresFetchMetadata
            },
            .init(
                "forgeryProtection.trustedOrigins", "https://pay.example", file: .stringArray(["https://pay.example"]),
                is: ["https://pay.example"]
            ) { $0.configuration.forgeryProtection.trustedOrigins.map(\.description) },
            .init(
                "forgeryProtection.exemptions", "POST /paid,PUT /hook",
                file: .stringArray(["POST /paid", "PUT /hook"]),
                is: [
                    try! ForgeryProtection.Exemption(.post, "/paid"), try! ForgeryProtection.Exemption(.put, "/hook"),
                ]
            ) { $0.configuration.forgeryProtection.exemptions },
        ]
    }
#endif
