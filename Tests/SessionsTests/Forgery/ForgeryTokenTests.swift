import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Tokens of forms", .timeLimit(.minutes(10)))
struct ForgeryTokenTests {
    /// A browser at a manager, and the token of the form that it has open.
    private struct Shop {
        let log = EventLog()
        let recording = RecordingStore(MemorySessionStore())
        let clock = ManualClock()
        let manager: SessionManager

        init(_ mode: ForgeryProtection.Mode = .refuse, realm: Realm = .default, store: RecordingStore? = nil) throws {
            var configuration = SessionConfiguration()
            configuration.forgeryProtection.mode = mode
            manager = try SessionManager(
                store: store ?? recording, realm: realm, configuration: configuration, clock: clock, observers: [log])
        }

        func form(_ visitor: Visitor) async throws -> String {
            var text: String?
            try await visitor.visit { text = try await $0.forgeryToken().text }
            return try #require(text)
        }

        func accepts(_ text: String?, from visitor: Visitor) async throws -> Bool {
            var accepted = false
            try await visitor.visit { session in
                do throws(SessionError) {
                    try session.requireForgeryToken(text)
                    accepted = true
                } catch {
                    #expect(error.code == .forgedRequest)
                }
            }
            return accepted
        }
    }

    @Test("F-6: a form's token is another one in each response, and each is good for its session alone")
    func sessions() async throws {
        let shop = try Shop()
        let (ada, eve) = (Visitor(shop.manager), Visitor(shop.manager))
        let (first, second) = (try await shop.form(ada), try await shop.form(ada))
        let evil = try await shop.form(eve)
        #expect(Set([first, second, evil]).count == 3 && first.utf8.count == 64)
        for text in [first, second] {
            #expect(try await shop.accepts(text, from: ada))
            #expect(try await !shop.accepts(text, from: eve))
            #expect(try await !shop.accepts(text, from: Visitor(shop.manager)))
        }
        #expect(try await !shop.accepts(evil, from: ada))
        // No half of two tokens is one, and neither is the session's own.
        let mixed = ["\(first.prefix(32))\(evil.suffix(32))", "\(evil.prefix(32))\(first.suffix(32))", first + "A"]
        let changed = first.dropLast() + (first.hasSuffix("A") ? "B" : "A")
        for text in mixed + [String(changed), try #require(ada.visitorToken), "", "x"] {
            #expect(try await !shop.accepts(text, from: ada), "\(text.count)")
        }
    }

    @Test("F-6: a form's token lives through a renewal, and dies at a sign-in, a step-up and a sign-out")
    func generations() async throws {
        let shop = try Shop()
        let ada = Visitor(shop.manager)
        var form = try await shop.form(ada)
        for (name, change) in [
            ("sign-in", { try await $0.signIn(try Principal("ada")) }), ("step-up", { try await $0.stepUp() }),
        ] as [(String, (Session) async throws -> Void)] {
            #expect(try await shop.accepts(form, from: ada))
            shop.clock.advance(by: .minutes(10))
            var isRenewed = false
            try await ada.visit { isRenewed = try await $0.renew() }
            #expect(isRenewed)
            #expect(try await shop.accepts(form, from: ada), "renewed before the \(name)")
            try await ada.visit(change)
            #expect(try await !shop.accepts(form, from: ada), "\(name)")
            form = try await shop.form(ada)
            shop.clock.advance(by: .minutes(10))
            _ = try await ada.look()
        }
        try await ada.visit { try await $0.end() }
        #expect(try await !shop.accepts(form, from: ada))
    }

    @Test("F-6: a form that was made in the response that signs in is good afterwards")
    func madeAtSignIn() async throws {
        let shop = try Shop()
        let ada = Visitor(shop.manager)
        var form: String?
        try await ada.visit { session in
            try await session.signIn(try Principal("ada"))
            form = try await session.forgeryToken().text
        }
        #expect(try await shop.accepts(form, from: ada))
    }

    @Test("F-7: a sign-in form gets a visitor's session to be held to, and keeps what is set beside")
    func beforeSignIn() async throws {
        let shop = try Shop()
        let visitor = Visitor(shop.manager)
        var form: String?
        try await visitor.visit { session in
            try session.set(.a, to: 1)
            form = try await session.forgeryToken().text
        }
        #expect(visitor.visitorToken != nil && shop.log.takeEvents().map(\.kind) == [.created])
        var value: Int?
        try await visitor.visit { value = try $0.value(.a) }
        #expect(value == 1)
        #expect(try await shop.accepts(form, from: visitor))
        // One who already has a session gets no other one, and no write.
        shop.recording.reset()
        _ = try await shop.form(visitor)
        #expect(shop.recording.operations.filter { $0 != .load } == [] && shop.log.takeEvents().isEmpty)
    }

