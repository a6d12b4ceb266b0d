import GRDB
import GRDBSQLite

/// A transaction that several loads or writes share, with the statements that they have used.
///
/// To look a statement up by its text, as GRDB's cache does, takes about as long as to run it.
final class Transaction {
    let db: Database
    private var statements = [PreparedStatement?](repeating: nil, count: SessionTable.Query.allCases.count)

    /// The transaction that a connection is in.
    init(_ db: Database) {
        self.db = db
    }

    /// Begins a transaction.
    convenience init(beginning kind: Database.TransactionKind, on db: Database) throws {
        try db.cachedStatement(sql: "BEGIN \(kind.rawValue) TRANSACTION").execute()
        self.init(db)
    }

    func commit() throws {
        try db.cachedStatement(sql: "COMMIT TRANSACTION").execute()
    }

    /// Whether SQLite hasn't ended it, as it does on a full disk.
    var isOpen: Bool { sqlite3_get_autocommit(db.sqliteConnection) == 0 }

    /// How many rows the connection has changed so far.
    var changes: Int32 { sqlite3_total_changes(db.sqliteConnection) }

    func statement(_ query: SessionTable.Query) throws -> PreparedStatement {
        if let known = statements[query.rawValue] { return known }
        let statement = PreparedStatement(try db.cachedStatement(sql: query.sql))
        statements[query.rawValue] = statement
        return statement
    }
}
