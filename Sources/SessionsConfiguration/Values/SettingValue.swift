#if Configuration
    import Sessions

    /// The value of a setting, in the form that its provider has it in.
    enum SettingValue: Sendable {
        case text(String), list([String]), whole(Int), number(Double), flag(Bool)

        /// A form of values; other forms than a setting's own are tried in this order.
        enum Kind: CaseIterable {
            case text, list, whole, number, flag
        }

        /// The value as an error shows it.
        var written: String {
            switch self {
            case .text(let text): "\"\(text.prefix(200))\""
            case .list(let texts): "[\(texts.map { "\"\($0.prefix(100))\"" }.joined(separator: ", ").prefix(300))]"
            case .whole(let number): "\(number)"
            case .number(let number): "\(number)"
            case .flag(let flag): "\(flag)"
            }
        }

        /// - Parameter form: what is to be written instead
        func refusal(_ form: String) -> SessionError {
            SessionError(.configuration, "\(written) is not \(form)")
        }
    }
#endif
