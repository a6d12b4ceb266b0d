#if Configuration
    import Configuration
    import Foundation
    import Logging
    import SessionsStores
    import Synchronization
    import Testing

    @testable import Sessions
    @testable import SessionsConfiguration

    @Suite("Settings from outside the program", .timeLimit(.minutes(10)))
    struct SettingsTests {
        /// The name of a key's variable.
        private static func variable(_ key: String, under scope: String = "sessions") -> String {
            "\(scope).\(key)".replacing(/([a-z])([A-Z])/) { "\($0.1)_\($0.2)" }.replacing(".", with: "_").uppercased()
        }

        private func fromEnvironment(_ values: [String: String]) async throws -> SessionSettings {
            let variables = Dictionary(uniqueKeysWithValues: values.map { (Self.variable($0), $1) })
            return try await SessionSettings(
                config: ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables)),
                names: [.environment(variables)])
        }

        private func inMemory(_ values: [String: ConfigContent]) async throws -> SessionSettings {
            let values = values.map {
                (
                    AbsoluteConfigKey("sessions.\($0)".split(separator: ".").map(String.init)),
                    ConfigValue($1, isSecret: false)
                )
            }
            return try await SessionSettings(
                config: ConfigReader(provider: InMemoryProvider(values: Dictionary(uniqueKeysWithValues: values))),
                names: [])
        }

        private func refusal(_ values: [String: String]) async throws -> String {
            let error = await #expect(throws: SessionError.self) { try await fromEnvironment(values) }
            #expect(error?.code == .configuration)
            return error?.message ?? ""
        }

        @Test(
            "The value of each key arrives, from a variable and from a file that has numbers, flags and lists",
            arguments: Arrival.all)
        func arrives(_ arrival: Arrival) async throws {
            #expect(!arrival.hasArrived(try await fromEnvironment([:])))
            let settings = try await fromEnvironment(arrival.beside.merging([arrival.key: arrival.text]) { $1 })
            #expect(arrival.hasArrived(settings))
            let kinds = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.key, $0.kind) })
            var contents = arrival.beside.mapValues { ConfigContent.string($0) }
            for (key, text) in arrival.beside where kinds[key] == .flag { contents[key] = .bool(text == "true") }
            contents[arrival.key] = arrival.content ?? .string(arrival.text)
            #expect(arrival.hasArrived(try await inMemory(contents)))
        }

        @Test("Every property of the configuration and the limits has a key, and every key a value above")
        func complete() throws {
            #expect(Set(Arrival.all.map(\.key)) == Set(Setting.all.map(\.key)))
            #expect(Set(Setting.all.map(\.key)).count == Setting.all.count)
            let names = Set(Setting.all.map { $0.key.split(separator: ".").first.map(String.init) })
            let properties = Mirror(reflecting: SessionConfiguration()).children.compactMap(\.label)
            #expect(properties.count > 15)
            #expect(properties.filter { $0 != "ownVisitorTimeouts" && !names.contains($0) } == [])
            for (group, value) in [
                ("timeouts", SessionTimeouts.standard), ("limits", SessionLimits()), ("urlTokens", URLTokens()),
                ("forgeryProtection", ForgeryProtection()),
            ] as [(String, Any)] {
                let keys = Set(Setting.keys(in: group))
                let labels = Mirror(reflecting: value).children.compactMap(\.label)
                #expect(!labels.isEmpty && labels.filter { !keys.contains("\(group).\($0)") } == [])
            }
        }

        @Test("The initializer and the page of the configuration list every key, and no other")
        func documented() throws {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            let keys = Setting.all.map(\.key).sorted()
            for path in ["Sources/SessionsConfiguration/SessionSettings.swift", "docs/configuration.md"] {
                let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
                let table = try #require(text.components(separatedBy: "| key | what it takes |").dropFirst().first)
                let rows = table.split(separator: "\n").map { $0.drop { " /".contains($0) } }.dropFirst().prefix {
                    $0.hasPrefix("|")
                }
                let listed = rows.flatMap { row in
                    row.split(separator: "|")[0].matches(of: /`([A-Za-z.]+)`/).map { String($0.1) }
                }
                #expect(listed.sorted() == keys, "\(path)")
            }
        }

        @Test("What is set nowhere stays as the program has it")
        func defaults() async throws {
            var configuration = SessionConfiguration()
            configuration.timeouts.idle = .seconds(7)
            configuration.touchInterval = .seconds(1)
            configuration.newSessionLimit = nil
            configuration.urlTokens = URLTokens()
            let provider = InMemoryProvider(values: ["sessions.timeouts.absolute": "1h"])
            let settings = try await SessionSettings(
                config: ConfigReader(provider: provider), over: configuration, names: [])
            configuration.timeouts.absolute = .seconds(3600)
            var (found, expected) = ("", "")
            dump(settings.configuration, to: &found)
            dump(configuration, to: &expected)
            #expect(found == expected)
            #expect(settings.limits == SessionLimits() && settings.realm == .default && settings.store == nil)
        }

        @Test("A word switches off what can be switched off")
        func none() async throws {
            var configuration = SessionConfiguration()
            configuration.authenticationAge = .seconds(1)
            configuration.cookies.scope.domain = "a.example"
            configuration.touchInterval = .seconds(1)
            let off: [AbsoluteConfigKey: ConfigValue] = [
                "sessions.timeouts.idle": "none", "sessions.renewalInterval": "none",
                "sessions.newSessionLimit": "none",
                "sessions.maximumSessionsPerPrincipal": "none", "sessions.authenticationAge": "none",
                "sessions.cookies.domain": "none", "sessions.touchInterval": "automatic",
                "sessions.clearSiteData": .init(.stringArray([]), isSecret: false),
            ]
            let settings = try await SessionSettings(
                config: ConfigReader(provider: InMemoryProvider(values: off)), over: configuration, names: [])
            let found = settings.configuration
            #expect(found.timeouts.idle == nil && found.renewalInterval == nil && found.newSessionLimit == nil)
            #expect(
                found.maximumSessionsPerPrincipal == nil && found.authenticationAge == nil && found.touchInterval == nil
            )
            #expect(found.cookies.scope.domain == nil && found.clearSiteData == [])
            #expect(try await fromEnvironment(["clearSiteData": ""]).configuration.clearSiteData == [])
            let modes = ["off": ForgeryProtection.Mode.off, "report": .report, "refuse": .refuse]
            for (text, mode) in modes {
                let found = try await fromEnvironment(["forgeryProtection.mode": text]).configuration
                #expect(found.forgeryProtection.mode == mode)
            }
            configuration.authenticationAge = nil
            configuration.urlTokens = URLTokens()
            configuration.cookies = SessionCookies()
            let without = try await SessionSettings(
                config: ConfigReader(provider: InMemoryProvider(values: ["sessions.urlTokens.isEnabled": false])),
                over: configuration, names: [])
            #expect(without.configuration.urlTokens == nil)
        }

        @Test("Tokens in URLs that an operator switches on are as the program has them, but for what else is set")
        func urlTokensOfTheProgram() async throws {
            var (configuration, tokens) = (SessionConfiguration(), URLTokens())
            tokens.parameter = "s"
            tokens.idleTimeout = .seconds(300)
            configuration.urlTokens = tokens
            let values: [AbsoluteConfigKey: ConfigValue] = [
                "sessions.urlTokens.isEnabled": true, "sessions.urlTokens.codeLifetime": "59s",
            ]
            let settings = try await SessionSettings(
                config: ConfigReader(provider: InMemoryProvider(values: values)), over: configuration, names: [])
            let found = settings.configuration.urlTokens
            #expect(found?.parameter == "s" && found?.idleTimeout == .seconds(300))
            #expect(found?.codeLifetime == .seconds(59))
        }

        @Test("Cookies without Secure that are set to false change no cookie, in the environment and in a file")
        func notForDevelopment() async throws {
            let key = "cookies.insecureForDevelopment"
            for text in ["false", "no", "0"] {
                #expect(try await fromEnvironment([key: text]).configuration.cookies == SessionCookies(), "\(text)")
            }
            #expect(try await inMemory([key: .bool(false)]).configuration.cookies == SessionCookies())
        }

        @Test("Each word of a choice is the choice that it names")
        func choices() async throws {
            for (text, field) in [
                ("either", .either), ("X-Forwarded-Proto", .xForwardedProto), ("Forwarded", .forwarded),
            ] as [(String, ForwardedField)] {
                #expect(try await fromEnvironment(["forwardedField": text]).configuration.forwardedField == field)
            }
            for (text, action) in [
                ("end", .endLeastRecentlyUsed), ("refuse", .refuse), ("ask", .ask),
            ] as [(String, SessionLimitAction)] {
                let found = try await fromEnvironment(["sessionLimitAction": text]).configuration
                #expect(found.sessionLimitAction == action)
            }
            for (text, sameSite) in [
                ("Strict", .strict), ("Lax", .lax), ("None", .none),
            ] as [(String, SetCookie.SameSite)] {
                let found = try await fromEnvironment(["cookies.sameSite": text]).configuration
                #expect(found.cookies.scope.sameSite == sameSite)
            }
        }

        @Test(
            "A wrong value is refused with its key, the value, and what to write",
            arguments: [
                (
                    ["timeouts.idle": "30"],
                    "sessions.timeouts.idle: \"30\" is not a duration with its unit, such as 30m, 12h, 14d, 90s or 500ms, or none"
                ),
                (
                    ["timeouts.absolute": "none"],
                    "sessions.timeouts.absolute: \"none\" is not a duration with its unit, such as 30m, 12h, 14d, 90s or 500ms"
                ),
                (["timeouts.isPersistent": "maybe"], "sessions.timeouts.isPersistent: \"maybe\" is not true or false"),
                (
                    ["limits.attributeCount": "0"],
                    "sessions.limits.attributeCount: 0 is not a whole number of at least 1"
                ),
                (
                    ["limits.attributeBytes": "16k"],
                    "sessions.limits.attributeBytes: \"16k\" is not a whole number of at least 1"
                ),
                (
                    ["maximumSessionsPerPrincipal": "many"],
                    "sessions.maximumSessionsPerPrincipal: \"many\" is not a whole number, or none"
                ),
                (
                    ["newSessionLimit": "0 per 1m"],
                    "sessions.newSessionLimit: \"0 per 1m\" is not a number of at least 1 and a time, such as 300 per 1m, or none"
                ),
                (
                    ["newSessionLimit": "1 per 0s"],
                    "sessions.newSessionLimit: \"1 per 0s\" is not a number of at least 1 and a time, such as 300 per 1m, or none"
                ),
                (
                    ["realm": "a b"],
                    "sessions.realm: \"a b\" can't name a realm: it takes 1 to 64 of the characters a-z A-Z 0-9 . _ -"
                ),
                (
                    ["transport": "cookie"],
                    "sessions.transport: \"cookie\" is not cookies, bearer, or field: with the name of a field"
                ),
                (["cookies.sameSite": "lacks"], "sessions.cookies.sameSite: \"lacks\" is not one of Strict, Lax, None"),
                (
                    ["trustedProxies": "10.0.0.0/8,10.0.0.300"],
                    "sessions.trustedProxies: \"10.0.0.300\" is not an IP address or a block such as 10.0.0.0/8"
                ),
                (
                    ["cookies.former": "v"],
                    "sessions.cookies.former: \"v\" is not two names and what differed from Path=/ on the host alone, such as visitor id Domain=example.com Path=/shop Partitioned"
                ),
                (
                    ["cookies.former": "v s HttpOnly"],
                    "sessions.cookies.former: \"v s HttpOnly\" is not two names and what differed from Path=/ on the host alone, such as visitor id Domain=example.com Path=/shop Partitioned"
                ),
                (
                    ["cookies.former": "v s Path=/a Path=/b"],
                    "sessions.cookies.former: \"v s Path=/a Path=/b\" is not two names and what differed from Path=/ on the host alone, such as visitor id Domain=example.com Path=/shop Partitioned"
                ),
                (
                    ["forgeryProtection.exemptions": "POST"],
                    "sessions.forgeryProtection.exemptions: \"POST\" is not a method and a path, such as POST /paid"
                ),
                (
                    ["forgeryProtection.exemptions": "GET /paid"],
                    "sessions.forgeryProtection.exemptions: exemption GET /paid: it is never refused"
                ),
                (
                    ["forgeryProtection.trustedOrigins": "https://*.example"],
                    "sessions.forgeryProtection.trustedOrigins: \"https://*.example\" is no origin: it has a wildcard; name each origin, such as https://pay.example.com"
                ),
                (
                    ["urlTokens.parameter": "s"],
                    "sessions.urlTokens.parameter: tokens in URLs are off; set urlTokens.isEnabled to true, or leave this out"
                ),
                (
                    ["cookies.developmentNetworks": "10.0.0.0/8"],
                    "sessions.cookies.developmentNetworks: plain HTTP is for cookies without Secure; set cookies.insecureForDevelopment too"
                ),
                (
                    ["store": "mysql://user:hunter2@a"],
                    "sessions.store: the store URL doesn't begin with a kind of store; write one of \(SessionStoreURL.forms.joined(separator: ", "))"
                ),
            ])
        func refused(_ values: [String: String], _ message: String) async throws {
            #expect(try await refusal(values) == message)
        }

        @Test("A number where a duration belongs is refused as it stands in a file")
        func otherKinds() async throws {
            for (key, content, message) in [
                (
                    "timeouts.idle", .int(1800),
                    "sessions.timeouts.idle: 1800 is not a duration with its unit, such as 30m, 12h, 14d, 90s or 500ms, or none"
                ),
                (
                    "limits.attributeBytes", .double(1.5),
                    "sessions.limits.attributeBytes: 1.5 is not a whole number of at least 1"
                ),
                ("endsOnSuspectedTheft", .int(1), "sessions.endsOnSuspectedTheft: 1 is not true or false"),
                ("realm", .bool(true), "sessions.realm: true is not a name"),
                (
                    "trustedProxies", .string("10.0.0.0/8"),
                    "sessions.trustedProxies: \"10.0.0.0/8\" is not a list of addresses and blocks"
                ),
                ("realm", .intArray([1]), "sessions.realm: the value can't be read; write a name"),
                ("store", .stringArray(["redis://:hunter2@a"]), "sessions.store: the value is not the URL of a store"),
            ] as [(String, ConfigContent, String)] {
                let error = await #expect(throws: SessionError.self) { try await inMemory([key: content]) }
                #expect(error?.message == message)
                // The provider's own words are the cause.
                if message.contains("can't be read") { #expect(error?.cause != nil) }
            }
        }

        @Test(
            "What a manager refuses is refused in its words, behind the key",
            arguments: [
                ["timeouts.idle": "0s"], ["timeouts.absolute": "401d"], ["visitorTimeouts.absolute": "401d"],
                ["touchInterval": "31m"],
                ["rememberedTimeouts.idle": "0ms"], ["renewalInterval": "0s"], ["renewalOverlap": "25h"],
                ["clockSkew": "401d"],
                ["maximumSessionsPerPrincipal": "0"], ["clearSiteData": "a b"], ["trustedProxies": "0.0.0.0/0"],
                ["authenticationAge": "0s"], ["transport": "field:Cookie"],
                ["urlTokens.isEnabled": "true", "urlTokens.idleTimeout": "16m"],
                ["urlTokens.isEnabled": "true", "authenticationAge": "1m"],
                ["urlTokens.isEnabled": "true", "transport": "bearer"],
            ])
        func managersWords(_ values: [String: String]) async throws {
            let message = try await refusal(values)
            var settings = try await fromEnvironment([:])
            for setting in Setting.all {
                guard let text = values[setting.key] else { continue }
                let value: SettingValue =
                    switch setting.kind {
                    case .flag: .flag(text == "true")
                    case .whole: .whole(try #require(Int(text)))
                    case .list: .list([text])
                    case .text, .number: .text(text)
                    }
                try setting.apply(value, &settings)
            }
            let error = #expect(throws: SessionError.self) {
                try SessionManager(store: MemorySessionStore(), configuration: settings.configuration)
            }
            #expect(message == "sessions.\(error?.message ?? "")")
            let key = try #require(message.split(separator: " ").first?.dropFirst("sessions.".count))
            #expect(Setting.all.contains { $0.key == key } || Setting.groups.contains(String(key)), "\(message)")
        }

        @Test("What no browser keeps of a cookie is refused in the words of the cookie, behind the key of the group")
        func cookies() async throws {
            #expect(
                try await refusal(["cookies.path": "/shop"])
                    == "sessions.cookies: cookie __Host-Http-visitor: __Host- needs Path=/, not \"/shop\"")
            #expect(
                try await refusal(["cookies.insecureForDevelopment": "1", "cookies.developmentNetworks": "8.8.8.0/24"])
                    .hasPrefix("sessions.cookies: insecureForDevelopment(from:) names 8.8.8.0/24"))
        }

        @Test("Each name of a unit is as long as it says")
        func units() {
            for (unit, length) in [
                ("ms", .milliseconds(7)), ("s", .seconds(7)), ("sec", .seconds(7)), ("m", .seconds(420)),
                ("min", .seconds(420)), ("h", .seconds(25_200)), ("d", .seconds(604_800)),
            ] as [(String, Duration)] {
                #expect(Duration(text: "7\(unit)") == length, "\(unit)")
            }
        }

        @Test(
            "A duration is one number or several, each with its unit",
            arguments: [
                ("1ms", Duration.milliseconds(1)), ("0s", .zero), ("90 s", .seconds(90)), ("1h 30m", .seconds(5400)),
                ("1h30m", .seconds(5400)), ("2 min", .seconds(120)),
                ("9223372036854775807ms", .milliseconds(Int64.max)),
                ("9223372036854775808ms", nil), ("106751991167d", .seconds(106_751_991_167 * 86_400)),
                ("106751991168d", nil),
                ("9223372036854775807ms 1ms", nil), ("", nil), (" ", nil), ("5", nil), ("-5m", nil), ("1.5h", nil),
                ("5 weeks", nil),
                ("m", nil), ("5m ", nil), ("5M", nil), ("٥m", nil), ("5m,", nil), ("none", nil),
            ] as [(String, Duration?)])
        func durations(_ text: String, _ duration: Duration?) {
            #expect(Duration(text: text) == duration)
        }
    }
#endif
