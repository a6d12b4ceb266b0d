/// The arguments of the script that commits to a session that this server knows, by their place in `ARGV`.
///
/// After them come the fields to set as pairs of name and value, then the names of fields to remove.
enum KnownCommitArgument: Int, CaseIterable, CustomStringConvertible {
    /// When it is too late to apply the commit, by Redis's clock.
    case latest = 1
    /// The field ``RecordLayout/Hot`` as it is known, which tells the session's version.
    case hot
    /// Milliseconds until Redis may delete the key; empty where that stays.
    case kept
    /// 1 where the commit must work while Redis's memory is full, else 0.
    case isFrugal
    /// The place of the last argument of the fields to set.
    case last

    /// As a script names it.
    var description: String { "ARGV[\(rawValue)]" }

    /// The place of the first argument after these.
    static let following = Self.allCases.count + 1
}
