#if Postgres
    extension Duration {
        /// Rounded up.
        var wholeSeconds: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }

        /// Rounded up.
        var wholeMilliseconds: Int64 {
            let (seconds, attoseconds) = components
            return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        }
    }
#endif
