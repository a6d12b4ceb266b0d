#if Configuration
    import Sessions

    /// One key of the configuration: what it takes, and where that goes.
    struct Setting: Sendable {
        typealias Path<Value> = WritableKeyPath<SessionSettings, Value> & Sendable

        let key: String
        /// The form in which the value is asked for first.
        let kind: SettingValue.Kind
        /// What it takes, for errors.
        let form: String
        var isSecret = false
        /// - Throws: what is wrong with the value, without the key
        let apply: @Sendable (SettingValue, inout SessionSettings) throws(SessionError) -> Void

        /// The names before a dot of a key.
        static let groups = all.compactMap(\.group).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }

        static func keys(in group: String) -> [String] { all.filter { $0.group == group }.map(\.key) }

        private var group: String? {
            key.firstIndex(of: ".").map { String(key[..<$0]) }
        }
    }

    extension Setting {
        /// A text that `parse` reads.
        static func text<Value>(
            _ key: String, _ path: any Path<Value>, _ form: String, isSecret: Bool = false,
            _ parse: @escaping @Sendable (String) throws(SessionError) -> Value?
        ) -> Self {
            Setting(key: key, kind: .text, form: form, isSecret: isSecret) { value, settings throws(SessionError) in
                guard case .text(let text) = value, let parsed = try parse(text) else {
                    throw isSecret ? SessionError(.configuration, "the value is not \(form)") : value.refusal(form)
                }
                settings[keyPath: path] = parsed
            }
        }

        /// One of a few words, in any case of letters.
        static func choice<Value: Sendable>(
            _ key: String, _ path: any Path<Value>, _ choices: KeyValuePairs<String, Value>
        ) -> Self {
            let form = "one of " + choices.map(\.key).joined(separator: ", ")
            return text(key, path, form) { text in
                choices.first { $0.key.lowercased() == text.lowercased() }?.value
            }
        }

        static func duration(_ key: String, _ path: any Path<Duration>) -> Self {
            text(key, path, Duration.form) { Duration(text: $0) }
        }

        /// - Parameter none: the word for `nil`
        static func duration(_ key: String, _ path: any Path<Duration?>, or none: String) -> Self {
            text(key, path, "\(Duration.form), or \(none)") { text in
                if text == none { return .some(nil) }
                return Duration(text: text).map { .some($0) }
            }
        }

        static func flag(_ key: String, _ path: any Path<Bool>) -> Self {
            flag(key) { $1[keyPath: path] = $0 }
        }

        static func flag(
            _ key: String, _ apply: @escaping @Sendable (Bool, inout SessionSettings) throws(SessionError) -> Void
        ) -> Self {
            let form = "true or false"
            return Setting(key: key, kind: .flag, form: form) { value, settings throws(SessionError) in
                guard case .flag(let flag) = value else { throw value.refusal(form) }
                try apply(flag, &settings)
            }
        }

        /// A size, which nothing else checks.
        static func size(_ key: String, _ path: any Path<Int>) -> Self {
            let form = "a whole number of at least 1"
            return Setting(key: key, kind: .whole, form: form) { value, settings throws(SessionError) in
                guard case .whole(let number) = value, number >= 1 else { throw value.refusal(form) }
                settings[keyPath: path] = number
            }
        }

        static func whole(_ key: String, _ path: any Path<Int?>, or none: String) -> Self {
            let form = "a whole number, or \(none)"
            return Setting(key: key, kind: .whole, form: form) { value, settings throws(SessionError) in
                switch value {
                case .whole(let number): settings[keyPath: path] = number
                case .text(none): settings[keyPath: path] = nil
                default: throw value.refusal(form)
                }
            }
        }

        /// - Parameter parse: reads one element; `nil` for what isn't of the form
        static func list<Value>(
            _ key: String, _ path: any Path<[Value]>, _ form: String,
            _ parse: @escaping @Sendable (String) throws(SessionError) -> Value?
        ) -> Self {
            list(key, form, parse) { $1[keyPath: path] = $0 }
        }

        static func list<Value>(
            _ key: String, _ form: String, _ parse: @escaping @Sendable (String) throws(SessionError) -> Value?,
            _ apply: @escaping @Sendable ([Value], inout SessionSettings) throws(SessionError) -> Void
        ) -> Self {
            Setting(key: key, kind: .list, form: "a list of \(form)") { value, settings throws(SessionError) in
                guard case .list(let texts) = value else { throw value.refusal("a list of \(form)") }
                var parsed: [Value] = []
                // An empty variable is a list of one empty text.
                for text in texts == [""] ? [] : texts {
                    guard let element = try parse(text) else { throw SettingValue.text(text).refusal(form) }
                    parsed.append(element)
                }
                try apply(parsed, &settings)
            }
        }
    }
#endif
