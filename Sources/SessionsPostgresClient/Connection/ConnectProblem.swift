#if Postgres
    /// Why a connection could not be made.
    struct ConnectProblem: Error {
        /// What went wrong and what to do, without a password.
        let message: String
        /// Trying again can't help until an operator changes a setting.
        let isPermanent: Bool

        init(_ message: String, isPermanent: Bool) {
            self.message = message
            self.isPermanent = isPermanent
        }

        /// Reads what libpq says, which knows no codes for this.
        init(libpq text: String) {
            // Of several hosts each has its line; what only the last one says may be passing for another.
            let lines = text.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " || $0 == "\t" } }
            let said = lines.filter { !$0.isEmpty }.joined(separator: "; ")
            guard !Self.unusable.contains(where: { said.contains($0) }) else {
                // Without the value, which may be a part of a password that isn't encoded.
                message = ConnectionTarget.form
                isPermanent = true
                return
            }
            let known = Self.known.first { said.contains($0.phrase) }
            let isPassing = Self.passing.contains { said.contains($0) }
            message =
                "no connection to PostgreSQL: " + String(said.prefix(500))
                + (known.map { "; \($0.advice)" } ?? "")
            isPermanent = known != nil && !isPassing
        }

        /// What passes by itself, or may on another host of the URL.
        private static let passing = [
            "Connection refused", "timeout expired", "starting up", "shutting down", "recovery", "read-only",
            "too many clients", "remaining connection slots", "server closed the connection", "timed out",
            "Temporary failure in name resolution",
        ]

        /// Of a URL that has the right form.
        private static let unusable = ["invalid integer value", "invalid port number", "value: \"", "could not match"]

        private static let known: [(phrase: String, advice: String)] = [
            ("password authentication failed", "check the user and the password of the URL, or the one in ~/.pgpass"),
            ("no password supplied", "put a password into the URL or into ~/.pgpass"),
            ("could not translate host name", "check the host of the URL"),
            ("certificate verify failed", "name the authority with sslrootcert=FILE in the URL"),
            ("root certificate file", "name the authority with sslrootcert=FILE in the URL"),
            ("does not match host name", "the URL must name the host as its certificate does"),
            (
                "server does not support SSL",
                "switch TLS on in the server, or say sslmode=disable for a network of your own"
            ),
            ("no pg_hba.conf entry", "let this host and user in with a line in the server's pg_hba.conf"),
            ("authentication failed", "check the user of the URL and the server's pg_hba.conf"),
            ("is not permitted to log in", "give the role LOGIN"),
            (
                "unsupported startup parameter",
                "a pooler stands between: leave `options` out of the URL, or let it through with ignore_startup_parameters"
            ),
            ("no such database", "check the database of the URL and the pooler's list of databases"),
            ("does not exist", "check the user and the database of the URL"),
            ("private key file", "check sslkey in the URL"),
        ]
    }
#endif
