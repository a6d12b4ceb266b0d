public import HTTPTypes

/// How requests are found and refused that another site has a user's browser send (cross-site request forgery).
///
/// What may change something, by any method but GET, HEAD, OPTIONS and TRACE, is judged as Go's `CrossOriginProtection`
/// does. So is the GET that opens a WebSocket, since its cookies come along and what follows may change anything:
///
/// | `Sec-Fetch-Site` | `Origin` | the request |
/// | --- | --- | --- |
/// | `same-origin`, `none` | any | passes |
/// | any other value | any | is refused |
/// | missing | names the host of `Host` | passes |
/// | missing | any other value | is refused |
/// | missing | missing | passes: a browser sends one of them |
public struct ForgeryProtection: Sendable {
    /// What becomes of a request that seems forged.
    public enum Mode: Sendable, Hashable {
        /// It is reported and answered with 403, before its handler runs.
        case refuse
        /// It is reported and passes: for a trial before it is refused.
        case report
        /// No request is looked at.
        case off
    }

    /// One method and one path whose requests pass, whatever page sends them.
    public struct Exemption: Sendable, Hashable {
        /// The method.
        public let method: HTTPRequest.Method
        /// The path, compared byte by byte, without a query.
        public let path: String

        /// Names a route, such as the one that a payment page sends its users back to.
        ///
        /// - Throws: ``SessionError/Code/configuration`` for a pattern, a query, or a method that is never refused
        public init(_ method: HTTPRequest.Method, _ path: String) throws(SessionError) {
            func check(_ valid: Bool, _ advice: String) throws(SessionError) {
                if !valid { throw SessionError(.configuration, "exemption \(method) \(path.prefix(200)): \(advice)") }
            }
            try check(
                HTTPRequest(method: method, scheme: nil, authority: nil, path: nil).isUnsafe, "it is never refused")
            try check(path.hasPrefix("/"), "the path must begin with \"/\"")
            try check(
                path.utf8.allSatisfy { (0x21...0x7e).contains($0) }, "write the path in ASCII, as requests bring it")
            try check(
                !path.utf8.contains { "?#".utf8.contains($0) }, "leave the query out: the path alone is compared")
            try check(
                !path.utf8.contains { "*{}".utf8.contains($0) } && !path.contains("/:"),
                "it is no pattern; name each path that is meant")
            self.method = method
            self.path = path
        }
    }

    /// What becomes of a request that seems forged.
    public var mode = Mode.refuse
    /// Whether a request without `Sec-Fetch-Site` is refused too, whatever its `Origin`, as in Rails.
    ///
    /// Clients other than browsers then need an ``Exemption``, and browsers of before 2023 are left out. A WebSocket is opened
    /// without that field, too: with every browser an `Origin` comes along.
    public var requiresFetchMetadata = false
    /// The origins whose pages may send requests as well.
    public var trustedOrigins: [WebOrigin] = []
    /// The routes that take requests from all pages; none of a WebSocket, for which ``trustedOrigins`` are named.
    public var exemptions: [Exemption] = []

    /// Refuses what the table says, and trusts no other origin.
    public init() {}

    /// Why a request seems forged; `nil` where it doesn't.
    func suspicion(of request: HTTPRequest) -> SessionEvent.Forgery? {
        guard request.isJudged, mode != .off else { return nil }
        let initiator = RequestInitiator(request)
        let suspicion: SessionEvent.Forgery
        if requiresFetchMetadata, request.isUnsafe, !request.headerFields.contains(.secFetchSite) {
            suspicion = .unknownOrigin
        } else if initiator == .sameOrigin || initiator == .unknown || isTrusted(request.headerFields[.origin]) {
            return nil
        } else {
            suspicion = initiator == .sameSite ? .sameSite : .crossSite
        }
        let path = request.pathAlone
        let isExempt = exemptions.contains { $0.method == request.method && $0.path.utf8.elementsEqual(path.utf8) }
        return isExempt ? nil : suspicion
    }

    private func isTrusted(_ text: String?) -> Bool {
        guard !trustedOrigins.isEmpty, let text, let origin = try? WebOrigin(text) else { return false }
        return trustedOrigins.contains(origin)
    }
}

extension HTTPRequest {
    /// Whether another site's page gains by this request: it may change something, or opens a WebSocket.
    var isJudged: Bool { isUnsafe || opensWebSocket }

    /// Whether this is the handshake of RFC 6455, section 4.1; that of RFC 8441 is a CONNECT, which may change something.
    private var opensWebSocket: Bool {
        guard method == .get, let protocols = headerFields[.upgrade] else { return false }
        return protocols.lowercased().utf8.split(separator: UInt8(ascii: ",")).contains {
            Substring($0).trimmingSpaces().split(separator: "/", maxSplits: 1).first == "websocket"
        }
    }
}

extension HTTPField.Name {
    static let forgeryToken = HTTPField.Name("X-CSRF-Token")!
}
