import HTTPTypes

@testable import Sessions

extension SessionManager {
    /// One request that signs ada in: what that threw, and the fields of its response.
    func signInAda(authenticatedAt: Timestamp? = nil) async throws -> (error: SessionError?, fields: HTTPFields) {
        let request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
        let handle = begin(request, over: .init(peer: .local, isTLS: true))
        var thrown: SessionError?
        do throws(SessionError) {
            try await handle.session().signIn(try Principal("ada"), authenticatedAt: authenticatedAt)
        } catch {
            thrown = error
        }
        let reply = await handle.finish(thrown.map { .failure($0, status: nil) } ?? .response(.ok))
        var fields = HTTPFields()
        reply.apply(to: &fields)
        return (thrown, fields)
    }
}
