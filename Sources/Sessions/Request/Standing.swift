/// Where a request stands with its session.
enum Standing: Sendable {
    /// No session: a stranger, or a token that turned out dead. `ended` says why, for who held the last token.
    case nobody(ended: SessionEnd?)
    /// A session that this request may read and write. The presented secret is its current or its previous one.
    indirect case live(SessionRecord)
    /// Privileges moved on without this request's token: reads see nobody, writes are refused.
    ///
    /// `family` is the digest of its secret's family: it tells whose writes it may still speak for.
    indirect case superseded(SessionRecord, family: SecretDigest)
    /// The store did not answer, and the route does without: reads see nobody, everything else is the error.
    indirect case unreachable(SessionError)
    /// This request has ended it.
    case over(SessionEnd)

    var record: SessionRecord? {
        if case .live(let record) = self { record } else { nil }
    }
}

/// Which of the two cookies a token came from or goes to.
struct CookieSlot: OptionSet, Sendable {
    let rawValue: UInt8

    static let visitor = CookieSlot(rawValue: 1)
    static let signedIn = CookieSlot(rawValue: 2)
}

/// The secret that a request can prove its session with.
struct Proof: Sendable {
    var token: SessionToken
    var digest: SecretDigest
    /// Made in this request and acknowledged by the store: the response must carry it.
    var isNew: Bool

    init(_ token: SessionToken, digest: SecretDigest, isNew: Bool) {
        self.token = token
        self.digest = digest
        self.isNew = isNew
    }
}
