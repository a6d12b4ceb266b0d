/// What a request holds at one place for tokens.
package struct PresentedToken: Sendable {
    package enum Value: Sendable {
        case token(SessionToken)
        /// The place is used, but by nothing that this package can have issued.
        case malformed
        /// Two different values: another party set one of them, and their order tells nothing.
        case ambiguous
        /// A token in a URL beside a cookie: a cookie always wins.
        case outranked
    }

    /// The tokens of an ambiguous place that are kept.
    static let maximumCandidates = 4

    package let place: TokenPlace
    package let value: Value
    /// The different tokens of an ambiguous place, a few of them: a sign-out ends what they prove.
    package let candidates: [SessionToken]

    package init(_ value: Value, at place: TokenPlace, candidates: [SessionToken] = []) {
        self.place = place
        self.value = value
        self.candidates = candidates
    }

    /// Whether it is the token that a session was found by.
    func isTheOne(of live: RequestState.Live) -> Bool {
        guard case .token(let token) = value, case .presented(let known, _) = live.secret else { return false }
        return place == TokenPlace(for: live.record) && token.isSame(as: known)
    }
}
