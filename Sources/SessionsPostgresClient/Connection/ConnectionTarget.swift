#if Postgres
    import CLibPQ
    import Foundation

    /// Where and how to connect: a URL as libpq reads it, and what is added to it.
    struct ConnectionTarget: Sendable {
        /// Keywords and values in libpq's order: what stands before the URL may be changed by it.
        let parameters: [(keyword: String, value: String)]

        init(_ url: String, _ configuration: PostgresClientConfiguration) throws(PostgresConfigurationError) {
            // Not with libpq's own words, which quote the URL with its password.
            guard Self.hasForm(url), let given = Self.parse(url) else { throw PostgresConfigurationError(Self.form) }
            var parameters = [
                ("connect_timeout", "\(max(2, configuration.connectTimeout.wholeSeconds))"),
                ("tcp_user_timeout", "\(configuration.statementTimeout.wholeMilliseconds * 2)"),
                ("keepalives_idle", "30"),
                ("fallback_application_name", configuration.applicationName),
                ("dbname", url),
                ("client_encoding", "UTF8"),
            ]
            let hosts = given["host"] ?? given["hostaddr"] ?? ""
            if hosts.contains(","), given["target_session_attrs"] == nil {
                // The primary among them, whichever it is by now.
                parameters.append(("target_session_attrs", "read-write"))
            }
            self.parameters = parameters.map { (keyword: $0.0, value: $0.1) }
        }

        /// A URL's user, hosts and database, without its password.
        static func description(of url: String) throws(PostgresConfigurationError) -> String {
            guard hasForm(url), let given = parse(url) else { throw PostgresConfigurationError(form) }
            let user = given["user"].map { $0 + (given["password"] == nil ? "@" : ":…@") } ?? ""
            func list(_ text: String?) -> [Substring] {
                (text ?? "").split(separator: ",", omittingEmptySubsequences: false)
            }
            let ports = list(given["port"])
            let hosts = list(given["host"] ?? given["hostaddr"]).enumerated().map { index, host in
                // One port is every host's.
                let port = ports.count == 1 ? ports[0] : ports.indices.contains(index) ? ports[index] : ""
                return port.isEmpty ? host : host + ":" + port
            }
            return "postgres://" + user + hosts.joined(separator: ",") + "/" + (given["dbname"] ?? "")
        }

        static let form = """
            the URL of PostgreSQL can't be read; it has the form \
            postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full, with parameters and values that libpq knows, and \
            with special characters in percent-encoding
            """

        /// Whether a URL has PostgreSQL's scheme, and no character in its password that would make a host of the rest.
        private static func hasForm(_ url: String) -> Bool {
            guard let scheme = ["postgres://", "postgresql://"].first(where: url.hasPrefix), !url.utf8.contains(0)
            else {
                return false
            }
            let rest = url.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" }
            let path = rest.dropFirst(authority.count).prefix { $0 != "?" }
            return authority.count { $0 == "@" } <= 1 && !path.contains("@")
        }

        /// Returns the parameters that a URL gives; `nil` where libpq can't read it.
        private static func parse(_ url: String) -> [String: String]? {
            guard let options = PQconninfoParse(url, nil) else { return nil }
            defer { PQconninfoFree(options) }
            var given: [String: String] = [:]
            var option = options
            while let keyword = option.pointee.keyword {
                if let value = option.pointee.val { given[String(cString: keyword)] = String(cString: value) }
                option += 1
            }
            return given
        }

        /// Connects, on a thread that may wait.
        func connect() -> Result<Socket, ConnectProblem> {
            let keywords = parameters.map { strdup($0.keyword) }
            let values = parameters.map { strdup($0.value) }
            defer { for text in keywords + values { free(text) } }
            func constant(_ texts: [UnsafeMutablePointer<CChar>?]) -> [UnsafePointer<CChar>?] {
                texts.map { UnsafePointer($0) } + [nil]
            }
            guard let connection = PQconnectdbParams(constant(keywords), constant(values), 1) else {
                return .failure(.init("no memory for a connection", isPermanent: false))
            }
            guard PQstatus(connection) == CONNECTION_OK else {
                let problem = ConnectProblem(libpq: String(cString: PQerrorMessage(connection)))
                PQfinish(connection)
                return .failure(problem)
            }
            return .success(Socket(connection))
        }
    }

    /// A connection of libpq on its way from the thread that made it to the one that uses it.
    // why: exactly one thread has it at a time.
    struct Socket: @unchecked Sendable {
        let connection: OpaquePointer

        init(_ connection: OpaquePointer) { self.connection = connection }
    }
#endif
