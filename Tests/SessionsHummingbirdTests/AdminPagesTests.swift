import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Sessions
import SessionsAdmin
import SessionsHummingbird
import Testing

@Suite("The operators' pages on a Hummingbird router", .timeLimit(.minutes(10)))
struct AdminPagesTests {
    private func withPages(_ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        let sessions = try SessionManager(store: MemorySessionStore())
        var admin = try AdminPages<Context>(of: sessions) { _ in .granted(to: try Principal("olga")) }
        admin.pace = {}
        let router = Router(context: Context.self)
        router.group("admin")
            .get("sign-in") { _, _ in "the application's own page" }
            .addAdminPages(admin)
        try await Application(router: router).test(.router, body)
    }

    private let ownForm: HTTPFields = {
        var fields = HTTPFields()
        fields[.init("Sec-Fetch-Site")!] = "same-origin"
        fields[.contentType] = "application/x-www-form-urlencoded"
        return fields
    }()

    @Test("Every path below the group is the pages', unless the application has one of its own before them")
    func paths() async throws {
        try await withPages { client in
            for (path, status, text) in [
                ("/admin", 200, "Overview"), ("/admin/sessions", 200, "Sessions"),
                ("/admin/sign-in", 200, "the application's own page"), ("/admin/a/b/c", 404, "There is no such page"),
            ] {
                let answer = try await client.execute(uri: path, method: .get)
                #expect(answer.status.code == status && answer.text.contains(text), "\(path)")
            }
            let head = try await client.execute(uri: "/admin", method: .head)
            #expect(head.status == .ok && head.text.isEmpty && head.headers[.cacheControl] == "no-store")
        }
    }

    @Test(
        "What is no way to ask for a page gets 405 with the ways that are",
        arguments: ["POST", "PUT", "PATCH", "DELETE"])
    func methods(_ name: String) async throws {
        let method = try #require(HTTPRequest.Method(name))
        try await withPages { [ownForm] client in
            for path in ["/admin", "/admin/sessions"] {
                let answer = try await client.execute(uri: path, method: method, headers: ownForm)
                #expect(answer.status == .methodNotAllowed && answer.headers[.allow] == "GET, HEAD", "\(path)")
            }
        }
    }

    @Test("A form of 16 KiB is read, and one byte more is 413")
    func bodies() async throws {
        try await withPages { [ownForm] client in
            for (bytes, status) in [(16_384, 303), (16_385, 413)] {
                let body = "name=ada&sure=yes&rest="
                let rest = String(repeating: "x", count: bytes - body.utf8.count)
                let answer = try await client.execute(
                    uri: "/admin/principal/end", method: .post, headers: ownForm, body: ByteBuffer(string: body + rest))
                #expect(answer.status.code == status, "\(bytes): \(answer.text.prefix(2000))")
            }
        }
    }

    @Test("The news of an open page is a stream of events that a browser's EventSource takes")
    func news() async throws {
        try await withPages { client in
            let answer = try await client.execute(uri: "/admin/live", method: .get)
            #expect(answer.status == .ok && answer.headers[.contentType] == "text/event-stream")
            #expect(answer.text.hasPrefix("retry: 1000\n\nevent: page\ndata: "))
            #expect(answer.text.hasSuffix("event: pause\ndata: \n\n"))
        }
    }
}
