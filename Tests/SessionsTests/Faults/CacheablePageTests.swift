import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Pages that a cache may keep for strangers", .timeLimit(.minutes(10)))
struct CacheablePageTests {
    private enum Deed: CaseIterable {
        case look, peek, readAll, remove, take, end
        case set, update, flash, signIn
    }

    private func fields(
        cookie: String? = nil, isTLS: Bool = true, allows: Bool = true, own: HTTPFields = [:],
        _ bench: Bench, _ body: (Session) async throws -> Void = { _ in }
    ) async throws -> HTTPFields {
        var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        request.headerFields[.cookie] = cookie
        let peer = ClientConnection.Peer.address(try #require(NetworkAddress("192.0.2.1")))
        let handle = bench.manager.begin(request, over: .init(peer: peer, isTLS: isTLS))
        let session = try await handle.session()
        if allows { session.allowCachingForStrangers() }
        try? await body(session)
        var fields = own
        await handle.finish(status: .ok).apply(to: &fields)
        return fields
    }

    @Test("A stranger's page has Vary alone where the route allows that, and no-store where it doesn't")
    func stranger() async throws {
        let bench = try Bench()
        #expect(try await fields(bench) == [.vary: "Cookie"])
        #expect(try await fields(allows: false, bench) == [.cacheControl: "no-store", .vary: "Cookie"])
        let own: HTTPFields = [.cacheControl: "public, max-age=60", .vary: "Accept"]
        #expect(try await fields(own: own, bench) == [.cacheControl: "public, max-age=60", .vary: "Accept, Cookie"])
        // Cookies of others are none of ours.
        #expect(try await fields(cookie: "theme=dark", bench) == [.vary: "Cookie"])
    }

    @Test("What reads or ends nothing stays the page of each stranger; what makes a session is kept by no cache")
    func deeds() async throws {
        for deed in Deed.allCases {
            let bench = try Bench()
            let fields = try await fields(bench) { session in
                switch deed {
                case .look: #expect(session.principal == nil)
                case .peek: _ = try await session.handle.peek()
                case .readAll: #expect(try session.value(.a) == nil && session.attributeNames.isEmpty)
                case .remove: try session.remove(.a)
                case .take: #expect(try await session.takeFlash().isEmpty)
                case .end: try await session.end()
                case .set: try session.set(.a, to: 1)
                case .update: try await session.update(.a, default: 0) { $0 += 1 }
                case .flash: try await session.flash("saved")
                case .signIn: try await session.signIn(try Principal("ada"))
                }
            }
            let makesOne = [.set, .update, .flash, .signIn].contains(deed)
            #expect((fields[.cacheControl] == "no-store") == makesOne, "\(deed)")
            #expect(fields[.vary] == "Cookie" && fields[values: .setCookie].isEmpty != makesOne, "\(deed)")
        }
    }

    @Test("A request that brings a token gets no-store, whatever the token proves, and over plain HTTP as well")
    func withToken() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let live = "__Host-Http-id=\(try #require(visitor.signedInToken))"
        let planted = "__Host-Http-id=\(SessionToken.sample(9).exposedText)"
        for cookie in [live, planted, "__Host-Http-id=x", "__Host-Http-visitor=", "\(planted); __Host-Http-id=x"] {
            for isTLS in [true, false] {
                let fields = try await fields(cookie: cookie, isTLS: isTLS, bench)
                #expect(fields[.cacheControl] == "no-store" && fields[.vary] == "Cookie", "\(cookie) \(isTLS)")
            }
        }
    }

    @Test("An error page is kept by no cache, whether the handler throws it or the session")
    func errors() async throws {
        let bench = try Bench()
        for error in [SessionError(.invalid, "no"), CancellationError()] as [any Error] {
            let request = bench.visitor.send()
            try await request.session().allowCachingForStrangers()
            var fields = HTTPFields()
            await request.handle.finish(.failure(error, status: .badRequest)).apply(to: &fields)
            #expect(fields[.cacheControl] == "no-store")
        }
    }

    @Test("The answer to a stranger's write that is refused is kept by no cache, also where the route allows that")
    func refusedWrite() async throws {
        let bench = try Bench()
        bench.faulty.follow { operation, _ in operation == .create ? .fail : .pass }
        let fields = try await fields(bench) { try $0.set(.a, to: 1) }
        #expect(fields[.cacheControl] == "no-store" && fields[.vary] == "Cookie")
        #expect(fields[values: .setCookie] == [])
    }

    @Test("CACHE-1: what is said while a session can't be had is kept by no cache, whoever says it")
    func failures() async throws {
        for isDown in [true, false] {
            let bench = try Bench()
            let visitor = try await bench.signedIn()
            if isDown { bench.faulty.follow { _, _ in .fail } }
            for isThrown in [true, false] {
                var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
                let many = isDown ? "" : String(repeating: "a=;", count: 300)
                request.headerFields[.cookie] = many + "__Host-Http-id=\(try #require(visitor.signedInToken))"
                let handle = bench.manager.begin(request, over: .init(peer: .local, isTLS: true))
                let error = await #expect(throws: SessionError.self) { try await handle.session() }
                #expect(error?.code == (isDown ? .unavailable : .cookieHeaderTooLarge))
                let reply = await handle.finish(
                    isThrown ? .failure(try #require(error), status: nil) : .response(.ok))
                var fields = HTTPFields()
                reply.apply(to: &fields)
                #expect(fields == [.cacheControl: "no-store", .vary: "Cookie"])
                #expect(!reply.isEmpty)
            }
        }
    }

    @Test("A route that allows caching and never asks for the session adds nothing")
    func unused() async throws {
        let bench = try Bench()
        let request = bench.visitor.send()
        let reply = await request.handle.finish(status: .ok)
        var fields = HTTPFields()
        reply.apply(to: &fields)
        #expect(fields == [:] && reply.isEmpty)
    }
}
