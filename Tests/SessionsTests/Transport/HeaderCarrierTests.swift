import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Tokens in a request field", .timeLimit(.minutes(10)))
struct HeaderCarrierTests {
    /// A program at an API, beside browsers at the same store.
    private struct API {
        let clock = ManualClock()
        let log = EventLog()
        let recording = RecordingStore(MemorySessionStore())
        let api, browsers: SessionManager
        let transport: TokenTransport

        init(_ transport: TokenTransport = .bearer, renewalInterval: Duration? = nil) throws {
            self.transport = transport
            var configuration = SessionConfiguration()
            configuration.renewalInterval = renewalInterval
            browsers = try SessionManager(
                store: recording, configuration: configuration, clock: clock, observers: [log])
            configuration.transport = transport
            configuration.clearSiteData = []
            api = try SessionManager(store: recording, configuration: configuration, clock: clock, observers: [log])
        }

        func field(_ token: String) throws -> HTTPField {
            switch transport {
            case .cookies: HTTPField(name: .cookie, value: "__Host-Http-id=\(token)")
            case .bearer: HTTPField(name: .authorization, value: "Bearer \(token)")
            case .field(let name): HTTPField(name: name, value: token)
            }
        }

        @discardableResult
        func call(
            _ fields: [HTTPField] = [], method: HTTPRequest.Method = .post,
            _ body: (Session) async throws -> Void = { _ in }
        ) async throws -> HTTPFields {
            var request = HTTPRequest(method: method, scheme: "https", authority: "api.test", path: "/")
            for field in fields { request.headerFields.append(field) }
            let handle = api.begin(request, over: .init(peer: .local, isTLS: true))
            try handle.refuseForgery()
            try await body(try await handle.session())
            var response = HTTPFields()
            await handle.finish(status: .ok).apply(to: &response)
            return response
        }

        /// A token as a program gets it: from the body of the response that signed it in.
        func signIn(_ name: String = "ada") async throws -> String {
            var token: String?
            try await call { session in
                try await session.signIn(try Principal(name))
                token = try session.exposeNewToken()
            }
            return try #require(token)
        }

        func principal(_ fields: [HTTPField]) async throws -> String? {
            var name: String?
            try await call(fields) { name = $0.principal?.name }
            return name
        }
    }

    private static let transports: [TokenTransport] = [.bearer, .field(HTTPField.Name("X-Session-Token")!)]

