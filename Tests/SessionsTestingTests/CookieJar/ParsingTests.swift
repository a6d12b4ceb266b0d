import HTTPTypes
import Sessions
import SessionsTesting
import Testing

@Suite("CookieJar: reading Set-Cookie (RFC 6265bis 5.6)", .timeLimit(.minutes(10)))
struct CookieParsingTests {
    @Test(
        "Name and value",
        arguments: [
            ("a=b", "a=b"), ("a=", "a="), ("a", "a"), ("=a", "a"), ("  a \t=\t b c  ; Path=/", "a=b c"),
            ("a=b=c", "a=b=c"), ("a=\"b\"", "a=\"b\""), ("a=b;", "a=b"), ("a=b;;;", "a=b"), ("a=b; ; x", "a=b"),
            ("a=\u{e9}", "a=\u{e9}"), ("a\tb=c\td", "a\tb=c\td"), ("a=b,c=d", "a=b,c=d"),
            ("a=%00", "a=%00"),
        ])
    func nameAndValue(_ field: String, _ expected: String) {
        var bench = JarBench()
        #expect(bench.set(field) == [])
        #expect(bench.sent() == expected)
    }

    @Test("Each byte: control characters but the tab refuse the whole cookie, wherever they stand", arguments: 1...255)
    func bytes(_ byte: Int) throws {
        // NUL, CR and LF can't be in a field.
        guard byte != 0x0a, byte != 0x0d else { return }
        let byte = UInt8(byte)
        let isControl = (byte < 0x20 && byte != 0x09) || byte == 0x7f
        for field: [UInt8] in [
            [0x78, byte, 0x79] + "=v".utf8, "n=".utf8 + [0x78, byte, 0x79], "n=v; path=/".utf8 + [byte] + "x".utf8,
        ] {
            var bench = JarBench()
            let request = JarBench.request("https://shop.test/x")
            let response = HTTPResponse(
                status: .ok, headerFields: HTTPFields([HTTPField(name: .setCookie, lenientValue: field)]))
            #expect(bench.jar.receive(response, to: request).map(\.reason) == (isControl ? [.controlCharacter] : []))
            guard !isControl else { continue }
            let pair = Array(field.prefix { $0 != UInt8(ascii: ";") })
            let kept = try #require(bench.jar.cookies.first)
            #expect(
                kept.nameBytes.isEmpty ? kept.valueBytes == pair : kept.nameBytes + [0x3d] + kept.valueBytes == pair)
            guard kept.path == "/" else { continue }
            var next = request
            bench.jar.addCookies(to: &next)
            let sent = next.headerFields.first { $0.name == .cookie }.map { $0.withUnsafeBytesOfValue { Array($0) } }
            #expect(sent == pair)
        }
    }

    @Test func nothingAtAllIsNoCookie() {
        var bench = JarBench()
        #expect(bench.set("", "=", " = ; Path=/", ";Secure") == [.empty, .empty, .empty, .empty])
        #expect(bench.jar.cookies.isEmpty)
    }

    @Test func nameAndValueTakeAtMost4096Octets() {
        var bench = JarBench()
        #expect(bench.set("abc=" + String(repeating: "v", count: 4093)) == [])
        #expect(bench.set("abc=" + String(repeating: "v", count: 4094)) == [.tooLarge])
        #expect(bench.set(String(repeating: "n", count: 4096) + "=") == [])
        #expect(bench.set(String(repeating: "n", count: 4097) + "=") == [.tooLarge])
        // Blanks around don't count, octets do.
        #expect(bench.set("abc=   " + String(repeating: "v", count: 4093) + "   ; Path=/") == [])
        #expect(bench.set("abc=" + String(repeating: "é", count: 2047)) == [.tooLarge])
        #expect(bench.jar["abc"]?.count == 4093)
    }

    @Test func anAttributeOver1024OctetsIsIgnored() throws {
        var bench = JarBench()
        let long = "/" + String(repeating: "p", count: 1023)
        bench.set("a=1; Path=\(long)", "b=1; Path=\(long)p; Secure")
        #expect(bench.jar.cookies.map(\.path) == [long, "/"])
        #expect(bench.jar.cookies.map(\.isSecure) == [false, true])
    }

    @Test(
        "Attribute names and SameSite in any case, blanks around, the last one wins",
        arguments: [
            ("a=b; sEcUrE; HTTPONLY; samesite=LAX", true, true, SetCookie.SameSite.lax, "/"),
            ("a=b;secure=no;HttpOnly=0;SameSite= strict ", true, true, .strict, "/"),
            ("a=b; Secure; SameSite=none", true, false, SetCookie.SameSite.none, "/"),
            ("a=b; SameSite=Strict; SameSite=elsewhere", false, false, nil, "/"),
            ("a=b; SameSite", false, false, nil, "/"),
            ("a=b; Path=/x; Path=/y", false, false, nil, "/y"),
            ("a=b; Path=/x; Path=relative", false, false, nil, "/"),
            ("a=b; Path", false, false, nil, "/"),
            ("a=b; \t PATH \t = /q r \t", false, false, nil, "/q r"),
            ("a=b; Secured; Http-Only; Unknown=1", false, false, nil, "/"),
        ])
    func attributes(
        _ field: String, _ isSecure: Bool, _ isHTTPOnly: Bool, _ sameSite: SetCookie.SameSite?, _ path: String
    ) throws {
        var bench = JarBench()
        #expect(bench.set(field) == [])
        let cookie = try #require(bench.jar.cookies.first)
        #expect(cookie.isSecure == isSecure)
        #expect(cookie.isHTTPOnly == isHTTPOnly)
        #expect(cookie.sameSite == sameSite)
        #expect(cookie.path == path)
    }

    @Test func aRefusalNamesTheFieldThatWasIgnoredAndNoOther() {
        var bench = JarBench()
        var response = HTTPResponse(status: .ok)
        let fields = ["a=1", "b=2; SameSite=None", "c=3; Path=/", "d=4; Domain=other.test"]
        for field in fields { response.headerFields.append(HTTPField(name: .setCookie, value: field)) }
        let refusals = bench.jar.receive(response, to: JarBench.request("https://shop.test/"))
        #expect(refusals.map(\.field) == [fields[1], fields[3]])
        #expect(refusals.map(\.reason) == [.sameSiteNoneInsecure, .domainMismatch])
    }

    @Test func everyFieldOfAResponseIsACookieOfItsOwn() {
        var bench = JarBench()
        #expect(bench.set("a=1", "bad\u{1}=2", "c=3; Secure", at: "https://shop.test/") == [.controlCharacter])
        #expect(bench.sent() == "a=1; c=3")
    }
}
