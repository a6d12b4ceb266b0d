import Sessions

/// What a request does with its session.
enum Work: String, Sendable {
    case read, update
    case signIn = "sign-in"
    case signOut = "sign-out"

    init(_ name: String) throws {
        guard let work = Work(rawValue: name) else {
            throw SessionError(.invalid, "\"\(name)\" is no work; there are read, update, sign-in and sign-out")
        }
        self = work
    }
}

/// How long a run lasts.
enum Extent: Sendable {
    /// So many requests of all callers together.
    case count(Int)
    /// Until a moment.
    case until(ContinuousClock.Instant)
}
