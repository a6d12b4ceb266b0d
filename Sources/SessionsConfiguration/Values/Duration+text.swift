#if Configuration
    extension Duration {
        /// How a duration is written, for errors.
        static let form = "a duration with its unit, such as 30m, 12h, 14d, 90s or 500ms"

        /// Reads `30m`, `12 h`, `1h 30m`; `nil` for a number without a unit, a sign, a fraction, or more than 292 million years.
        init?(text: String) {
            var milliseconds: Int64 = 0
            var rest = text[...]
            repeat {
                rest = rest.drop { $0 == " " }
                let digits = rest.prefix { $0.isASCII && $0.isNumber }
                rest = rest[digits.endIndex...].drop { $0 == " " }
                let unit = rest.prefix { $0.isASCII && $0.isLetter }
                rest = rest[unit.endIndex...]
                guard let count = Int64(digits), let scale = Self.units[String(unit)] else { return nil }
                let (part, isTooLarge) = count.multipliedReportingOverflow(by: scale)
                let (sum, isOver) = milliseconds.addingReportingOverflow(part)
                guard !isTooLarge, !isOver else { return nil }
                milliseconds = sum
            } while !rest.isEmpty
            self = .milliseconds(milliseconds)
        }

        private static let units: [String: Int64] = [
            "ms": 1, "s": 1000, "sec": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000,
        ]
    }
#endif
