import Synchronization

extension Session {
    /// Why the session that a token of this request named is over; `nil` when there was none, or while it lives.
    ///
    /// Beside a visitor's session, this tells why the signed-in one is over whose token still comes, until
    /// ``takeExplanation()``.
    public var explanation: SessionExplanation? { handle.state.withLock { $0.explanation } }

    /// Returns ``explanation`` for a page that shows it, so that the visitor's next pages don't.
    ///
    /// It is noted in the visitor's session. Where there is none, or where the store fails, the next page is told as well, and
    /// so it is after a request that no user looks at: HEAD, or what a browser fetches ahead.
    public func takeExplanation() async -> SessionExplanation? {
        guard let explanation else { return nil }
        guard handle.state.withLock({ $0.record != nil && $0.beside != nil }), !handle.request.isUnseen else {
            return explanation
        }
        try? await changeOwn(SessionKey<String>.explained.name) { _ in explanation.note }
        return explanation
    }
}
