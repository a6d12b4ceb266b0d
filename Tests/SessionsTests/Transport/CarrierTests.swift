import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Carriers: cookies, a header and the URL", .timeLimit(.minutes(10)))
struct CarrierTests {
    /// Tokens at their places, as a request carries them.
    struct Tokens {
        var signedIn, visitor, bearer, sid: String?

        init(_ token: String? = nil, at place: TokenPlace? = nil) {
            switch place {
            case .signedInCookie: signedIn = token
            case .visitorCookie: visitor = token
            case .header: bearer = token
            case .url: sid = token
            case nil: break
            }
        }

        var request: HTTPRequest {
            var request = HTTPRequest(
                method: .get, scheme: "https", authority: "shop.test",
                path: "/cart?a=1" + (sid.map { "&sid=\($0)" } ?? ""))
            let cookies = [signedIn.map { "__Host-Http-id=\($0)" }, visitor.map { "__Host-Http-visitor=\($0)" }]
                .compactMap { $0 }
            if !cookies.isEmpty { request.headerFields[.cookie] = cookies.joined(separator: "; ") }
            if let bearer { request.headerFields[.authorization] = "Bearer \(bearer)" }
            return request
        }
    }

    /// A manager with all three carriers, on a store that is watched.
    struct Bench {
        let clock = ManualClock()
        let recording = RecordingStore(MemorySessionStore())
        let log = EventLog()
        let manager: SessionManager

        init(carriers: [any TokenCarrier]? = nil, renewalInterval: Duration? = nil) throws {
            var configuration = SessionConfiguration()
            configuration.renewalInterval = renewalInterval
            configuration.timeouts.idle = .hours(10)
            manager = try SessionManager(
                store: recording, configuration: configuration,
                carriers: try carriers ?? [CookieCarrier(configuration.cookies), BearerCarrier(), URLCarrier()],
                clock: clock, observers: [log])
        }

        @discardableResult
        func visit(
            _ tokens: Tokens, newSessionsFor carrier: SessionRecord.Carrier? = nil, isTLS: Bool = true,
            _ body: (Session) async throws -> Void = { _ in }
        ) async throws -> HTTPFields {
            let connection = ClientConnection(
                peer: isTLS ? .local : .address(NetworkAddress(ipv4: 0xc000_0201)), isTLS: isTLS)
            let handle =
                if let carrier { manager.begin(tokens.request, over: connection, newSessionsFor: carrier) } else {
                    manager.begin(tokens.request, over: connection)
                }
            try await body(try await handle.session())
            let reply = await handle.finish(status: .ok)
            #expect(reply.error == nil)
            var fields = HTTPFields()
            reply.apply(to: &fields)
            return fields
        }

        /// A session for a place, with its token.
        func token(at place: TokenPlace) async throws -> String {
            let carrier: SessionRecord.Carrier =
                switch place {
                case .signedInCookie, .visitorCookie: .cookie
                case .header: .header
                case .url: .url
                }
            let fields = try await visit(Tokens(), newSessionsFor: carrier) { session in
                if place == .visitorCookie {
                    try session.set(.a, to: Int(place.rawValue))
                } else {
                    try await session.signIn(try Principal("\(place)"))
                }
            }
            return try #require(Self.token(at: place, in: fields))
        }

        /// The token that a response brings to a place, if it does.
        static func token(at place: TokenPlace, in fields: HTTPFields) -> String? {
            func cookie(_ name: String) -> String? {
                fields[values: .setCookie].first { $0.hasPrefix(name + "=") && !$0.contains("Max-Age=0") }
                    .map { String($0.dropFirst(name.count + 1).prefix { $0 != ";" }) }
            }
            return switch place {
            case .signedInCookie: cookie("__Host-Http-id")
            case .visitorCookie: cookie("__Host-Http-visitor")
            case .header: fields[BearerCarrier.newToken]
            case .url: fields[URLCarrier.newQuery].map { String($0.dropFirst("sid=".count)) }
            }
        }
    }

    @Test("A token is good only at its kind of place", arguments: TokenPlace.allCases)
    func places(_ home: TokenPlace) async throws {
        let bench = try Bench()
        let token = try await bench.token(at: home)
        for place in TokenPlace.allCases {
            _ = bench.log.takeEvents()
            try await bench.visit(Tokens(token, at: place)) { session in
                #expect((session.id != nil) == (place == home), "\(place)")
            }
            let refusals: [SessionEvent.Kind] = place == home ? [] : [.tokenRefused(.misplaced)]
            #expect(bench.log.takeEvents().map(\.kind) == refusals, "\(place)")
        }
    }

