import Foundation
import Sessions

#if SQLite
    import SessionsSQLite
#endif

extension StoreKind {
    static let sqlite = StoreKind(schemes: ["sqlite"], forms: ["sqlite:PATH"], trait: "SQLite", address: sqliteAddress)

    #if SQLite
        private static var sqliteAddress: (any StoreAddress.Type)? { SQLiteAddress.self }
    #else
        private static var sqliteAddress: (any StoreAddress.Type)? { nil }
    #endif
}

#if SQLite
    struct SQLiteAddress: StoreAddress {
        let path: String

        init(url: String) throws(SessionError) {
            var path = url.dropFirst("sqlite:".count)
            if path.hasPrefix("//") {
                // In a URL a host would stand here.
                guard path.hasPrefix("///") else {
                    throw SessionError(
                        .configuration,
                        "\(url) names a host, and a SQLite file has none: write sqlite:\(path.dropFirst(2)) for a file in "
                            + "the working directory, or sqlite:/\(path.dropFirst(2))")
                }
                path = path.dropFirst(2)
            }
            guard !path.isEmpty else {
                throw SessionError(
                    .configuration, "sqlite: names no file; write a path after it, as in sqlite:sessions.db")
            }
            self.path = String(path)
        }

        var description: String { "sqlite:\(path)" }

        func open(limits: SessionLimits, onlyExisting: Bool) async throws(SessionError) -> any SessionStore {
            if onlyExisting, !FileManager.default.fileExists(atPath: path) {
                throw SessionError(
                    .configuration,
                    "there is no session file \"\(path)\"; check the path, or start the server that makes it")
            }
            return try await SQLiteSessionStore(path: path, limits: limits)
        }
    }
#endif
