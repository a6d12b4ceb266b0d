import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("How tokens travel", .timeLimit(.minutes(10)))
struct ExchangeTests {
    @Test("EX-1, A-14.2.1: a token in the path, the query or another header is no session")
    func onlyCookies() async throws {
        let bench = try Bench()
        let token = try #require(try await bench.signedIn().signedInToken)
        bench.recording.reset()
        for name in ["Authorization", "X-Session", "__Host-Http-id", "Session", "Cookie2"] {
            var request = HTTPRequest(
                method: .get, scheme: "https", authority: "shop.test",
                path: "/\(token)?__Host-Http-id=\(token);\(token)")
            request.headerFields[try #require(HTTPField.Name(name))] = "__Host-Http-id=\(token)"
            let handle = bench.manager.begin(request, over: .init(peer: .local, isTLS: true))
            #expect(try await handle.session().id == nil)
        }
        #expect(bench.recording.calls.isEmpty)
    }

    @Test("R-1, ID-8: what a store holds is no token")
    func storedDigests() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let token = try #require(visitor.signedInToken)
        let id = try #require(try await visitor.look().id)
        let record = try #require(try await bench.store.load(id, at: bench.clock.now))
        #expect(!"\(record)".contains(token.suffix(42)))
        for digest in [record.secretDigest, record.familyDigest] {
            let bytes = digest.block.bytes
            let forged = SessionToken(
                id: id,
                secret: SessionSecret(
                    family: try #require(Block16(bytes.prefix(16))), step: try #require(Block16(bytes.suffix(16)))))
            let thief = bench.visitor
            thief.jar[Visitor.signedInName] = forged.exposedText
            #expect(try await thief.look().id == nil)
        }
        #expect(try await visitor.look().principal == "ada")
    }

    @Test(
        "A-7.2.4, LC-1: every change of privileges changes the token, and the old one is dead at once",
        arguments: ["sign-in", "same user again", "step-up", "another user", "sign-out"])
    func transitions(_ change: String) async throws {
        let bench = try Bench()
        let visitor = change == "sign-in" ? bench.visitor : try await bench.signedIn()
        if change == "sign-in" { try await visitor.visit { try $0.set(.a, to: 1) } }
        let before = visitor.jar
        try await visitor.visit { session in
            switch change {
            case "step-up": try await session.stepUp()
            case "another user": try await session.signIn(try Principal("grace"))
            case "sign-out": try await session.end()
            default: try await session.signIn(try Principal("ada"))
            }
        }
        #expect(Set(before.values).isDisjoint(with: visitor.jar.values))
        #expect(visitor.jar.isEmpty == (change == "sign-out"))
        // On another server of the same store.
        let other = try SessionManager(store: bench.store, clock: bench.clock)
        let old = Visitor(other, jar: before)
        let seen = try await old.look()
        #expect(seen.id == nil && seen.principal == nil)
    }

    @Test("A-7.4.2, A-7.4.3: all sessions of a user end on every server, except the one that is kept")
    func endAll() async throws {
        let bench = try Bench()
        let other = try SessionManager(store: bench.store, clock: bench.clock)
        var visitors: [Visitor] = []
        for manager in [bench.manager, other, other] {
            let visitor = Visitor(manager)
            try await visitor.visit { try await $0.signIn(try Principal("ada")) }
            visitors.append(visitor)
            bench.clock.advance(by: .seconds(1))
        }
        let stranger = try await bench.signedIn("grace")
        let kept = try #require(try await visitors[0].look().id)
        #expect(try await bench.manager.endAll(of: try Principal("ada"), except: kept) == 2)
        #expect(try await visitors[0].look().principal == "ada")
        #expect(try await visitors[1].look().ended == .endedByOperator)
        #expect(try await visitors[2].look().ended == .endedByOperator)
        #expect(try await stranger.look().principal == "grace")
        #expect(try await other.endAll(of: try Principal("ada")) == 1)
        #expect(try await visitors[0].look().ended == .endedByOperator)
    }

    @Test("A-7.1.3: a sign-out at the identity provider ends the sessions here that began there, and no other")
    func federated() async throws {
        let bench = try Bench()
        let (ada, key): (Principal, SessionKey<String>) = (try Principal("ada"), "provider-session")
        let visitors = (0..<3).map { _ in Visitor(bench.manager) }
        let authTime = bench.clock.now
        bench.clock.advance(by: .hours(23))
        for (visitor, name) in zip(visitors, ["s1", "s1", "s2"]) {
            try await visitor.visit {
                try $0.set(key, to: name)
                try await $0.signIn(ada, by: .federated, authenticatedAt: authTime)
            }
        }
        var ended = 0
        for info in try await bench.manager.list(of: ada) where try info.value(key) == "s1" {
            #expect(info.authentications == [Authentication(.federated, at: authTime)])
            if try await bench.manager.end(info.id, of: ada, reason: .signedOut) { ended += 1 }
        }
        #expect(ended == 2)
        #expect(try await visitors[0].look().ended == .signedOut)
        #expect(try await visitors[1].look().ended == .signedOut)
        #expect(try await visitors[2].look().principal == "ada")
    }

    @Test(
        "CACHE-1, R-7: whatever a request does with its session, its response is in no cache",
        arguments: ["read", "names", "principal", "nothing but load", "set", "remove", "end"])
    func caching(_ access: String) async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let response = try await visitor.visit { session in
            switch access {
            case "read": _ = try session.value(.a)
            case "names": _ = session.attributeNames
            case "principal": _ = session.principal
            case "set": try session.set(.a, to: 1)
            case "remove": try session.remove(.a)
            case "end": try await session.end()
            default: break
            }
        }
        #expect(response.fields[.cacheControl] == "no-store" && response.fields[.vary] == "Cookie")
    }
}
