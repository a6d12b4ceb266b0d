import HTTPTypes
import Sessions
import SessionsTesting
import Testing

@Suite("Set-Cookie, byte by byte", .timeLimit(.minutes(10))) struct SetCookieTests {
    private func isAccepted(_ make: () throws(SessionError) -> SetCookie) -> Bool {
        do {
            _ = try make()
            return true
        } catch {
            #expect(error.code == .configuration)
            return false
        }
    }

    /// RFC 9110's tchar.
    private static let tokenBytes = Set(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    /// Every ASCII byte, and the beginnings of longer characters: no byte above 0x7f is in any of these grammars.
    private static let characters: [(text: String, byte: UInt8?)] =
        (0...127).map { (String(UnicodeScalar(UInt8($0))), UInt8($0)) }
        + ["\u{80}", "é", "\u{a0}", "\u{2028}", "€", "\u{1f600}", "e\u{301}"].map { ($0, nil) }

    @Test("CK-1, R-15: of all bytes a name takes exactly those of an HTTP token", arguments: 0..<135)
    func name(_ index: Int) {
        let (text, byte) = Self.characters[index]
        let isToken = byte.map(Self.tokenBytes.contains) ?? false
        for name in [text, "a" + text, text + "a", "a" + text + "b"] {
            #expect(
                isAccepted { () throws(SessionError) in try SetCookie(name: name, value: "v") } == isToken, "\(index)")
        }
    }

    @Test(
        "CK-1, R-15: of all bytes a value takes exactly the cookie-octets, and one pair of quotes", arguments: 0..<135)
    func value(_ index: Int) {
        let (text, byte) = Self.characters[index]
        let isOctet =
            byte.map { byte in
                (0x21...0x7e).contains(byte) && !"\",;\\".utf8.contains(byte)
            } ?? false
        for value in [text, "a" + text, text + "a", "\"" + text + "\"", "\"a" + text + "b\""] {
            #expect(
                isAccepted { () throws(SessionError) in try SetCookie(name: "n", value: value) } == isOctet, "\(index)")
        }
    }

    @Test("CK-1: quotes are allowed only as one pair around the value")
    func quotes() {
        for (value, isValid) in [
            ("", true), ("\"\"", true), ("\"a\"", true), ("\"", false), ("\"a", false), ("a\"", false),
            ("\"a\"b\"", false), ("\"\"\"", false), ("a\"b\"", false),
        ] {
            #expect(
                isAccepted { () throws(SessionError) in try SetCookie(name: "n", value: value) } == isValid, "\(value)")
        }
        #expect(!isAccepted { () throws(SessionError) in try SetCookie(name: "", value: "v") })
    }

    @Test("CK-2, R-15: of all bytes Path and Domain take exactly the av-octets", arguments: 0..<135)
    func attributes(_ index: Int) {
        let (text, byte) = Self.characters[index]
        let isOctet = byte.map { (0x20...0x7e).contains($0) && $0 != UInt8(ascii: ";") } ?? false
        for scope in [
            SetCookie.Scope(path: "/" + text + "a"), .init(path: "/a" + text + "b"), .init(domain: "a" + text + "b"),
        ] {
            #expect(
                isAccepted { () throws(SessionError) in try SetCookie(name: "n", value: "v", scope: scope) } == isOctet)
        }
    }

    @Test("CK-2: what a browser would drop from Path or Domain is refused: a blank at either end, a dot alone")
    func dropped() {
        for (scope, isValid) in [
            (.init(path: "/"), true), (.init(path: "/ "), false), (.init(path: "/a "), false),
            (.init(path: "/ a"), true),
            (.init(domain: "a.test"), true), (.init(domain: ".a.test"), true), (.init(domain: " a.test"), false),
            (.init(domain: "a.test "), false), (.init(domain: " "), false), (.init(domain: "."), false),
            (.init(domain: ".."), true),
        ] as [(SetCookie.Scope, Bool)] {
            #expect(
                isAccepted { () throws(SessionError) in try SetCookie(name: "n", value: "v", scope: scope) } == isValid,
                "\(scope)")
        }
    }

    @Test("CK-5, A-3.3.5: name and value take 4096 octets together, and an attribute takes 1024")
    func sizes() {
        func fits(_ name: Int, _ value: Int, _ scope: SetCookie.Scope = .init()) -> Bool {
            isAccepted { () throws(SessionError) in
                try SetCookie(
                    name: String(repeating: "n", count: name), value: String(repeating: "v", count: value), scope: scope
                )
            }
        }
        #expect(fits(1, 4095) && fits(4096, 0) && fits(2048, 2048))
        #expect(!fits(1, 4096) && !fits(4097, 0) && !fits(2048, 2049))
        #expect(fits(1, 1, .init(path: "/" + String(repeating: "p", count: 1023))))
        #expect(!fits(1, 1, .init(path: "/" + String(repeating: "p", count: 1024))))
        #expect(fits(1, 1, .init(domain: String(repeating: "d", count: 1024))))
        #expect(!fits(1, 1, .init(domain: String(repeating: "d", count: 1025))))
        #expect(!fits(1, 1, .init(path: "")) && !fits(1, 1, .init(path: "a")) && !fits(1, 1, .init(domain: "")))
    }

    @Test(
        "CK-6, CK-7: the prefix of a name binds in upper and lower case",
        arguments: [
            "__Host-a", "__host-a", "__HOST-a", "__hOsT-a", "__Secure-a", "__SECURE-a", "__secure-a", "__Http-a",
            "__HTTP-a",
            "__http-a", "__Host-Http-a", "__HOST-HTTP-a", "__host-http-a", "__hOsT-hTtP-a", "__Host-", "__Http-",
            "__Secure-", "__Host-Http-", "a__Host-",
        ])
    func prefixes(_ name: String) {
        let lowercased = name.lowercased()
        let isHost = lowercased.hasPrefix("__host-")
        let isAny = lowercased.hasPrefix("__")
        let isHTTP = lowercased.contains("http-")
        for isSecure in [true, false] {
            for isHTTPOnly in [true, false] {
                for path in ["/", "/a"] {
                    for domain in [nil, "shop.test"] {
                        let scope = SetCookie.Scope(
                            domain: domain, path: path, isSecure: isSecure, isHTTPOnly: isHTTPOnly)
                        let isValid =
                            (isSecure || !isAny) && (isHTTPOnly || !isHTTP)
                            && (!isHost || (path == "/" && domain == nil))
                        #expect(
                            isAccepted { () throws(SessionError) in
                                try SetCookie(name: name, value: "v", scope: scope)
                            } == isValid, "\(name) \(scope)")
                    }
                }
            }
        }
    }

    @Test("CK-9, CK-12: SameSite=None and Partitioned need Secure")
    func needsSecure() {
        for sameSite in [SetCookie.SameSite.strict, .lax, SetCookie.SameSite.none] {
            for isSecure in [true, false] {
                for isPartitioned in [true, false] {
                    let scope = SetCookie.Scope(sameSite: sameSite, isSecure: isSecure, isPartitioned: isPartitioned)
                    #expect(
                        isAccepted { () throws(SessionError) in
                            try SetCookie(name: "n", value: "v", scope: scope)
                        } == (isSecure || (sameSite != SetCookie.SameSite.none && !isPartitioned)))
                }
            }
        }
    }

    @Test("A-3.3.1, A-3.3.2, EX-3, EX-4: the field is written as expected, to the byte")
    func serialized() throws {
        func text(_ name: String = "n", _ scope: SetCookie.Scope = .init(), maxAge: Int64? = nil) throws -> String {
            guard let maxAge else { return try SetCookie(name: name, value: "v", scope: scope).serialized }
            return try SetCookie(name: name, value: "v", scope: scope, maxAge: maxAge, from: .init(milliseconds: 0))
                .serialized
        }
        #expect(try text("__Host-Http-id") == "__Host-Http-id=v; Path=/; Secure; HttpOnly; SameSite=Lax")
        #expect(
            try text(maxAge: 60)
                == "n=v; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:01:00 GMT; Secure; HttpOnly; SameSite=Lax")
        #expect(
            try text("n", .init(domain: "a.test", path: "/p q", sameSite: .strict, isSecure: false, isHTTPOnly: false))
                == "n=v; Path=/p q; Domain=a.test; SameSite=Strict")
        #expect(
            try text("n", .init(sameSite: SetCookie.SameSite.none, isPartitioned: true))
                == "n=v; Path=/; Secure; HttpOnly; SameSite=None; Partitioned")
    }

    @Test("CK-10: an age above 400 days is cut to 400 days, and one below zero to zero")
    func ages() throws {
        for (age, kept) in [
            (34_559_999, 34_559_999), (34_560_000, 34_560_000), (34_560_001, 34_560_000), (.max, 34_560_000), (0, 0),
            (-1, 0), (.min, 0),
        ] as [(Int64, Int64)] {
            let cookie = try SetCookie(name: "n", value: "v", maxAge: age, from: .init(milliseconds: 0))
            #expect(cookie.maxAge == kept)
            #expect(cookie.serialized.contains("; Max-Age=\(kept)"))
        }
        #expect(try SetCookie(name: "n", value: "v").maxAge == nil)
    }

    @Test("CK-2, CK-3, CK-11: what is sent is what a user agent keeps, and what a deletion deletes", arguments: 0..<32)
    func roundTrip(_ bits: Int) throws {
        let clock = ManualClock()
        var jar = CookieJar(clock: clock)
        let request = HTTPRequest(method: .get, scheme: "https", authority: "a.shop.test", path: "/p/q")
        let scope = SetCookie.Scope(
            domain: bits & 1 == 0 ? nil : "shop.test", path: bits & 2 == 0 ? "/" : "/p",
            sameSite: bits & 4 == 0 ? .lax : .strict, isSecure: bits & 8 == 0, isHTTPOnly: bits & 16 == 0)
        func send(_ cookie: SetCookie) -> [CookieJar.Refusal] {
            let names = cookie.serialized.split(separator: ";").dropFirst().map { $0.prefix { $0 != "=" } }
            #expect(Set(names).count == names.count, "no attribute twice")
            let field = HTTPField(name: .setCookie, value: cookie.serialized)
            return jar.receive(HTTPResponse(status: .ok, headerFields: [field.name: field.value]), to: request)
        }
        let cookie = try SetCookie(name: "n", value: "\"v=1\"", scope: scope, maxAge: 60, from: clock.now)
        #expect(send(cookie) == [])
        let kept = try #require(jar.cookies.first)
        #expect(kept.name == cookie.name && kept.value == cookie.value && kept.path == scope.path)
        #expect(kept.isHostOnly == (scope.domain == nil) && kept.domain == scope.domain ?? "a.shop.test")
        #expect(
            kept.isSecure == scope.isSecure && kept.isHTTPOnly == scope.isHTTPOnly && kept.sameSite == scope.sameSite)
        #expect(kept.expiresAt == clock.now + .seconds(60))
        #expect(send(try .deletion(of: "n", scope: scope)) == [])
        #expect(jar.cookies.isEmpty)
        // A parser that refuses a Max-Age beginning with 0 goes by Expires.
        let deletion = try SetCookie.deletion(of: "n", scope: scope).serialized
        #expect(deletion.hasPrefix("n=; ") && deletion.contains("; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"))
    }
}
