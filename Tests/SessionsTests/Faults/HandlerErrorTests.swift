import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("The log has what a handler threw, where the framework can't have it", .timeLimit(.minutes(10)))
struct HandlerErrorTests {
    private struct Broken: Error {}

    @Test(
        "An error without a status is logged once where its response is made here, and left to the framework otherwise",
        arguments: [
            (true, false, ["error A handler failed error.message=Broken()"]), (false, false, []), (true, true, []),
        ])
    func logged(usesSession: Bool, hasStatus: Bool, _ lines: [String]) async throws {
        let log = Log(withMetadata: true)
        let manager = try SessionManager(store: MemorySessionStore())
        let handle = manager.begin(
            .init(method: .post, scheme: "https", authority: "shop.test", path: "/"),
            over: .init(peer: .local, isTLS: true), logger: log.logger)
        if usesSession { try await handle.session().set(.a, to: 1) }
        let reply = await handle.finish(.failure(Broken(), status: hasStatus ? .unprocessableContent : nil))
        #expect(reply.error == nil && reply.isEmpty != usesSession)
        #expect(log.lines == lines)
    }

    @Test("An error of the session is logged as one, where it is the server's, and not as the handler's")
    func sessionErrors() async throws {
        for (code, lines) in [
            (SessionError.Code.unavailable, ["error The session failed"]), (.noSession, []),
        ] {
            let log = Log()
            let manager = try SessionManager(store: MemorySessionStore())
            let handle = manager.begin(
                .init(method: .post, scheme: "https", authority: "shop.test", path: "/"),
                over: .init(peer: .local, isTLS: true), logger: log.logger)
            try await handle.session().set(.a, to: 1)
            _ = await handle.finish(.failure(SessionError(code, "as the test says"), status: nil))
            #expect(log.lines == lines)
        }
    }
}