    @Test(
        "F-7: the second click on a sign-in form still has a good token, and another visitor's superseded one doesn't")
    func doubleClick() async throws {
        let shop = try Shop()
        let visitor = Visitor(shop.manager)
        let form = try await shop.form(visitor)
        let late = Visitor(shop.manager, jar: visitor.jar)
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        #expect(try await shop.accepts(form, from: late))
        #expect(try await !shop.accepts(try await shop.form(Visitor(shop.manager)), from: late))
        let error = await #expect(throws: SessionError.self) {
            try await late.visit { _ = try await $0.forgeryToken() }
        }
        #expect(error?.code == .superseded)
    }

    @Test("F-6: a form's token is not one in another realm, though the secret be the same")
    func realms() async throws {
        let token = SessionToken(
            id: SessionID(Block16(1, 2)), secret: SessionSecret(family: Block16(3, 4), step: Block16(5, 6)))
        let (here, there) = (RealmTag(.default), RealmTag(try Realm("office")))
        let text = ForgeryToken(of: token, in: here, nonce: Block16(7, 8)).text
        #expect(ForgeryToken.isValid(text, for: token, in: here) && !ForgeryToken.isValid(text, for: token, in: there))
        let next = SessionToken(id: token.id, secret: .init(family: Block16(3, 4), step: Block16(9, 9)))
        let other = SessionToken(id: SessionID(Block16(1, 3)), secret: token.secret)
        let family = SessionToken(id: token.id, secret: .init(family: Block16(3, 5), step: Block16(5, 6)))
        #expect(ForgeryToken.isValid(text, for: next, in: here))
        #expect(!ForgeryToken.isValid(text, for: other, in: here) && !ForgeryToken.isValid(text, for: family, in: here))
    }

    @Test("A script sends the token in X-CSRF-Token, and a form field goes before it")
    func field() async throws {
        let shop = try Shop()
        let visitor = Visitor(shop.manager)
        let form = try await shop.form(visitor)
        for (field, value, isAccepted) in [
            (nil, form, true), (form, "x", true), ("x", form, false), (nil, "x", false), (nil, nil, false),
        ] as [(String?, String?, Bool)] {
            var request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
            request.headerFields[.cookie] = visitor.jar.map { "\($0)=\($1)" }.joined(separator: "; ")
            request.headerFields[.forgeryToken] = value
            let session = try await shop.manager.begin(request, over: .init(peer: .local, isTLS: true)).session()
            #expect(((try? session.requireForgeryToken(field)) != nil) == isAccepted)
        }
    }

    @Test(
        "F-10: a form without a good token is one event with the session's ID; on trial it passes; off, it isn't looked at"
    )
    func modes() async throws {
        for (mode, kinds) in [
            (.refuse, ["forgeryRefused.token"]), (.report, ["forgeryReported.token"]), (.off, []),
        ] as [(ForgeryProtection.Mode, [String])] {
            let shop = try Shop(mode)
            let visitor = Visitor(shop.manager)
            try await visitor.visit { try $0.set(.a, to: 1) }
            let id = try await visitor.look().id
            _ = shop.log.takeEvents()
            #expect(try await shop.accepts("x", from: visitor) == (mode != .refuse))
            let events = shop.log.takeEvents()
            #expect(events.map(\.kind.name) == kinds && events.allSatisfy { $0.id == id && id != nil })
        }
    }

    @Test("G10: while the store is down no form is called forged, and the answer is 503")
    func storeDown() async throws {
        let (log, faulty) = (EventLog(), FaultyStore(MemorySessionStore()))
        let manager = try SessionManager(store: faulty, observers: [log])
        let visitor = Visitor(manager)
        var form: String?
        try await visitor.visit { form = try await $0.forgeryToken().text }
        faulty.follow { _, _ in .fail }
        var request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
        request.headerFields[.cookie] = visitor.jar.map { "\($0)=\($1)" }.joined(separator: "; ")
        let session = try await manager.begin(request, over: .init(peer: .local, isTLS: true)).sessionOrNobody()
        do throws(SessionError) {
            try session.requireForgeryToken(form)
            Issue.record("the form was accepted")
        } catch {
            #expect(error.code == .unavailable)
        }
        #expect(log.takeEvents().map(\.kind) == [.created, .storeFailed])
    }

    @Test("The helper for forms is an input that needs no escaping, and a token prints nothing of itself")
    func printing() async throws {
        let shop = try Shop()
        var token: ForgeryToken?
        try await Visitor(shop.manager).visit { token = try await $0.forgeryToken() }
        let made = try #require(token)
        #expect(made.hiddenField == "<input type=\"hidden\" name=\"forgery-token\" value=\"\(made.text)\">")
        #expect(made.text.utf8.allSatisfy { !"<>&\"'".utf8.contains($0) })
        var dumped = ""
        dump(made, to: &dumped)
        #expect(!"\(made)\(dumped)\(String(reflecting: made))".contains(made.text))
    }

    @Test("R-23: a form's token is no session's token, in either cookie, and a session's is none of a form")
    func purposes() async throws {
        let shop = try Shop()
        let ada = Visitor(shop.manager)
        try await ada.visit { try await $0.signIn(try Principal("ada")) }
        let form = try await shop.form(ada)
        // It has the form of a session's token, so it is looked up, and found nowhere.
        #expect(SessionToken(text: form) != nil)
        for name in [Visitor.signedInName, Visitor.visitorName] {
            let thief = Visitor(shop.manager, jar: [name: form])
            let seen = try await thief.look()
            #expect(seen.id == nil && seen.principal == nil && seen.ended == nil)
        }
        let token = try #require(ada.signedInToken)
        #expect(try await !shop.accepts(token, from: ada))
        #expect(try await shop.accepts(form, from: ada))
    }
}