    @Test(
        "A session is made for the carrier that the request asks for, and by default for the first",
        arguments: TokenPlace.allCases)
    func creation(_ place: TokenPlace) async throws {
        let bench = try Bench()
        let token = try await bench.token(at: place)
        try await bench.visit(Tokens(token, at: place)) { session in
            let carriers: [TokenPlace: SessionRecord.Carrier] = [.header: .header, .url: .url]
            #expect(session.info?.carrier == carriers[place] ?? .cookie)
        }
        let first = try Bench(carriers: [URLCarrier(), BearerCarrier()])
        let fields = try await first.visit(Tokens()) { try $0.set(.a, to: 1) }
        #expect(fields[URLCarrier.newQuery] != nil)
        #expect(fields[.setCookie] == nil && fields[BearerCarrier.newToken] == nil)
    }

    @Test(
        "A session's new tokens travel as its first one did, whatever the request asks for",
        arguments: TokenPlace.allCases)
    func sameCarrier(_ place: TokenPlace) async throws {
        let bench = try Bench(renewalInterval: .minutes(15))
        let token = try await bench.token(at: place)
        bench.clock.advance(by: .minutes(15))
        let renewed = try await bench.visit(Tokens(token, at: place), newSessionsFor: .cookie)
        let second = try #require(Bench.token(at: place, in: renewed))
        #expect(second != token)
        bench.clock.advance(by: .seconds(60))
        let steppedUp = try await bench.visit(Tokens(second, at: place), newSessionsFor: .header) { session in
            if place == .visitorCookie {
                try await session.signIn(try Principal("ada"))
            } else {
                try await session.stepUp()
            }
        }
        let home: TokenPlace = place == .visitorCookie ? .signedInCookie : place
        let third = try #require(Bench.token(at: home, in: steppedUp))
        #expect(Set([token, second, third]).count == 3)
        for other in TokenPlace.allCases where other != home {
            #expect(Bench.token(at: other, in: steppedUp) == nil)
        }
        let ended = try await bench.visit(Tokens(third, at: home)) { try await $0.end() }
        #expect((ended[.setCookie] != nil) == [.signedInCookie, .visitorCookie].contains(home))
        #expect((ended[BearerCarrier.deletedToken] != nil) == (home == .header))
        #expect((ended[URLCarrier.deletedQuery] != nil) == (home == .url))
    }

