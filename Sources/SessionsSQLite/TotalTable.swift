import GRDB
import Sessions

/// How many live sessions the file holds and what they take, which triggers of the schema keep right.
enum TotalTable {
    static func fetch(in db: Database) throws -> (records: Int, bytes: Int) {
        let statement = try db.cachedStatement(sql: "SELECT records, bytes FROM session_total")
        guard let row = try Row.fetchOne(statement) else {
            throw SessionError(
                .corrupt,
                "the table session_total has no row, so nothing tells whether the file is full; restore a backup",
                concernsStore: true)
        }
        return (row[0], row[1])
    }
}
