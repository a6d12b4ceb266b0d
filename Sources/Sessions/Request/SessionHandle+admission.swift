import HTTPTypes
import Synchronization

extension SessionHandle {
    /// Whether an adapter has to ask ``admit()``: the configuration has `urlTokens` or an `authenticationAge`.
    public var needsAdmission: Bool { manager.needsAdmission }

    /// Lets a request through to its handler: an adapter calls this behind ``refuseForgery()``, if ``needsAdmission``.
    ///
    /// - Returns: where to send the client instead, with status 303 and no handler: it came with a hand-over code, which
    ///   goes out of the URL; `nil` for the handler
    /// - Throws: ``SessionError/Code/noSession`` or ``SessionError/Code/authenticationTooOld`` as
    ///   ``SessionConfiguration/authenticationAge`` says
    public func admit() async throws(SessionError) -> String? {
        if manager.urls != nil, let target = try await redeemCode() { return target }
        if let age = manager.configuration.authenticationAge { try await requireAuthentication(within: age) }
        return nil
    }

    private func requireAuthentication(within age: Duration) async throws(SessionError) {
        let session = try await session()
        guard let at = session.info?.authenticatedAt, session.principal != nil else {
            throw SessionError(.noSession, "this needs a signed-in user: sign in first")
        }
        let since = manager.clock.now - at
        guard since < age else {
            throw SessionError(
                .authenticationTooOld, "the user was authenticated \(since) ago, and this needs it within \(age)")
        }
    }

    /// - Returns: the target without the code; `nil` where the handler is to answer
    private func redeemCode() async throws(SessionError) -> String? {
        guard let rules = urlRules, let path = request.path else { return nil }
        let target = RequestTarget(path)
        let values = target.values(of: rules.tokens.codeParameter)
        guard let text = values.first, request.isNavigation, let clean = rules.removing(from: path) else { return nil }
        guard values.count == 1, target.values(of: rules.tokens.parameter).isEmpty else {
            manager.report(.tokenRefused(.ambiguous), handle: self)
            return nil
        }
        guard let code = SessionToken(text: text) else {
            manager.report(.tokenRefused(.malformed), handle: self)
            return nil
        }
        // A redirect to what looks like a path and is none would lead elsewhere.
        guard let place = rules.place(of: clean) else {
            manager.report(.tokenRefused(.misbound), id: code.id, handle: self)
            return nil
        }
        guard carriesTokens else {
            reportInsecureTransport(id: code.id)
            return nil
        }
        guard namesClient else {
            reportInsecureTransport(id: code.id, because: .unknownClient)
            return nil
        }
        let hasSession = request.headerFields.contains(.cookie) ? try await session().id != nil : false
        let isOurs = try await HandOver(handle: self).redeem(code, at: place, hasSession: hasSession)
        // A client whose network changes all the time would be redirected without an end.
        return isOurs ? clean : nil
    }

    /// Gives a reply what the URLs of its response need: the token of a session there, or a code that tries cookies out.
    func carryURLs(
        _ reply: SessionReply, of result: HandlerResult, to location: String?
    ) async -> SessionReply {
        guard let rules = urlRules else { return reply }
        let token = linkToken
        let (isNew, record) = state.withLock { ($0.hasIssued, $0.record) }
        var (code, redirect): (SessionToken?, String?)
        if isNew, reply.error == nil, let record, record.carrier == .cookie, !request.headerFields.contains(.cookie),
            case .response(let status) = result, let target = probeTarget(status, location), namesClient,
            !rules.isHandOver(target),
            let place = rules.isOwn(target) ? rules.place(of: target) : nil,
            // Without a code the visit goes on with the cookie alone.
            let issued = try? await HandOver(handle: self).issue(
                Succession.id(after: record.id), for: record, to: place, isProbe: true)
        {
            code = issued
            if status.kind == .successful { redirect = rules.removing(from: target) ?? target }
        }
        let isExposed = token != nil || code != nil || rules.removing(from: request.path ?? "") != nil
        var reply = reply
        reply.urls = URLReply(rules: rules, token: token, code: code, redirect: redirect, isExposed: isExposed)
        return reply
    }

    /// Where a browser goes next that gets its first cookie with this response: its page once more, or where it is sent.
    private func probeTarget(_ status: HTTPResponse.Status, _ location: String?) -> String? {
        guard request.isByNavigation else { return nil }
        switch status.code {
        case 200..<300 where request.method == .get:
            // A page whose URL brought a code that wasn't for this client: the next one would not be either.
            guard let path = request.path, let tokens = manager.urls?.tokens,
                RequestTarget(path).values(of: tokens.codeParameter).isEmpty
            else { return nil }
            return path
        // Browsers go on with GET.
        case 301, 302, 303: return location
        default: return nil
        }
    }
}

extension HTTPRequest {
    /// Whether a user goes to this page: a GET that isn't fetched ahead or by a script.
    fileprivate var isNavigation: Bool { method == .get && isByNavigation }

    /// Whether a user's browser shows what comes back, as far as it says.
    fileprivate var isByNavigation: Bool {
        !isUnseen && headerFields[.secFetchMode].map { $0 == "navigate" } ?? true
    }
}

extension HTTPField.Name {
    fileprivate static let secFetchMode = HTTPField.Name("Sec-Fetch-Mode")!
}
