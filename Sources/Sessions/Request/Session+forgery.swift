import HTTPTypes
import Synchronization

extension SessionHandle {
    /// Throws where the request seems forged: an adapter calls this before the handler.
    ///
    /// A manager whose tokens travel in a field refuses none: no page can have a browser send that field.
    /// - Throws: ``SessionError/Code/forgedRequest``, as ``SessionConfiguration/forgeryProtection`` says
    public func refuseForgery() throws(SessionError) {
        guard request.isJudged, manager.readsCookies,
            let forgery = manager.configuration.forgeryProtection.suspicion(of: request)
        else {
            return
        }
        let text = { (name: HTTPField.Name) in
            self.request.headerFields[name].map { "\"\($0.prefix(200))\"" } ?? "missing"
        }
        try refuse(
            forgery,
            "\(request.method) \(request.pathAlone.prefix(200)) with Sec-Fetch-Site \(text(.secFetchSite)) and Origin "
                + "\(text(.origin)) at host \"\((request.authority ?? "").prefix(200))\"; if it is meant, name the origin in "
                + "forgeryProtection.trustedOrigins or the route in exemptions")
    }

    fileprivate func refuse(
        _ forgery: SessionEvent.Forgery, _ message: @autoclosure () -> String
    ) throws(SessionError) {
        let refuses = manager.configuration.forgeryProtection.mode == .refuse
        let error = SessionError(.forgedRequest, message())
        manager.report(
            refuses ? .forgeryRefused(forgery) : .forgeryReported(forgery), state.withLock { $0.record }, error: error,
            handle: self)
        if refuses { throw error }
    }

    /// The tokens of the request whose forms are as good as its own.
    fileprivate var formTokens: [SessionToken] {
        switch state.withLock({ $0.standing }) {
        case .live(let live):
            switch live.secret {
            case .presented(let token, _), .issued(let token, _): return [token]
            case .withheld: return []
            }
        // A double click: the form was made for the token that its first click has superseded.
        case .superseded(_, let family):
            let presented = (try? presentedTokens()) ?? []
            return presented.compactMap {
                if case .token(let token) = $0.value, token.secret.familyDigest(in: manager.realmTag) == family {
                    token
                } else {
                    nil
                }
            }
        case .unread, .nobody, .over, .unreachable, .abandoned:
            return []
        }
    }
}

extension Session {
    /// Returns a token for the forms of this response, and makes a visitor's session where there is none.
    ///
    /// It is for browsers that send neither `Sec-Fetch-Site` nor `Origin`, and where a standard asks for it, such as
    /// NIST SP 800-63B. The route that takes the form calls ``requireForgeryToken(_:)``.
    /// - Throws: why there can be no session, such as ``SessionError/Code/insecureTransport``
    public func forgeryToken() async throws(SessionError) -> ForgeryToken {
        await handle.takeTurn()
        defer { handle.yieldTurn() }
        if try handle.state.withLock({ state throws(SessionError) in try state.writable() }) == nil {
            try await handle.create(.init())
        }
        guard let token = handle.formTokens.first else { throw .supersededToken }
        return ForgeryToken(of: token, in: handle.manager.realmTag, nonce: try handle.manager.random.block())
    }

    /// Throws unless a form came from a page that was made for this session.
    ///
    /// - Parameter text: the form's field ``ForgeryToken/fieldName``; `nil` looks at the request field `X-CSRF-Token`
    /// - Throws: ``SessionError/Code/forgedRequest``, unless the configuration only has it reported;
    ///   ``SessionError/Code/unavailable`` while the store fails, when no token can be judged
    public func requireForgeryToken(_ text: String?) throws(SessionError) {
        guard handle.manager.configuration.forgeryProtection.mode != .off, handle.manager.readsCookies else { return }
        switch handle.state.withLock({ $0.standing }) {
        case .unreachable(let error), .abandoned(let error): throw error
        default: break
        }
        let text = text ?? handle.request.headerFields[.forgeryToken] ?? ""
        if handle.formTokens.contains(where: { ForgeryToken.isValid(text, for: $0, in: handle.manager.realmTag) }) {
            return
        }
        try handle.refuse(
            .token,
            "the form has \(text.isEmpty ? "no token" : "a token of another session or of before a sign-in"); put "
                + "session.forgeryToken().hiddenField into the form of \(handle.request.pathAlone.prefix(200))")
    }
}
