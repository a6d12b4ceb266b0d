import Sessions

/// Where a listing of all sessions goes on: `SHARD.CURSOR`, and within an answer that was larger than a page
/// `SHARD.CURSOR.END.ID`.
struct ScanPlace: CustomStringConvertible {
    var shard: Int
    /// Redis's cursor for the question.
    var cursor = "0"
    /// Redis's cursor in the answer that `after` is a part of.
    var end: String?
    var after: SessionID?

    init(shard: Int, cursor: String = "0") {
        self.shard = shard
        self.cursor = cursor
    }

    init?(_ text: String?) {
        guard let text else {
            self.init(shard: 0)
            return
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 4, let shard = Int(parts[0]),
            (0..<Keys.shardCount).contains(shard), UInt64(parts[1]) != nil
        else { return nil }
        self.init(shard: shard, cursor: String(parts[1]))
        guard parts.count == 4 else { return }
        guard UInt64(parts[2]) != nil, let id = SessionID(parts[3]) else { return nil }
        end = String(parts[2])
        after = id
    }

    var description: String {
        guard let end, let after else { return "\(shard).\(cursor)" }
        return "\(shard).\(cursor).\(end).\(after)"
    }
}
