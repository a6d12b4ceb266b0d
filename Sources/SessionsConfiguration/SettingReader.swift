#if Configuration
    import Configuration
    import Sessions

    /// Reads settings below a key, each in the form that its provider has it in.
    struct SettingReader {
        let config: ConfigReader
        let scope: ConfigKey

        /// The scope as keys are written.
        var scopeText: String { scope.components.joined(separator: ".") }

        /// The whole key of a setting.
        func path(of key: String) -> String { scope.components.isEmpty ? key : "\(scopeText).\(key)" }

        /// The value of a setting; `nil` where it is set nowhere.
        ///
        /// - Throws: ``SessionError/Code/configuration`` where no provider can give it in any form
        func value(of setting: Setting) async throws(SessionError) -> SettingValue? {
            let key = absolute(setting.key.split(separator: ".").map(String.init))
            var problem: (any Error)?
            for kind in [setting.kind] + SettingValue.Kind.allCases where kind != setting.kind || problem == nil {
                do {
                    return try await value(key, kind, isSecret: setting.isSecret)
                } catch {
                    // The value is of another kind, which the setting may refuse in its own words.
                    problem = problem ?? error
                }
            }
            throw SessionError(
                .configuration, "\(path(of: setting.key)): the value can't be read; write \(setting.form)",
                cause: problem)
        }

        /// Refuses a value where a group of settings is.
        func checkGroups() async throws(SessionError) {
            var groups = Setting.groups.map { (path(of: $0), absolute([$0]), Setting.keys(in: $0)) }
            if !scope.components.isEmpty { groups.append((scopeText, scope, Setting.all.map(\.key))) }
            for (path, key, members) in groups {
                do {
                    // As a secret, since it may be a setting's value that stands one level too high.
                    guard try await config.fetchString(forKey: key, isSecret: true) != nil else { continue }
                } catch {
                    // There is something, of another kind.
                }
                throw SessionError(
                    .configuration,
                    "\(path) is no setting by itself; write one below it, such as \(self.path(of: members[0]))")
            }
        }

        private func absolute(_ components: [String]) -> ConfigKey {
            ConfigKey(scope.components + components, context: scope.context)
        }

        private func value(
            _ key: ConfigKey, _ kind: SettingValue.Kind, isSecret: Bool
        ) async throws -> SettingValue? {
            switch kind {
            case .text: try await config.fetchString(forKey: key, isSecret: isSecret).map { .text($0) }
            case .list: try await config.fetchStringArray(forKey: key, isSecret: isSecret).map { .list($0) }
            case .whole: try await config.fetchInt(forKey: key, isSecret: isSecret).map { .whole($0) }
            case .number: try await config.fetchDouble(forKey: key, isSecret: isSecret).map { .number($0) }
            case .flag: try await config.fetchBool(forKey: key, isSecret: isSecret).map { .flag($0) }
            }
        }
    }
#endif