    @Test("A program signs in, is known by its field, and signs out; no cookie is ever set", arguments: Self.transports)
    func roundTrip(_ transport: TokenTransport) async throws {
        let api = try API(transport)
        var token: String?
        let signedIn = try await api.call { session in
            try await session.signIn(try Principal("ada"))
            token = try session.exposeNewToken()
        }
        let field = try api.field(try #require(token))
        let newTokens = transport == .bearer ? TokenTransport.newTokenField : field.name
        #expect(signedIn[newTokens] == token && signedIn[.setCookie] == nil)
        #expect(signedIn[.cacheControl] == "no-store" && signedIn[.vary] == field.name.rawName)
        var carrier: SessionRecord.Carrier?
        let read = try await api.call([field]) { session in
            carrier = session.info?.carrier
            try session.set(.a, to: 1)
        }
        #expect(carrier == .header && read[newTokens] == nil && read[.setCookie] == nil)
        let out = try await api.call([field]) { try await $0.end() }
        #expect(out[.setCookie] == nil && out[newTokens] == nil && out[HTTPField.Name("Clear-Site-Data")!] == nil)
        #expect(try await api.principal([field]) == nil)
    }

    @Test("A renewal and a step-up bring the new token in the response field", arguments: Self.transports)
    func renewal(_ transport: TokenTransport) async throws {
        let api = try API(transport, renewalInterval: .minutes(15))
        let token = try await api.signIn()
        let newTokens = transport == .bearer ? TokenTransport.newTokenField : try api.field(token).name
        api.clock.advance(by: .minutes(15))
        let second = try #require(try await api.call([try api.field(token)])[newTokens])
        #expect(second != token && second.utf8.count == 64)
        #expect(try await api.principal([try api.field(second)]) == "ada")
        let third = try #require(try await api.call([try api.field(second)]) { try await $0.stepUp() }[newTokens])
        #expect(try await api.principal([try api.field(second)]) == nil)
        #expect(try await api.principal([try api.field(third)]) == "ada")
    }

    @Test("A token of the field is nothing as a cookie, and a cookie's is nothing in the field")
    func otherKind() async throws {
        let api = try API()
        let token = try await api.signIn()
        let browser = Visitor(api.browsers)
        try await browser.visit { try await $0.signIn(try Principal("grace")) }
        let cookie = try #require(browser.signedInToken)
        _ = api.log.takeEvents()
        #expect(try await api.principal([try api.field(cookie)]) == nil)
        for name in [Visitor.signedInName, Visitor.visitorName] {
            #expect(try await Visitor(api.browsers, jar: [name: token]).look().id == nil)
        }
        #expect(api.log.takeEvents().map(\.kind) == Array(repeating: .tokenRefused(.misplaced), count: 3))
        // Not in the manager's own cookies or in the other field either: these it doesn't read.
        let elsewhere = HTTPField(name: HTTPField.Name("X-Session-Token")!, value: token)
        #expect(try await api.principal([elsewhere]) == nil)
        #expect(try await api.principal([HTTPField(name: .cookie, value: "\(Visitor.signedInName)=\(token)")]) == nil)
        #expect(api.log.takeEvents().isEmpty)
    }

    @Test("Both kinds of a user's sessions are listed together, and “end all” ends both")
    func together() async throws {
        let api = try API()
        let token = try await api.signIn()
        let browser = Visitor(api.browsers)
        try await browser.visit { try await $0.signIn(try Principal("ada")) }
        let listed = try await api.browsers.list(of: try Principal("ada"))
        #expect(Set(listed.map(\.carrier)) == [.header, .cookie])
        try await api.browsers.endAll(of: try Principal("ada"))
        #expect(try await api.principal([try api.field(token)]) == nil)
    }

    @Test("In another realm the token is a wrong secret")
    func realms() async throws {
        let api = try API()
        let token = try await api.signIn()
        var configuration = SessionConfiguration()
        configuration.transport = .bearer
        let office = try SessionManager(
            store: api.recording, realm: try Realm("office"), configuration: configuration, clock: api.clock,
            observers: [api.log])
        _ = api.log.takeEvents()
        var request = HTTPRequest(method: .get, scheme: "https", authority: "api.test", path: "/")
        request.headerFields[.authorization] = "Bearer \(token)"
        let session = try await office.begin(request, over: .init(peer: .local, isTLS: true)).session()
        #expect(session.id == nil && api.log.takeEvents().map(\.kind) == [.tokenRefused(.unknown)])
    }

    @Test("What can be no token, or is not alone, is one event and no store call")
    func refused() async throws {
        let api = try API()
        let token = try await api.signIn()
        let browser = Visitor(api.browsers)
        try await browser.visit { try $0.set(.a, to: 1) }
        let cookie = HTTPField(name: .cookie, value: browser.jar.map { "\($0)=\($1)" }.joined(separator: "; "))
        func field(_ value: String) -> HTTPField { HTTPField(name: .authorization, value: value) }
        let own = field("Bearer \(token)")
        for (fields, refusal) in [
            ([field("Bearer \(token)A")], .malformed), ([field("Bearer \(token.dropLast())")], .malformed),
            ([field("Bearer " + String(repeating: "A", count: 100_000))], .malformed), ([field("Bearer")], .malformed),
            ([field("Bearer \"\(token)\"")], .malformed), ([field("Bearer \(token), Bearer \(token)")], .malformed),
            ([field("Bearer \(token) \(token)")], .malformed), ([field("Bearer *")], .malformed),
            ([own, field("Bearer x")], .ambiguous), ([field("Bearer x"), own], .ambiguous),
            ([own, cookie], .ambiguous),
            ([cookie, own], .ambiguous), ([own, HTTPField(name: .cookie, value: "__Host-Http-id=x")], .ambiguous),
            ([field("Basic \(token)")], nil), ([field(token)], nil), ([field("")], nil), ([cookie], nil),
            ([field("BearerX \(token)")], nil),
        ] as [([HTTPField], SessionEvent.Refusal?)] {
            _ = api.log.takeEvents()
            api.recording.reset()
            #expect(try await api.principal(fields) == nil, "\(fields)")
            #expect(api.recording.calls.isEmpty)
            #expect(api.log.takeEvents().map(\.kind) == (refusal.map { [.tokenRefused($0)] } ?? []), "\(fields)")
        }
        for fields in [
            [own], [own, own], [field("bearer \(token)")], [field("BEARER   \(token) ")], [field("Basic x"), own],
        ] {
            #expect(try await api.principal(fields) == "ada", "\(fields)")
        }
        #expect(try await api.principal([own, HTTPField(name: .cookie, value: "theme=dark")]) == "ada")
    }

    @Test("A sign-out ends what the field proves, though it came beside a cookie or another token")
    func signOutBeside() async throws {
        let api = try API()
        let (first, second, third) = (try await api.signIn(), try await api.signIn(), try await api.signIn())
        let visitor = HTTPField(name: .cookie, value: "__Host-Http-visitor=\(first)")
        let browser = Visitor(api.browsers)
        try await browser.visit { try await $0.signIn(try Principal("ada")) }
        let cookie = try api.field(try #require(browser.signedInToken))
        try await api.call([try api.field(first), visitor]) { try await $0.end() }
        #expect(try await api.principal([try api.field(first)]) == nil)
        try await api.call([try api.field(second), try api.field("x"), cookie]) { try await $0.end() }
        #expect(try await api.principal([try api.field(second)]) == nil)
        // Neither another session nor a browser's, whose token is in the wrong place.
        #expect(try await api.principal([try api.field(third)]) == "ada")
        #expect(try await browser.look().principal == "ada")
    }

    @Test("Of many tokens in its fields a sign-out looks at four, each once, and ends no other")
    func fourCandidates() async throws {
        let api = try API()
        var tokens: [String] = []
        for _ in 0..<5 { tokens.append(try await api.signIn()) }
        var fields = [try api.field(tokens[0])]
        for token in tokens { fields.append(try api.field(token)) }
        api.recording.reset()
        try await api.call(fields) { try await $0.end() }
        #expect(api.recording.count(of: .load) == 4)
        var alive: [Bool] = []
        for token in tokens { alive.append(try await api.principal([try api.field(token)]) != nil) }
        #expect(alive == [false, false, false, false, true])
    }

    @Test("A page of another site may call an API: no browser sends its token by itself")
    func crossSite() async throws {
        let api = try API()
        let site = HTTPField(name: .secFetchSite, value: "cross-site")
        var token: String?
        try await api.call([site]) { session in
            try await session.signIn(try Principal("ada"))
            token = try session.exposeNewToken()
            try session.requireForgeryToken(nil)
        }
        let field = try api.field(try #require(token))
        try await api.call([site, field]) { try $0.set(.a, to: 1) }
        // A visitor's session may be made as well: there is no cookie that it could replace.
        let made = try await api.call([site]) { try $0.set(.a, to: 1) }
        #expect(made[TokenTransport.newTokenField] != nil)
        #expect(api.log.takeEvents().allSatisfy { !$0.kind.name.hasPrefix("forgery") })
    }

    @Test("A token is given away for a body only where it is new, and never one that travels in a cookie")
    func exposing() async throws {
        let api = try API()
        let token = try await api.signIn()
        var codes: [SessionError.Code] = []
        func note(_ session: Session) {
            do throws(SessionError) { _ = try session.exposeNewToken() } catch { codes.append(error.code) }
        }
        try await api.call([try api.field(token)]) { note($0) }
        try await api.call { note($0) }
        try await api.call([try api.field(token)]) { session in
            try await session.end()
            note(session)
        }
        try await Visitor(api.browsers).visit { session in
            try await session.signIn(try Principal("ada"))
            note(session)
        }
        #expect(codes == [.noSession, .noSession, .noSession, .configuration])
    }

    @Test("Fields that have a meaning of their own carry no tokens")
    func validation() {
        for name in [
            "Cookie", "set-cookie", "Authorization", "Host", "Origin", "vary", "Cache-Control", "Content-Type",
            "X-CSRF-Token", "x-forwarded-for", "Accept-Language", "Retry-After", "Clear-Site-Data", "Forwarded",
            "Keep-Alive", "Sec-Fetch-Site", "Transfer-Encoding", "X-Forwarded-Proto", "User-Agent", "Referer", "Range",
            "Accept", "Accept-Encoding", "Connection", "Content-Encoding", "Content-Language", "Content-Length", "Date",
            "ETag", "Expect", "If-Match", "If-None-Match", "Location", "Proxy-Authorization", "TE", "Upgrade",
            "WWW-Authenticate", "Purpose", "Referrer-Policy", "Sec-Fetch-Mode", "Sec-Purpose", "Via",
            "X-Forwarded-Host", "X-Moz", "X-Original-Host", "X-Purpose", "X-Real-IP", "X-Robots-Tag",
        ] {
            var configuration = SessionConfiguration()
            configuration.transport = .field(HTTPField.Name(name)!)
            let error = #expect(throws: SessionError.self) {
                try SessionManager(store: MemorySessionStore(), configuration: configuration)
            }
            #expect(error?.code == .configuration && error?.message.contains("X-Session-Token") == true, "\(name)")
            let early = #expect(throws: SessionError.self) { try configuration.validate() }
            #expect(early?.message == error?.message)
        }
    }
}
