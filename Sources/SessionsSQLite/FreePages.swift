import GRDB

/// Gives the space of deleted records back to the file system, in bounded steps.
///
/// Some free pages stay, since new sessions take them again. A file that was made without incremental vacuum keeps its size.
enum FreePages {
    /// Pages in one transaction: other writes have their turn after it.
    static let stepLimit = 256

    /// Steps of one sweep, so that it keeps pace with what it deletes: 16 pages of 4 KiB hold a record of the largest size.
    static func steps(forRecords count: Int) -> Int { max(1, min(count, 10_000) * 16 / stepLimit) }

    /// How many free pages a file keeps: a quarter of it, and at least a step's.
    static func kept(of pages: Int) -> Int { max(stepLimit, pages / 4) }

    /// Takes a step, if there is something to give back, and returns whether there is more.
    static func giveBack(in db: Database) throws -> Bool {
        let isIncremental = try Int.fetchOne(db, sql: "PRAGMA auto_vacuum") == 2
        guard isIncremental, let pages = try Int.fetchOne(db, sql: "PRAGMA page_count"),
            let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count")
        else { return false }
        let excess = free - kept(of: pages)
        guard excess > 0 else { return false }
        try db.execute(sql: "PRAGMA incremental_vacuum(\(min(excess, stepLimit)))")
        return excess > stepLimit
    }
}
