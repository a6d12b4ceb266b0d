public import Sessions
import SessionsPostgres
import SessionsRedis
import SessionsSQLite

/// Opens a store by `memory`, `sqlite:PATH`, `redis://…` or `postgres://…`, with room for many sessions and with patience.
///
/// - Parameters:
///   - argument: the store, as a command line names it
///   - maximumRecords: the sessions that a memory store has to hold; the others hold any number
///   - connections: of PostgreSQL
public func openStore(
    _ argument: String, maximumRecords: Int = 1_000_000, connections: Int = 16
) async throws -> any SessionStore {
    switch argument.prefix(while: { $0 != ":" }) {
    case "memory":
        return MemorySessionStore(maximumRecords: maximumRecords, maximumBytes: .max / 2, reserve: 0)
    case "sqlite":
        return try await SQLiteSessionStore(
            path: String(argument.dropFirst("sqlite:".count)),
            configuration: .init(
                commitDeadline: .seconds(300), loadDeadline: .seconds(300), maximumRecords: nil, maximumBytes: nil))
    case "redis":
        return try await RedisSessionStore(url: argument, configuration: .init(commandTimeout: .seconds(300)))
    case "postgres":
        // The machine may have much else to do.
        return try await PostgresSessionStore(
            url: argument,
            configuration: .init(
                commandTimeout: .seconds(300), lockTimeout: .seconds(300), maximumRecords: nil, maximumBytes: nil,
                client: .init(maximumConnections: connections, statementTimeout: .seconds(300))))
    default:
        throw SessionError(
            .configuration, "\"\(argument)\" is no store; write memory, sqlite:PATH, redis://… or postgres://…")
    }
}
