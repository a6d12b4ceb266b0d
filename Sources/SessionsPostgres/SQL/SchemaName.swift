#if Postgres
    import Sessions

    /// The name of a schema, checked, as SQL spells it.
    struct SchemaName: Sendable, CustomStringConvertible {
        let name: String

        init(_ name: String) throws(SessionError) {
            guard (1...63).contains(name.utf8.count), !name.utf8.contains(0) else {
                throw SessionError(
                    .configuration,
                    "schema is \"\(name)\"; it takes 1 to 63 bytes, as every name in PostgreSQL, without NUL")
            }
            guard !name.hasPrefix("pg_") else {
                throw SessionError(
                    .configuration, "schema is \"\(name)\"; PostgreSQL keeps names that begin with pg_ for itself")
            }
            self.name = name
        }

        /// As an identifier in quotes.
        var description: String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }

        /// As a constant in quotes, whatever `standard_conforming_strings` says.
        var literal: String {
            "E'" + name.replacing("\\", with: "\\\\").replacing("'", with: "''") + "'"
        }
    }
#endif
