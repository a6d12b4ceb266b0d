import Sessions
import SessionsTesting
import Testing

@Suite("CookieJar: how long cookies live (RFC 6265bis 5.1.1, 5.5, 5.6.1, 5.6.2)", .timeLimit(.minutes(10)))
struct CookieLifetimeTests {
    @Test(
        "Max-Age in seconds",
        arguments: [
            ("0", 0), ("-1", 0), ("-99999999999999999999", 0), ("1", 1), ("007", 7), ("34560000", 34_560_000),
            ("34560001", 34_560_000), ("99999999999999999999", 34_560_000),
        ])
    func maxAge(_ text: String, _ seconds: Int) {
        var bench = JarBench()
        bench.set("a=b; Max-Age=\(text)")
        #expect((bench.sent() != nil) == (seconds > 0))
        bench.clock.advance(by: .seconds(seconds) - .milliseconds(1))
        #expect((bench.sent() != nil) == (seconds > 0))
        bench.clock.advance(by: .milliseconds(1))
        #expect(bench.sent() == nil)
        #expect(bench.jar.cookies.isEmpty)
    }

    @Test("A Max-Age that is no number is not there", arguments: ["", "-", "+1", "1.5", "1s", "0x10", "١", "--1"])
    func noMaxAge(_ text: String) throws {
        var bench = JarBench()
        bench.set("a=b; Max-Age=\(text)")
        #expect(try #require(bench.jar.cookies.first).expiresAt == nil)
    }

    @Test("Max-Age wins over Expires, in either order")
    func maxAgeWins() throws {
        for field in [
            "a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60",
            "a=b; Max-Age=5; Max-Age=nonsense; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        ] {
            var bench = JarBench()
            bench.set(field)
            #expect(try #require(bench.jar.cookies.first).expiresAt == bench.clock.now + .seconds(60))
        }
    }

    @Test("Expires is capped at 400 days too")
    func cap() throws {
        var bench = JarBench()
        bench.set("a=b; Expires=Fri, 01 Jan 2999 00:00:00 GMT")
        #expect(try #require(bench.jar.cookies.first).expiresAt == bench.clock.now + .days(400))
    }

    /// The moment as seconds after 1970, or `nil` for a date that is ignored.
    @Test(
        "Dates in all their forms",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777), ("6 nov 1994 8:49:37", 784_111_777),
            ("1994 NOVember 6th 08:49:37xyz", 784_111_777), ("08:49:37 06 Nov 94", 784_111_777),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Thu, 01 Jan 70 00:00:00 GMT", 0),
            ("Fri, 31 Dec 1999 23:59:59 GMT", 946_684_799), ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400),
            ("01 Jan 69 00:00:00", 3_124_224_000), ("29 Feb 2004 12:00:00", 1_078_056_000),
            ("01 Jan 1601 00:00:00", -11_644_473_600),
            ("31 Dec 1600 00:00:00", nil), ("29 Feb 1900 00:00:00", nil), ("29 Feb 2001 00:00:00", nil),
            ("31 Apr 2001 00:00:00", nil), ("32 Jan 2001 00:00:00", nil), ("00 Jan 2001 00:00:00", nil),
            ("01 Jan 2001 24:00:00", nil), ("01 Jan 2001 00:60:00", nil), ("01 Jan 2001 00:00:60", nil),
            ("01 Jan 2001", nil), ("01 2001 00:00:00", nil), ("Jan 2001 00:00:00", nil), ("01 Jan 00:00:00", nil),
            ("01 Jan 123 00:00:00", nil), ("01 Jan 20011 00:00:00", nil), ("", nil), ("tomorrow", nil),
            ("01 Jan 2001 000:00:00", nil), ("01 Jan 2001 00:00:000", nil),
        ] as [(String, Int64?)])
    func dates(_ text: String, _ seconds: Int64?) throws {
        // A jar whose clock stands just before, so that neither the past nor the cap hides what was read.
        let clock = ManualClock(Timestamp(milliseconds: (seconds ?? 0) * 1000 - 1))
        var bench = JarBench()
        bench.jar = CookieJar(clock: clock)
        bench.set("a=b; Expires=\(text)")
        let cookie = try #require(bench.jar.cookies.first)
        #expect(cookie.expiresAt == seconds.map { Timestamp(milliseconds: $0 * 1000) })
        clock.advance(by: .milliseconds(1))
        #expect(bench.jar.cookies.isEmpty == (seconds != nil))
    }

    @Test func closingTheBrowserDropsSessionCookiesAlone() {
        var bench = JarBench()
        bench.set("session=1", "kept=1; Max-Age=60", "broken=1; Expires=never")
        bench.jar.closeBrowser()
        #expect(bench.sent() == "kept=1")
    }

    @Test func anExpiredCookieDeletesAndAnExpiredOneIsNew() {
        var bench = JarBench()
        bench.set("a=1; Max-Age=10", "b=1")
        bench.set("b=; Max-Age=0")
        #expect(bench.sent() == "a=1")
        bench.clock.advance(by: .seconds(10))
        bench.set("b=2", "a=2")
        #expect(bench.sent() == "b=2; a=2")
    }
}
