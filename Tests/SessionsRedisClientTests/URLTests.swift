import Testing

@testable import SessionsRedisClient

@Suite(.timeLimit(.minutes(5))) struct URLTests {
    @Test func readsEveryForm() throws {
        let plain = try RedisURL("redis://localhost")
        #expect(plain.servers == [.init(host: "localhost", port: 6379)])
        #expect(!plain.isTLS && !plain.isCluster && plain.database == 0 && plain.password == nil)
        let full = try RedisURL("rediss://shop:p%40ss%2Fw%25rd@[::1]:7000/12?cafile=/etc/my%20ca.pem")
        #expect(full.servers == [.init(host: "::1", port: 7000)])
        #expect(full.isTLS && full.user == "shop" && full.password == "p@ss/w%rd" && full.database == 12)
        #expect(full.authoritiesFile == "/etc/my ca.pem")
        let cluster = try RedisURL("rediss+cluster://:secret@a:1,b,[fe80::1]:3")
        #expect(cluster.isCluster && cluster.isTLS && cluster.user == nil && cluster.password == "secret")
        #expect(
            cluster.servers == [
                .init(host: "a", port: 1), .init(host: "b", port: 6379), .init(host: "fe80::1", port: 3),
            ])
    }

    @Test func readsTheLargestNumbers() throws {
        #expect(try RedisURL("redis://a:65535/1000000").servers == [.init(host: "a", port: 65_535)])
        #expect(try RedisURL("redis://a:1/1000000").database == 1_000_000)
        #expect(try RedisURL("redis+cluster://a:1/0").servers == [.init(host: "a", port: 1)])
    }

    @Test(arguments: [
        ("localhost:6379", "must begin with redis://"), ("http://localhost", "the scheme http"),
        ("redis://", "a host is missing"), ("redis://:6379", "a host is missing"), ("redis://a:0", "the port 0"),
        ("redis://a:65536", "the port 65536"), ("redis://a:x", "what follows the host"), ("redis://a,b", "2 servers"),
        ("redis+cluster://a,,b", "a host is missing"), ("redis://a/x", "the database x"),
        ("redis://a/-1", "the database -1"), ("redis://a/1000001", "the database 1000001"),
        ("redis+cluster://a/1", "no database but 0"), ("redis://::1", "brackets"), ("redis://[::1", "no ]"),
        ("redis://[::1]x", "after the ]"), ("redis://ada@a", "without a password"),
        ("redis://a?x=1", "the option x is"),
        ("redis://a?cafile=/x", "needs rediss"), ("rediss://a?cafile=", "the option cafile is"),
    ])
    func saysWhatIsWrong(_ url: String, _ problem: String) throws {
        let error = try #require(throws: RedisConfigurationError.self) { try RedisURL(url) }
        #expect(error.message.contains(problem), "\(error)")
        let shown = url == "redis://a:x" ? "redis://a:…" : String(url.prefix { $0 != "?" })
        #expect(error.message.contains(url.contains("@") ? "@a" : shown), "\(error)")
    }

    @Test(arguments: [
        "redis://ada:lovelace@host:x", "redis://ada:love%zzlace@host", "redis://:lovelace@a,b",
        "http://ada:lovelace@host",
        "ada:lovelace@host", "redis://ada:pa/lovelace@host", "redis://ada:x@pa/lovelace@host",
        "redis://ada:pa?lovelace@host",
        "ada:lovelace@redis://host", "user:love%://lovelace@host", "user:lovelace://x@host",
        "redis:ada:lovelace@x://host", "redis://ada:x@lovelace@\u{301}host:y", "redis://ada:lovelace@\u{301}host:y",
        "redis://ada:lovelace", "redis://host?password=lovelace", "redis://host?lovelace",
        "redis://ada:lovelace@host/99x", "redis+cluster://u:lovelace@a/1", "redis://ada:x:lovelace@",
    ])
    func neverShowsThePassword(_ url: String) {
        do {
            _ = try RedisURL(url)
            Issue.record("\(url) was accepted")
        } catch {
            #expect(!"\(error)".contains("lovelace") && !"\(error)".contains("love%"), "\(error)")
        }
    }

    @Test func hidesThePasswordInEveryPrintedForm() throws {
        let url = try RedisURL("redis://ada:lovelace@host:1/2")
        var configuration = RedisClientConfiguration()
        configuration.apply(url)
        var dumped = ""
        dump(url, to: &dumped)
        dump(configuration, to: &dumped)
        for text in ["\(url)", String(reflecting: url), dumped, "\(configuration)"] {
            #expect(!text.contains("lovelace"))
        }
        #expect("\(url)" == "redis://ada:…@host:1/2")
    }
}
