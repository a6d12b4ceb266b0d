import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("What the operators' pages ask of a manager", .timeLimit(.minutes(10)))
struct OperatorPagesTests {
    @Test("A user's page has ended sessions for as long as they are explained, and the realm's page live ones alone")
    func pages() async throws {
        let bench = try Bench()
        let ada = try Principal("ada")
        let first = try #require(try await bench.signedIn().look().id)
        let second = try #require(try await bench.signedIn().look().id)
        let other = try #require(try await bench.signedIn("grace").look().id)
        #expect(try await bench.manager.end(first, of: ada))
        func ids(_ principal: Principal?) async throws -> Set<SessionID> {
            Set(try await bench.manager.page(of: principal, limit: 10, after: nil).sessions.map(\.id))
        }
        #expect(try await ids(ada) == [first, second])
        #expect(try await ids(nil) == [second, other])
        let expected: [(Principal?, [SessionID])] = [(ada, [first, second]), (nil, [second, other])]
        for (principal, all) in expected {
            let page = try await bench.manager.page(of: principal, limit: 1, after: nil)
            let next = try await bench.manager.page(of: principal, limit: 1, after: page.next)
            #expect(page.sessions.count == 1 && next.sessions.count == 1)
            #expect(Set((page.sessions + next.sessions).map { $0.id }) == Set(all))
        }
        // An hour, and what clocks may differ by.
        bench.clock.advance(by: .hours(1) + .seconds(5) - .milliseconds(1))
        #expect(try await ids(ada) == [first, second])
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await ids(ada) == [second])
        #expect(try await ids(nil) == [])
    }

    @Test(
        "A change on these pages comes from one of them, as the browser says, or is refused and reported",
        arguments: [
            (.get, "cross-site", nil), (.post, "same-origin", nil), (.post, "none", nil),
            (.post, "same-site", .sameSite), (.post, "cross-site", .crossSite), (.post, nil, .unknownOrigin),
            (.delete, "x", .crossSite),
        ] as [(HTTPRequest.Method, String?, SessionEvent.Forgery?)])
    func forgery(_ method: HTTPRequest.Method, _ site: String?, _ forgery: SessionEvent.Forgery?) throws {
        let log = EventLog()
        var configuration = SessionConfiguration()
        // Neither counts here.
        configuration.forgeryProtection.mode = .off
        configuration.forgeryProtection.exemptions = [try .init(.post, "/admin")]
        let manager = try SessionManager(
            store: MemorySessionStore(), configuration: configuration, observers: [log])
        var request = HTTPRequest(method: method, scheme: "https", authority: "shop.test", path: "/admin?x")
        request.headerFields[.secFetchSite] = site
        let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
        var message: String?
        do throws(SessionError) {
            try manager.refuseOperatorsForgery(request, of: handle)
        } catch {
            message = error.message
            #expect(error.code == .forgedRequest)
        }
        let expected = forgery.map { _ in "\(method) /admin of the operators' pages was not sent by one of them" }
        #expect(message == expected)
        let events = log.takeEvents()
        #expect(events.map(\.kind) == (forgery.map { [.forgeryRefused($0)] } ?? []))
        #expect(events.allSatisfy { $0.peer == .local && $0.error?.message == expected })
    }

    @Test("What an operator did is told with the operator, the session, its user, what went wrong, and from where")
    func act() throws {
        let log = EventLog()
        let manager = try SessionManager(store: MemorySessionStore(), observers: [log])
        let (olga, ada) = (try Principal("olga"), try Principal("ada"))
        let error = SessionError(.unavailable, "down")
        let handle = Visitor(manager).send().handle
        manager.report(
            ofOperators: .operatorActed(.endedSession), by: olga, id: .sample(7), of: ada, error: error, handle: handle)
        let event = try #require(log.takeEvents().first)
        #expect(event.kind == .operatorActed(.endedSession) && event.actingOperator == olga && event.principal == ada)
        #expect(event.id == SessionID.sample(7) && event.error?.message == "down" && event.peer == .local)
    }
}
