import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Clients that speak an older dialect of cookies", .timeLimit(.minutes(10)))
struct OldClientTests {
    private let token = String(repeating: "A", count: 64)

    private func value(_ text: String) throws -> PresentedToken.Value? {
        var fields = HTTPFields()
        fields[.cookie] = text
        return try CookieReader(visitorName: "__Host-Http-visitor", signedInName: "__Host-Http-id").read(fields).first?
            .value
    }

    private func isToken(_ text: String) throws -> Bool {
        if case .token = try value("__Host-Http-id=\(text)") { true } else { false }
    }

    @Test(
        "A moment is written as HTTP's date, cut to the second",
        arguments: [
            (784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_782_400_999, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_107_542_399_000, "Sun, 28 Feb 2100 23:59:59 GMT"), (4_107_542_400_000, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (253_402_300_799_999, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (253_402_300_800_000, "Fri, 31 Dec 9999 23:59:59 GMT"), (.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (.min, "Sat, 01 Jan 0000 00:00:00 GMT"),
        ] as [(Int64, String)])
    func httpDate(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).httpDate == text)
    }

    @Test("Beside every Max-Age stands the same moment as Expires, and long ago for a deletion")
    func expires() throws {
        let now = Timestamp(milliseconds: 784_111_777_000)
        for (age, expected) in [
            (1, "Max-Age=1; Expires=Sun, 06 Nov 1994 08:49:38 GMT"),
            (86_400, "Max-Age=86400; Expires=Mon, 07 Nov 1994 08:49:37 GMT"),
            (.max, "Max-Age=34560000; Expires=Mon, 11 Dec 1995 08:49:37 GMT"),
            (0, "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
            (-5, "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
        ] as [(Int64, String)] {
            let cookie = try SetCookie(name: "n", value: "v", maxAge: age, from: now)
            #expect(cookie.serialized == "n=v; Path=/; \(expected); Secure; HttpOnly; SameSite=Lax")
        }
        #expect(try SetCookie(name: "n", value: "v").serialized == "n=v; Path=/; Secure; HttpOnly; SameSite=Lax")
        #expect(
            try SetCookie.deletion(of: "n", scope: .init()).serialized
                == "n=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=Lax")
    }

    @Test("A remembered session's cookie expires with the session, by the clock of the server")
    func remembered() async throws {
        let bench = try Bench()
        let response = try await bench.visitor.visit { try await $0.signIn(try Principal("ada"), remember: true) }
        let end = bench.clock.now + .days(30)
        #expect(response.setCookies.count == 1)
        #expect(response.setCookies.first?.contains("; Max-Age=2592000; Expires=\(end.httpDate); ") == true)
    }

    @Test("A token in one pair of double quotes is the token, and in nothing else")
    func quotes() throws {
        #expect(try isToken("\"\(token)\""))
        #expect(try isToken(" \"\(token)\"\t"))
        for text in [
            "\"\(token)", "\(token)\"", "\"\"\(token)\"\"", "'\(token)'", "\" \(token)\"", "\"\(token) \"",
            "\\\"\(token)\\\"", "%22\(token)%22", "\"", "\"\"", "\"\(token.dropLast())\"", "\"\(token)A\"",
            "\(token.dropLast(2))\"\"", "\"\(token.dropLast(2))\"",
        ] {
            #expect(try !isToken(text), "\(text)")
        }
    }

    @Test("The same token with and without quotes is one; another one beside it is not")
    func quotedTwice() throws {
        #expect(try isToken("\"\(token)\"; __Host-Http-id=\(token)"))
        let other = String(repeating: "B", count: 64)
        for text in [
            "\"\(token)\"; __Host-Http-id=\(other)", "\(other); __Host-Http-id=\"\(token)\"", "\"x\"; __Host-Http-id=x",
        ] {
            #expect(try !isToken(text), "\(text)")
        }
    }

    @Test("A Java client, which sends $Version, quotes and $Path, stays signed in")
    func java() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let token = try #require(visitor.signedInToken)
        let request = visitor.send(
            raw:
                "$Version=\"1\"; __Host-Http-id=\"\(token)\";$Path=\"/\";$Domain=\"shop.test\"; other=\"1\";$Path=\"/\""
        )
        #expect(try await request.session().principal?.name == "ada")
    }
}
