#if Configuration
    import Configuration
    public import Foundation
    public import Sessions

    /// The names of what is set in a place that can list them, so that a name with a typo is refused.
    public struct SettingNames: Sendable {
        private enum Place {
            case environment, file
        }

        private let place: Place
        private let names: [String]

        /// The variables of this process's environment, or of another one.
        ///
        /// Those that begin with the scope's name, such as `SESSIONS_`, must be settings. Kubernetes makes variables of that
        /// form for a service that is named like the scope, such as `SESSIONS_SERVICE_HOST`; they are left alone.
        public static func environment(
            _ variables: [String: String] = ProcessInfo.processInfo.environment
        ) -> Self {
            Self(place: .environment, names: Array(variables.keys))
        }

        /// Keys with dots between their parts, such as `sessions.timeouts.idle`.
        public static func keys(_ keys: [String]) -> Self { Self(place: .file, names: keys) }

        /// The keys of a JSON file's contents.
        ///
        /// - Throws: `SessionError.Code.configuration` for what is no JSON object
        public static func json(_ contents: Data) throws(SessionError) -> Self {
            do {
                guard let object = try JSONSerialization.jsonObject(with: contents) as? [String: Any] else {
                    throw SessionError(.configuration, "the contents are not a JSON object")
                }
                return Self(place: .file, names: leaves(of: object, below: []))
            } catch let error as SessionError {
                throw error
            } catch {
                throw SessionError(.configuration, "the contents are not JSON", cause: error)
            }
        }

        /// - Throws: ``SessionError/Code/configuration`` with every name below the scope that is no setting, and the nearest one
        func check(under scope: ConfigKey) throws(SessionError) {
            guard !scope.components.isEmpty else { return }
            let settings = Setting.all.map { name(scope.components + $0.key.split(separator: ".").map(String.init)) }
            let prefix = name(scope.components) + (place == .environment ? "_" : ".")
            let unknown = names.filter { name in
                name.hasPrefix(prefix) && !settings.contains(name)
                    && !(place == .environment && Self.isServiceLink(name))
            }
            guard !unknown.isEmpty else { return }
            let texts = unknown.sorted().map { name in
                let nearest = settings.min { Self.distance($0, name) < Self.distance($1, name) }
                return "\(name) is no setting; did you mean \(nearest ?? prefix)?"
            }
            throw SessionError(.configuration, texts.joined(separator: " "))
        }

        /// A key as the place writes it.
        private func name(_ components: [String]) -> String {
            switch place {
            case .file: components.joined(separator: ".")
            case .environment: components.map(Self.variable).joined(separator: "_")
            }
        }

        /// As `EnvironmentVariablesProvider` does: `touchInterval` is `TOUCH_INTERVAL`.
        private static func variable(_ component: String) -> String {
            var name = ""
            for character in component {
                if character.isUppercase, name.last?.isLowercase == true { name.append("_") }
                name.append(character.isLetter || character.isNumber ? character : "_")
            }
            return name.uppercased()
        }

        /// Whether Kubernetes makes such a variable for a service: `_SERVICE_HOST`, `_SERVICE_PORT…`, `_PORT`, `_PORT_6379_TCP…`.
        private static func isServiceLink(_ name: String) -> Bool {
            name.firstMatch(
                of: /_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/)
                != nil
        }

        private static func leaves(of object: [String: Any], below path: [String]) -> [String] {
            object.flatMap { key, value in
                let path = path + [key]
                return (value as? [String: Any]).map { leaves(of: $0, below: path) } ?? [path.joined(separator: ".")]
            }
        }

        /// How many letters are added, dropped or changed between two names (Levenshtein).
        private static func distance(_ first: String, _ second: String) -> Int {
            let second = Array(second.utf8)
            var row = Array(0...second.count)
            for (index, byte) in first.utf8.enumerated() {
                var corner = row[0]
                row[0] = index + 1
                for column in second.indices {
                    let changed = corner + (byte == second[column] ? 0 : 1)
                    corner = row[column + 1]
                    row[column + 1] = min(changed, corner + 1, row[column] + 1)
                }
            }
            return row[second.count]
        }
    }
#endif