    @Test("The first carrier with a live session wins: with cookies at the front, a cookie over a URL")
    func order() async throws {
        for (carriers, winner) in [
            ([try CookieCarrier(.init()), URLCarrier()], "signedInCookie"),
            ([URLCarrier(), try CookieCarrier(.init())], "url"),
        ] as [([any TokenCarrier], String)] {
            let bench = try Bench(carriers: carriers)
            var tokens = Tokens()
            tokens.sid = try await bench.token(at: .url)
            tokens.signedIn = try await bench.token(at: .signedInCookie)
            bench.recording.reset()
            try await bench.visit(tokens) { #expect($0.principal?.name == winner) }
            #expect(bench.recording.operations == [.load], "the other token is not looked at")
        }
    }

    @Test("A dead or malformed token at one place doesn't hide a live one at the next")
    func fallThrough() async throws {
        let bench = try Bench()
        var tokens = Tokens()
        tokens.signedIn = try await bench.token(at: .signedInCookie)
        tokens.bearer = "nonsense"
        tokens.sid = try await bench.token(at: .url)
        let ada = try #require(try await bench.manager.list(of: try Principal("signedInCookie")).first)
        try await bench.manager.end(ada.id)
        _ = bench.log.takeEvents()
        try await bench.visit(tokens) { #expect($0.principal?.name == "url") }
        #expect(bench.log.takeEvents().map(\.kind) == [.tokenRefused(.ended), .tokenRefused(.malformed)])
    }

    @Test("A malformed token makes no store call and one event, at any place", arguments: TokenPlace.allCases)
    func malformed(_ place: TokenPlace) async throws {
        for text in ["x", String(repeating: "A", count: 63), String(repeating: "A", count: 65), "*"] {
            let bench = try Bench()
            let fields = try await bench.visit(Tokens(text, at: place)) { session in
                #expect(session.id == nil)
                try await session.end()
            }
            #expect(bench.recording.calls.isEmpty)
            let events = bench.log.takeEvents()
            #expect(events.map(\.kind) == [.tokenRefused(.malformed)] && events.map(\.id) == [nil])
            #expect(fields[.setCookie] == nil && fields[BearerCarrier.deletedToken] == nil)
        }
    }

    @Test("Over plain HTTP from another machine no place is read", arguments: TokenPlace.allCases)
    func plainHTTP(_ place: TokenPlace) async throws {
        let bench = try Bench()
        let token = try await bench.token(at: place)
        _ = bench.log.takeEvents()
        bench.recording.reset()
        try await bench.visit(Tokens(token, at: place), isTLS: false) { #expect($0.id == nil) }
        #expect(bench.recording.calls.isEmpty)
        #expect(bench.log.takeEvents().map(\.kind) == [.insecureTransport])
    }

    @Test("Vary names what all carriers read, in their order")
    func vary() async throws {
        for (carriers, vary) in [
            ([try CookieCarrier(.init()), BearerCarrier(), URLCarrier()], "Cookie, Authorization"),
            ([BearerCarrier(), try CookieCarrier(.init())], "Authorization, Cookie"),
            ([BearerCarrier()], "Authorization"),
            ([URLCarrier()], nil),
        ] as [([any TokenCarrier], String?)] {
            let fields = try await Bench(carriers: carriers).visit(Tokens())
            #expect(fields[.vary] == vary && fields[.cacheControl] == "no-store")
        }
    }

    @Test("A response deletes first and brings its token last, and each carrier writes its own alone")
    func writingOrder() async throws {
        let bench = try Bench()
        var tokens = Tokens()
        tokens.visitor = try await bench.token(at: .visitorCookie)
        let signedIn = try await bench.visit(tokens) { try await $0.signIn(try Principal("ada")) }
        let cookies = signedIn[values: .setCookie]
        #expect(
            cookies.map { $0.prefix { $0 != ";" }.count } == [
                "__Host-Http-visitor=".count, "__Host-Http-id=".count + 64,
            ])
        #expect(signedIn[BearerCarrier.newToken] == nil && signedIn[URLCarrier.newQuery] == nil)

        // Dead at every place, and signed out: each carrier deletes its own.
        let id = try #require(Bench.token(at: .signedInCookie, in: signedIn))
        var dead = Tokens(id, at: .signedInCookie)
        (dead.visitor, dead.bearer, dead.sid) = (tokens.visitor, try await bench.token(at: .header), id)
        for info in try await bench.manager.list().sessions { try await bench.manager.end(info.id) }
        let out = try await bench.visit(dead) { try await $0.end() }
        #expect(out[values: .setCookie].map { $0.prefix { $0 != ";" } } == ["__Host-Http-id=", "__Host-Http-visitor="])
        #expect(out[BearerCarrier.deletedToken] == "1" && out[URLCarrier.deletedQuery] == "1")
        // … and where a token is to be sent as well, it comes last, and only it at its own place.
        let again = try await bench.visit(dead) { session in
            try await session.end()
            try await session.signIn(try Principal("grace"))
        }
        let written = again[values: .setCookie].map { String($0.prefix { $0 != "=" }) }
        #expect(written == ["__Host-Http-visitor", "__Host-Http-id"])
        #expect(Bench.token(at: .signedInCookie, in: again) != nil)
    }

    @Test("A sign-in over another user's header session ends that session and sends a new token by header")
    func anotherUser() async throws {
        let bench = try Bench()
        let token = try await bench.token(at: .header)
        let fields = try await bench.visit(Tokens(token, at: .header), newSessionsFor: .header) {
            try await $0.signIn(try Principal("grace"))
        }
        let new = try #require(Bench.token(at: .header, in: fields))
        #expect(fields[.setCookie] == nil && fields[BearerCarrier.deletedToken] == nil)
        try await bench.visit(Tokens(new, at: .header)) { #expect($0.principal?.name == "grace") }
        try await bench.visit(Tokens(token, at: .header)) { #expect($0.explanation?.reason == .signedOut) }
    }

    @Test("Two different bearer tokens are ambiguous, and a field of another scheme holds no token")
    func bearers() async throws {
        let bench = try Bench()
        let token = try await bench.token(at: .header)
        for (values, isSession, kinds) in [
            (["Bearer \(token)"], true, []), (["bearer \(token)", "Bearer \(token)"], true, []),
            (["Bearer \(token)", "Bearer x"], false, [SessionEvent.Kind.tokenRefused(.ambiguous)]),
            (["Basic \(token)"], false, []),
        ] {
            var request = Tokens().request
            for value in values { request.headerFields.append(HTTPField(name: .authorization, value: value)) }
            _ = bench.log.takeEvents()
            let session = try await bench.manager.begin(request, over: .init(peer: .local, isTLS: true)).session()
            #expect((session.id != nil) == isSession)
            #expect(bench.log.takeEvents().map(\.kind) == kinds)
        }
    }
}
