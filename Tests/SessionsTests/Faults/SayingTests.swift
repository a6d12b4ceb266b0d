import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("What is said to visitors and operators", .timeLimit(.minutes(10)))
struct SayingTests {
    @Test(
        "A visitor reads an error's own message only where its code is one of those that are listed",
        arguments: [
            (SessionError.Code.superseded, true), (.ended, true), (.contention, true), (.tooLarge, true),
            (.invalid, true),
            (.cookieHeaderTooLarge, true), (.noSession, true), (.unavailable, false), (.full, false), (.corrupt, false),
            (.sealed, false), (.configuration, false), (.insecureTransport, false), (.tooManyRequests, true),
            (.tooManySessions, false), (.notYet, false), (.lowPrivilege, false), (.authenticationTooOld, false),
            (.authenticationInsufficient, false), (.crossSite, false), (.forgedRequest, false),
            (.init("ofAnotherVersion", .badGateway), false),
        ])
    func publicMessage(_ code: SessionError.Code, _ isSaid: Bool) {
        let error = SessionError(code, "trustedProxies on /var/lib/shop.db")
        #expect((error.publicMessage == error.message) == isSaid)
        #expect(error.publicMessage.contains("trustedProxies") == isSaid)
        #expect(!error.publicMessage.isEmpty)
    }

    @Test("What a visitor can do about an error is said in a sentence of its own for each code")
    func sentences() {
        for (code, sentence) in [
            (.unavailable, "The session store is not available; try again."),
            (.full, "The session store is not available; try again."),
            (
                .forgedRequest,
                "This request came from another site or from an outdated page. Open the page here and send it again."
            ),
            (
                .tooManySessions,
                "You are signed in on as many devices as you may be. Sign out on one of them, then try again."
            ),
            (.notYet, "This isn't possible yet; try again in a moment."),
            (
                .insecureTransport,
                "This works over a secure connection only: use an address that begins with https."
            ),
            (
                .lowPrivilege,
                "This isn't possible while your session is part of the address. Allow cookies for this site and sign in "
                    + "again."
            ),
            (.authenticationTooOld, "Please sign in again: this needs a recent sign-in."),
            (
                .authenticationInsufficient,
                "Please confirm that it is you: this needs one more proof than your sign-in."
            ),
            (.crossSite, "Another site sent this request; do it again on a page of this site."),
            (.corrupt, "The server could not use the session."), (.sealed, "The server could not use the session."),
            (.configuration, "The server could not use the session."),
        ] as [(SessionError.Code, String)] {
            #expect(SessionError(code, "").publicMessage == sentence, "\(code)")
        }
    }

    @Test("Over plain HTTP it can be asked, before a password is checked, whether a sign-in could be answered")
    func transportFirst() async throws {
        let bench = try Bench()
        let request = HTTPRequest(method: .post, scheme: "http", authority: "shop.test", path: "/sign-in")
        let peer = ClientConnection.Peer.address(try #require(NetworkAddress("192.0.2.1")))
        for (isTLS, code) in [(true, nil), (false, SessionError.Code.insecureTransport)] {
            let handle = bench.manager.begin(request, over: .init(peer: peer, isTLS: isTLS))
            let session = try await handle.session()
            #expect(self.code { () throws(SessionError) in try session.requireNewTokenAllowed() } == code)
            _ = await handle.finish(status: .ok)
            #expect(self.code { () throws(SessionError) in try session.requireNewTokenAllowed() } == .sealed)
        }
    }

    private func code(_ body: () throws(SessionError) -> Void) -> SessionError.Code? {
        do {
            try body()
            return nil
        } catch {
            return error.code
        }
    }

    @Test("Tokens in URLs beside Strict cookies are warned of: a visit from another site's link brings none")
    func strictCookies() {
        for (sameSite, count) in [(SetCookie.SameSite.strict, 1), (.lax, 0)] {
            var configuration = SessionConfiguration()
            configuration.urlTokens = URLTokens()
            configuration.cookies.scope.sameSite = sameSite
            let warnings = configuration.warnings.filter { $0.hasPrefix("SameSite=Strict cookies don't come") }
            #expect(warnings.count == count)
        }
    }

    @Test("A renewal that must settle faster than browsers save cookies is warned of, with the reason")
    func renewalSettle() {
        for (settle, isWarned) in [
            (Duration.seconds(30), false), (.milliseconds(29_999), true), (.zero, true), (.seconds(60), false),
        ] {
            var configuration = SessionConfiguration()
            configuration.renewalSettle = settle
            #expect(configuration.warnings.count == (isWarned ? 1 : 0), "\(settle)")
            #expect(configuration.warnings.allSatisfy { $0.contains("renewalSettle") && $0.contains("30 seconds") })
        }
    }
}
