import Synchronization

extension SessionError {
    static var lowPrivilege: Self {
        .init(
            .lowPrivilege,
            "the session's token travels in URLs, so it can't step up or administer; a session in a cookie can")
    }
}

extension Session {
    /// Whether the session's token travels in URLs, so that nothing that matters may be done in it.
    public var isLowPrivilege: Bool { handle.state.withLock { $0.record?.carrier == .url } }

    /// Throws where the session's token travels in URLs: for what must not be done with a token that others may have seen.
    ///
    /// - Throws: ``SessionError/Code/lowPrivilege``
    public func requireFullPrivilege() throws(SessionError) {
        if isLowPrivilege { throw .lowPrivilege }
    }

    /// Returns a link, form action or redirect, with the token where the session's travels in URLs.
    ///
    /// Any other session gets the target as it is. Relative targets get the token, those of the request's own origin, and
    /// those of ``URLTokens/origins``; others never do, and lose one that they have. Ask after a sign-in, which makes a new
    /// token. It is no HTML: see ``escapedURL(for:)``.
    public func url(for target: String) -> String {
        guard let rules = handle.urlRules else { return target }
        return rules.write(handle.linkToken?.exposedText, as: rules.tokens.parameter, into: target)
    }

    /// Like ``url(for:)``, escaped for an attribute of HTML.
    public func escapedURL(for target: String) -> String {
        url(for: target).escapedForHTML
    }

    /// The hidden field of a form whose method is GET, which replaces the query of its action; empty where none is needed.
    public var urlTokenField: String {
        guard let urls = handle.manager.urls, let token = handle.linkToken?.exposedText else {
            return ""
        }
        return "<input type=\"hidden\" name=\"\(urls.tokens.parameter)\" value=\"\(token)\">"
    }

    /// Returns a URL that takes this session along to another host once, where its cookie doesn't go.
    ///
    /// The URL has a code, good for one visit within ``URLTokens/codeLifetime``, by this client, to this host and path. It
    /// is changed for a session in a cookie there, with the same user and the same attributes. A second use ends that session.
    /// Redirect to it, or link to it, in this response: ``url(for:)`` and the adapter leave it as it is. Each code counts for
    /// the ``SessionConfiguration/newSessionLimit``.
    /// - Parameter target: an absolute URL of one of ``URLTokens/origins``, or a path on this host
    /// - Throws: ``SessionError/Code/noSession`` where there is no session, ``SessionError/Code/invalid`` for another target,
    ///   ``SessionError/Code/lowPrivilege`` for a session in a URL, ``SessionError/Code/configuration`` without `urlTokens`,
    ///   ``SessionError/Code/insecureTransport`` behind a proxy that hides the client,
    ///   ``SessionError/Code/tooManyRequests`` over the limit
    public func handOverURL(for target: String) async throws(SessionError) -> String {
        guard let rules = handle.urlRules else {
            throw SessionError(.configuration, "hand-over codes travel in URLs: set urlTokens for this manager")
        }
        guard let record = try handle.state.withLock({ state throws(SessionError) in try state.writable() }) else {
            throw SessionError(.noSession, "there is no session to hand over")
        }
        guard record.carrier != .url else { throw .lowPrivilege }
        guard let place = rules.place(of: target) else {
            throw SessionError(
                .invalid, "\"\(target.prefix(200))\" can't be handed over to; name the origin in urlTokens.origins")
        }
        guard handle.namesClient else { throw handle.reportInsecureTransport(because: .unknownClient) }
        try handle.checkNewSessionAllowed()
        let codes = HandOver(handle: handle)
        let id = SessionID(try handle.manager.random.block())
        guard let code = try await codes.issue(id, for: record, to: place, isProbe: false) else {
            throw SessionError(.unavailable, "a fresh ID was taken: the random source is broken")
        }
        handle.state.withLock { $0.note(code: code, to: place) }
        let clean = rules.removing(from: target) ?? target
        return rules.write(code.exposedText, as: rules.tokens.codeParameter, into: clean)
    }
}
