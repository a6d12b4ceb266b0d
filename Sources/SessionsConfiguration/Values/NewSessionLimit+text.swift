#if Configuration
    import Sessions

    extension NewSessionLimit {
        /// How a limit is written, for errors.
        static let form = "a number of at least 1 and a time, such as 300 per 1m, or none"

        /// Reads `300 per 1m`.
        init?(text: String) {
            let parts = text.components(separatedBy: " per ")
            guard parts.count == 2, let count = Int(parts[0]), count >= 1, let period = Duration(text: parts[1]),
                period >= .milliseconds(1)
            else { return nil }
            self = .perAddress(count, per: period)
        }
    }

    extension String {
        fileprivate func components(separatedBy separator: String) -> [String] {
            split(separator: separator, omittingEmptySubsequences: false).map(String.init)
        }
    }
#endif
