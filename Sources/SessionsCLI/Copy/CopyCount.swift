/// What became of the sessions of a copy.
struct CopyCount: Encodable {
    /// Sessions that were written to the destination, read back and compared.
    var copied = 0
    /// Sessions that the destination had in the same revision.
    var alreadyThere = 0
    /// Sessions that the destination has in a newer revision, and keeps.
    var newerThere = 0
    /// Sessions that are over in the destination, and stay so.
    var overThere = 0
    /// Sessions of an earlier copy that this one ended, because they have ended in the source since.
    var ended = 0
    /// Sessions of an earlier copy that have changed in the source since, and that the destination still has as they were.
    var outdated = 0
    /// Sessions of the source that can't be read, and so were not copied.
    var unreadable: [String] = []

    /// The sessions of the source that were looked at.
    var looked: Int { copied + alreadyThere + newerThere + overThere + outdated }

    mutating func add(_ outcome: Outcome) {
        switch outcome {
        case .copied: copied += 1
        case .alreadyThere: alreadyThere += 1
        case .newerThere: newerThere += 1
        case .overThere: overThere += 1
        case .outdated: outdated += 1
        }
    }

    /// What became of one session.
    enum Outcome {
        case copied
        case alreadyThere
        case newerThere
        case overThere
        case outdated
    }
}
