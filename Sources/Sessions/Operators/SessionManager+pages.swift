package import HTTPTypes

// What the operators' pages do besides what operators do in code.
extension SessionManager {
    /// Tells the observers of something that is about operators and not about a request's session.
    ///
    /// - Parameter handle: of the operator's request, whose client the event names
    package func report(
        ofOperators kind: SessionEvent.Kind, by actingOperator: Principal? = nil, id: SessionID? = nil,
        of principal: Principal? = nil, error: SessionError? = nil, handle: SessionHandle? = nil
    ) {
        report(kind, id: id, principal: principal, error: error, by: actingOperator, handle: handle)
    }

    /// Throws where a request may change something and a page of another site may have sent it.
    ///
    /// The browser must say that a page of this very origin sent it, so there is no mode, exemption or trusted origin, and a
    /// request that says nothing is refused too.
    /// - Throws: ``SessionError/Code/forgedRequest``
    package func refuseOperatorsForgery(
        _ request: HTTPRequest, of handle: SessionHandle?
    ) throws(SessionError) {
        guard request.isUnsafe else { return }
        let forgery: SessionEvent.Forgery
        switch RequestInitiator(request) {
        case .sameOrigin: return
        case .sameSite: forgery = .sameSite
        case .crossSite: forgery = .crossSite
        case .unknown: forgery = .unknownOrigin
        }
        let error = SessionError(
            .forgedRequest,
            "\(request.method) \(request.pathAlone.prefix(200)) of the operators' pages was not sent by one of them")
        report(ofOperators: .forgeryRefused(forgery), error: error, handle: handle)
        throw error
    }

    /// Returns how many sessions the store has; `nil` where it can't say so cheaply.
    package func countOfStore() async throws(SessionError) -> SessionCount? {
        try await (store as? any CountingStore)?.count()
    }

    /// Returns a page of sessions in the store's own order: a principal's, also ended ones that are still explained, or the
    /// realm's live ones.
    ///
    /// - Throws: ``SessionError/Code/invalid`` for a cursor that is none of this store and question
    package func page(
        of principal: Principal?, limit: Int, after cursor: String?
    ) async throws(SessionError) -> SessionInfoPage {
        guard let principal else { return try await list(limit: limit, after: cursor) }
        let now = clock.now
        let query = SessionQuery(.owner(owner(principal)), limit: limit, after: cursor, includesEnded: true)
        let page = try await calls.list(query, at: now, for: nil)
        await setAside(page)
        return SessionInfoPage(
            sessions: page.records.filter { now < $0.forgettableAt }.map { SessionInfo($0) }, next: page.next)
    }
}
