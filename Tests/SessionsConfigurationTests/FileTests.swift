#if Configuration
    import Configuration
    import Foundation
    import Sessions
    import SessionsConfiguration
    import SessionsStores
    import Testing

    @Suite("Settings from a JSON file, with the provider that applications use", .timeLimit(.minutes(10)))
    struct FileTests {
        /// Reads a file as docs/configuration.md does, with the variables of an environment in front of it.
        private func settings(
            _ json: String, variables: [String: String] = [:]
        ) async throws -> SessionSettings {
            let file = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString).json")
            try Data(json.utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let path = ConfigReader(provider: InMemoryProvider(values: ["filePath": .init(stringLiteral: file.path)]))
            let config = ConfigReader(providers: [
                EnvironmentVariablesProvider(environmentVariables: variables),
                try await FileProvider<JSONSnapshot>(config: path),
            ])
            return try await SessionSettings(
                config: config, names: [.environment(variables), try .json(try Data(contentsOf: file))])
        }

        private func refusal(_ json: String) async throws -> String? {
            let error = await #expect(throws: SessionError.self) { try await settings(json) }
            #expect(error?.code == .configuration)
            return error?.message
        }

        @Test("Texts, numbers, flags and lists arrive, keys of other parts of the program are left alone")
        func values() async throws {
            let settings = try await settings(
                """
                {"port": 8080, "sessions": {
                    "store": "sqlite:shop.db", "realm": "shop",
                    "timeouts": {"idle": "15m", "absolute": "8h", "isPersistent": true},
                    "limits": {"attributeCount": 7}, "maximumSessionsPerPrincipal": 3, "sessionLimitAction": "ask",
                    "renewalInterval": "none", "endsOnSuspectedTheft": false, "newSessionLimit": "60 per 1m",
                    "trustedProxies": ["10.0.0.0/8", "unix"], "clearSiteData": []
                }}
                """)
            #expect(settings.store?.description == "sqlite:shop.db" && settings.realm.name == "shop")
            let configuration = settings.configuration
            #expect(configuration.timeouts == .init(idle: .minutes(15), absolute: .hours(8), isPersistent: true))
            #expect(settings.limits == SessionLimits(attributeCount: 7))
            #expect(configuration.maximumSessionsPerPrincipal == 3 && configuration.sessionLimitAction == .ask)
            #expect(configuration.renewalInterval == nil && !configuration.endsOnSuspectedTheft)
            #expect(configuration.trustedProxies.count == 2 && configuration.clearSiteData == [])
            let plain = try await self.settings("{}")
            #expect(plain.configuration.maximumSessionsPerPrincipal == 100 && plain.store == nil)
        }

        @Test("A variable comes before the file, for each key by itself")
        func precedence() async throws {
            let settings = try await settings(
                #"{"sessions": {"timeouts": {"idle": "15m", "absolute": "8h"}}}"#,
                variables: ["SESSIONS_TIMEOUTS_IDLE": "5m"])
            #expect(settings.configuration.timeouts == .init(idle: .minutes(5), absolute: .hours(8)))
        }

        @Test(
            "A wrong value is refused with its key, as it stands in the file",
            arguments: [
                (
                    #"{"timeouts": {"idle": 1800}}"#,
                    "sessions.timeouts.idle: 1800 is not a duration with its unit, such as 30m, 12h, 14d, 90s or 500ms, or none"
                ),
                (
                    #"{"limits": {"attributeBytes": 1.5}}"#,
                    "sessions.limits.attributeBytes: 1.5 is not a whole number of at least 1"
                ),
                (
                    #"{"timeouts": {"isPersistent": "maybe"}}"#,
                    "sessions.timeouts.isPersistent: \"maybe\" is not true or false"
                ),
                (
                    #"{"trustedProxies": "10.0.0.0/8"}"#,
                    "sessions.trustedProxies: \"10.0.0.0/8\" is not a list of addresses and blocks"
                ),
                (
                    #"{"trustedProxies": ["10.0.0.300"]}"#,
                    "sessions.trustedProxies: \"10.0.0.300\" is not an IP address or a block such as 10.0.0.0/8"
                ),
                (
                    #"{"timeouts": "30m"}"#,
                    "sessions.timeouts is no setting; did you mean sessions.timeouts.idle?"
                ),
                (
                    #"{"timeouts": {"idle": "0s"}}"#,
                    "sessions.timeouts.idle is 0.0 seconds; it must be at least 1 ms, or nil"
                ),
            ])
        func wrongValue(_ json: String, _ message: String) async throws {
            #expect(try await refusal("{\"sessions\": \(json)}") == message)
        }

        @Test("A key with a typo is refused with the nearest one, and a file that is no object at all")
        func wrongKey() async throws {
            #expect(
                try await refusal(#"{"sessions": {"timeouts": {"idel": "15m"}, "relm": "shop"}}"#)
                    == "sessions.relm is no setting; did you mean sessions.realm? "
                    + "sessions.timeouts.idel is no setting; did you mean sessions.timeouts.idle?")
            for json in ["{", "[1]", ""] {
                await #expect(throws: (any Error).self) { try await settings(json) }
            }
        }

        @Test("The password of a store's URL is in no refusal")
        func secret() async throws {
            for value in ["\"redis://:hunter2@a:x\"", "[\"redis://:hunter2@a\"]", "\"hunter2@a\""] {
                let message = try await refusal("{\"sessions\": {\"store\": \(value)}}")
                #expect(message?.hasPrefix("sessions.store: ") == true && message?.contains("hunter2") == false)
            }
        }
    }
#endif
