public import HTTPTypes
public import Sessions

extension SessionManager {
    /// Makes one request through the engine, as an adapter does, and returns its response fields.
    ///
    /// - Parameters:
    ///   - cookie: `NAME=TOKEN`, or `nil` of a stranger
    ///   - body: the handler
    /// - Throws: what the engine would answer with an error
    @discardableResult
    public func request(
        cookie: String?, _ body: (Session) async throws -> Void
    ) async throws -> HTTPFields {
        var request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
        if let cookie { request.headerFields[.cookie] = cookie }
        let handle = begin(request, over: .init(peer: .local, isTLS: true))
        try await body(try await handle.session())
        var fields: HTTPFields = [.contentType: "text/plain", .contentLength: "50"]
        let reply = await handle.finish(status: .ok)
        if let error = reply.error { throw error }
        reply.apply(to: &fields)
        return fields
    }
}

extension HTTPFields {
    /// `NAME=TOKEN` of the session's cookie that a response sets.
    public var sessionCookie: String? {
        self[values: .setCookie].last.map { String($0.prefix { $0 != ";" }) }
    }
}
