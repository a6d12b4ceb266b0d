#if Configuration
    import Configuration
    import Foundation
    import SessionsStores
    import Synchronization
    import Testing

    @testable import Sessions
    @testable import SessionsConfiguration

    @Suite("Names and secrets of settings", .timeLimit(.minutes(10)))
    struct NamesTests {
        private func refusal(_ names: SettingNames, scope: ConfigKey = "sessions") -> String? {
            do throws(SessionError) {
                try names.check(under: scope)
                return nil
            } catch {
                #expect(error.code == .configuration)
                return error.message
            }
        }

        @Test("A variable with a typo is refused with the nearest setting, by the settings too")
        func environment() async throws {
            let variables = ["SESSIONS_TIMEOUTS_IDEL": "20m", "SESSIONS_STORE": "memory", "SESSION_X": "", "PATH": "/"]
            let message = "SESSIONS_TIMEOUTS_IDEL is no setting; did you mean SESSIONS_TIMEOUTS_IDLE?"
            #expect(refusal(.environment(variables)) == message)
            let provider = EnvironmentVariablesProvider(environmentVariables: variables)
            let error = await #expect(throws: SessionError.self) {
                try await SessionSettings(config: ConfigReader(provider: provider), names: [.environment(variables)])
            }
            #expect(error?.message == message)
            #expect(
                refusal(.environment(["SESSIONS_TOUCHINTERVAL": "", "SESSIONS_REALMS": ""]))
                    == "SESSIONS_REALMS is no setting; did you mean SESSIONS_REALM? "
                    + "SESSIONS_TOUCHINTERVAL is no setting; did you mean SESSIONS_TOUCH_INTERVAL?")
        }

        @Test("The environment of the process is looked at unless the program says otherwise")
        func ownEnvironment() async {
            await #expect(processExitsWith: .success) {
                setenv("SESSIONS_IDEL", "20m", 1)
                do throws(SessionError) {
                    _ = try await SessionSettings(config: ConfigReader(provider: InMemoryProvider(values: [:])))
                } catch {
                    exit(error.message.hasPrefix("SESSIONS_IDEL is no setting;") ? EXIT_SUCCESS : 3)
                }
                exit(4)
            }
        }

        @Test("What Kubernetes sets for a service named sessions is no typo")
        func serviceLinks() {
            let links = [
                "SESSIONS_SERVICE_HOST", "SESSIONS_SERVICE_PORT", "SESSIONS_SERVICE_PORT_REDIS", "SESSIONS_PORT",
                "SESSIONS_PORT_6379_TCP",
                "SESSIONS_PORT_6379_TCP_PROTO", "SESSIONS_PORT_6379_TCP_PORT", "SESSIONS_PORT_6379_TCP_ADDR",
                "SESSIONS_REDIS_SERVICE_HOST",
            ]
            #expect(refusal(.environment(Dictionary(uniqueKeysWithValues: links.map { ($0, "") }))) == nil)
            for name in ["SESSIONS_PORTS", "SESSIONS_SERVICE", "SESSIONS_PORT_X_TCP", "SESSIONS_STORE_HOST"] {
                #expect(refusal(.environment([name: ""])) != nil, "\(name)")
            }
            #expect(refusal(.keys(["sessions.SERVICE_HOST"])) != nil)
        }

        @Test("A key with a typo in a file is refused, and keys outside of the scope are not looked at")
        func files() throws {
            #expect(
                refusal(.keys(["sessions.cookies.samesite", "sessions.realm", "other.cookies.samesite", "sessionsX"]))
                    == "sessions.cookies.samesite is no setting; did you mean sessions.cookies.sameSite?")
            let json = Data(
                #"{"port": 8080, "shop": {"sessions": {"timeouts": {"idel": "1m"}, "realm": "a", "clearSiteData": []}}}"#
                    .utf8)
            #expect(refusal(try .json(json)) == nil)
            #expect(
                refusal(try .json(json), scope: "shop.sessions")
                    == "shop.sessions.timeouts.idel is no setting; did you mean shop.sessions.timeouts.idle?")
            for text in ["[1]", "{", ""] {
                #expect(throws: SessionError.self) { try SettingNames.json(Data(text.utf8)) }
            }
        }

        @Test(
            "The nearest setting takes the fewest letters that are added, dropped or changed",
            arguments: [
                ("timeouts.codeLifetime", "urlTokens.codeLifetime"), ("cookies.trustedProxies", "trustedProxies"),
                ("attributeBytes", "limits.attributeBytes"), ("cookies.idleTimeout", "urlTokens.idleTimeout"),
            ])
        func nearest(_ name: String, _ setting: String) {
            let message = "sessions.\(name) is no setting; did you mean sessions.\(setting)?"
            #expect(refusal(.keys(["sessions.\(name)"])) == message)
        }

        @Test("Every setting is known by its name, in the environment and in a file")
        func known() {
            let keys = Setting.all.map { "sessions.\($0.key)" }
            #expect(keys.count > 40 && refusal(.keys(keys)) == nil)
            let variables = keys.map {
                $0.replacing(/([a-z])([A-Z])/) { "\($0.1)_\($0.2)" }.replacing(".", with: "_").uppercased()
            }
            #expect(refusal(.environment(Dictionary(uniqueKeysWithValues: variables.map { ($0, "") }))) == nil)
        }

        @Test("A value where a group of settings is, is refused by any provider, and not shown")
        func groups() async throws {
            for (key, value, message) in [
                (
                    "sessions.timeouts", "30m",
                    "sessions.timeouts is no setting by itself; write one below it, such as sessions.timeouts.idle"
                ),
                (
                    "sessions.cookies", true,
                    "sessions.cookies is no setting by itself; write one below it, such as sessions.cookies.insecureForDevelopment"
                ),
                (
                    "sessions", "redis://:hunter2@a",
                    "sessions is no setting by itself; write one below it, such as sessions.store"
                ),
            ] as [(AbsoluteConfigKey, ConfigValue, String)] {
                let error = await #expect(throws: SessionError.self) {
                    try await SessionSettings(
                        config: ConfigReader(provider: InMemoryProvider(values: [key: value])), names: [])
                }
                #expect(error?.message == message)
            }
        }

        @Test("The settings may stand below any key of a reader, which is scoped itself or not")
        func scopes() async throws {
            let reader = ConfigReader(
                provider: InMemoryProvider(values: ["shop.web.realm": "a", "realm": "b", "sessions.realm": "c"]))
            for (config, scope, realm) in [
                (reader, "shop.web", "a"), (reader.scoped(to: "shop"), "web", "a"), (reader, ConfigKey([]), "b"),
                (reader, "sessions", "c"), (reader, "elsewhere", "default"),
            ] as [(ConfigReader, ConfigKey, String)] {
                #expect(try await SessionSettings(config: config, scope: scope, names: []).realm.name == realm)
            }
        }

        /// Keeps what a reader tells its reporter.
        private final class Reports: AccessReporter {
            let texts = Mutex<[String]>([])
            func report(_ event: AccessEvent) { texts.withLock { $0.append("\(event)") } }
        }

        @Test("The password of a store is in no report of the reader, no dump and no error")
        func secrets() async throws {
            let reports = Reports()
            for text in ["redis://:hunter2@a", "redis://:hunter2@a:x", "hunter2@a"] {
                let provider = EnvironmentVariablesProvider(environmentVariables: [
                    "SESSIONS_STORE": text, "SESSIONS_REALM": "shop",
                ])
                do throws(SessionError) {
                    let settings = try await SessionSettings(
                        config: ConfigReader(provider: provider, accessReporter: reports), names: [])
                    var dumped = "\(settings)"
                    dump(settings, to: &dumped)
                    #expect(dumped.contains("redis://:…@a:6379") && !dumped.contains("hunter2"))
                } catch {
                    #expect(text != "redis://:hunter2@a" && !"\(error)".contains("hunter2"))
                }
            }
            let texts = reports.texts.withLock { $0 }
            #expect(texts.filter { $0.contains("sessions.store ->") }.count == 3)
            #expect(texts.contains { $0.contains("\"shop\"") } && !texts.contains { $0.contains("hunter2") })
        }

        @Test(
            "A URL with a password that stands where a group of settings belongs is in no report and no error",
            arguments: ["SESSIONS", "SESSIONS_COOKIES"])
        func secretsOneLevelTooHigh(_ name: String) async throws {
            let reports = Reports()
            let provider = EnvironmentVariablesProvider(environmentVariables: [name: "redis://:hunter2@a"])
            let error = try await #require(throws: SessionError.self) {
                try await SessionSettings(
                    config: ConfigReader(provider: provider, accessReporter: reports), names: [])
            }
            #expect(error.message.contains("is no setting by itself") && !"\(error)".contains("hunter2"))
            let texts = reports.texts.withLock { $0 }
            #expect(!texts.isEmpty && !texts.contains { $0.contains("hunter2") })
        }

        @Test("The store of the settings opens with their limits; without one, the error names the key")
        func store() async throws {
            let provider = InMemoryProvider(values: ["sessions.store": "memory", "sessions.limits.attributeCount": 3])
            let store = try await SessionSettings(config: ConfigReader(provider: provider), names: []).openStore()
            #expect(store.limits == SessionLimits(attributeCount: 3))
            let none = try await SessionSettings(
                config: ConfigReader(provider: InMemoryProvider(values: [:])), names: [])
            let error = await #expect(throws: SessionError.self) { try await none.openStore() }
            #expect(
                error?.message
                    == "sessions.store is not set; write one of \(SessionStoreURL.forms.joined(separator: ", "))")
            #expect(error?.code == .configuration)
        }
    }
#endif
