import Foundation
import Testing

@testable import SessionsRedisClient

@Suite(.timeLimit(.minutes(10))) struct URLTests {
    @Test func readsEveryForm() throws {
        let plain = try RedisURL("redis://localhost")
        #expect(plain.servers == [.init(host: "localhost", port: 6379)])
        #expect(!plain.isTLS && !plain.isCluster && plain.database == 0 && plain.password == nil)
        #expect(plain.sentinelPrimary == nil)
        let full = try RedisURL("rediss://shop:p%40ss%2Fw%25rd@[::1]:7000/12?cafile=/etc/my%20ca.pem")
        #expect(full.servers == [.init(host: "::1", port: 7000)])
        #expect(full.isTLS && full.user == "shop" && full.password == .text("p@ss/w%rd") && full.database == 12)
        #expect(full.authoritiesFile == "/etc/my ca.pem")
        let cluster = try RedisURL("rediss+cluster://:secret@a:1,b,[fe80::1]:3")
        #expect(cluster.isCluster && cluster.isTLS && cluster.user == nil && cluster.password == .text("secret"))
        #expect(
            cluster.servers == [
                .init(host: "a", port: 1), .init(host: "b", port: 6379), .init(host: "fe80::1", port: 3),
            ])
    }

    @Test(arguments: [
        ("redis+sentinel", false), ("redis-sentinel", false), ("rediss+sentinel", true), ("rediss-sentinel", true),
    ])
    func readsSentinels(_ scheme: String, _ isTLS: Bool) throws {
        let url = try RedisURL("\(scheme)://shop:secret@a,b:1/my%20master/2?sentinelpasswordenv=SENTINEL")
        #expect(url.servers == [.init(host: "a", port: 26_379), .init(host: "b", port: 1)])
        #expect(url.sentinelPrimary == "my master" && url.database == 2 && url.isTLS == isTLS && !url.isCluster)
        #expect(url.password == .text("secret") && url.sentinelPassword == .environment("SENTINEL"))
        #expect("\(url)" == "\(isTLS ? "rediss" : "redis")+sentinel://shop:…@a:26379,b:1/my master/2")
        #expect(try RedisURL("\(scheme)://a/m").database == 0)
    }

    @Test(arguments: ["redis+unix", "redis+socket", "redis-socket"])
    func readsSockets(_ scheme: String) throws {
        let url = try RedisURL("\(scheme)://shop@/run/my%20redis.sock?database=7&passwordfile=/run/secrets/redis%40")
        #expect(url.servers == [.init(unixSocket: "/run/my redis.sock")] && url.database == 7 && url.user == "shop")
        #expect(url.password == .file("/run/secrets/redis@") && !url.isTLS && !url.isCluster)
        #expect("\(url)" == "redis+unix://shop:…@/run/my redis.sock?database=7")
        let longest = "/" + String(repeating: "a", count: 102)
        #expect(try RedisURL("\(scheme)://\(longest)").servers == [.init(unixSocket: longest)])
        #expect(throws: RedisConfigurationError.self) { try RedisURL("\(scheme)://\(longest)a") }
    }

    @Test("Passwords in files and in the environment are read, and an error says where one is missing")
    func readsPasswords() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("password-" + UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        func credentials(_ url: String) throws -> RedisClientConfiguration.Credentials? {
            var configuration = RedisClientConfiguration()
            try configuration.apply(try RedisURL(url))
            return configuration.credentials
        }
        func read(_ content: String) throws -> String? {
            try Data(content.utf8).write(to: URL(fileURLWithPath: path))
            let credentials = try credentials("redis://ada@a?passwordfile=\(path)")
            #expect(credentials?.user == "ada")
            return credentials?.password
        }
        for end in ["", "\n", "\r\n"] { #expect(try read("love lace" + end) == "love lace") }
        #expect(try read("lovelace\n\n") == "lovelace\n", "one line break alone is no part of it")
        #expect(try read(String(repeating: "x", count: 4096))?.count == 4096)
        for (content, problem) in [
            ("", "it is empty"), ("\n", "it is empty"), (String(repeating: "x", count: 4097), "4096 bytes"),
        ] {
            let error = try #require(throws: RedisConfigurationError.self) { try read(content) }
            #expect(error.message.contains(path) && error.message.contains(problem), "\(error)")
        }
        for (url, part) in [
            ("redis://a?passwordfile=/no/such", "/no/such: No such file or directory"),
            ("redis://a?passwordfile=/", "/: Is a directory"),
            ("redis://a?passwordenv=NO_SUCH_VARIABLE", "the environment variable NO_SUCH_VARIABLE isn't set"),
        ] {
            let error = try #require(throws: RedisConfigurationError.self) { try credentials(url) }
            #expect(error.message.contains(part), "\(error)")
        }
        let home = try #require(ProcessInfo.processInfo.environment["HOME"])
        #expect(try credentials("redis://a?passwordenv=HOME")?.password == home)
        #expect(try credentials("redis://a?passwordenv=HOME")?.user == nil)
    }

    @Test("An empty password, and one that isn't UTF-8, is refused, and the error says where it is")
    func refusesPasswords() throws {
        let variable = PasswordSource.environment("REDIS_PASSWORD")
        #expect(try variable.read(environment: ["REDIS_PASSWORD": "lovelace"]) == "lovelace")
        for environment in [[:], ["REDIS_PASSWORD": ""]] as [[String: String]] {
            let error = #expect(throws: RedisConfigurationError.self) { try variable.read(environment: environment) }
            let problem = "the environment variable REDIS_PASSWORD isn't set or is empty"
            #expect(error?.message == "the password of Redis can't be read: \(problem)")
        }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("password-" + UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        for bytes in [[0xff], [0x6c, 0xc3, 0x0a]] as [[UInt8]] {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: RedisConfigurationError.self) { try PasswordSource.file(path).read() }
            #expect(error?.message == "the password of Redis can't be read from \(path): it isn't UTF-8")
        }
    }

    @Test("An address is shown as a URL has it: IPv6 in brackets, and a socket by its path")
    func showsAddresses() throws {
        for (address, text) in [
            (.init(host: "a", port: 1), "a:1"), (.init(host: "127.0.0.1", port: 65_535), "127.0.0.1:65535"),
            (.init(host: "::1", port: 6379), "[::1]:6379"), (.init(unixSocket: "/run/a:b.sock"), "/run/a:b.sock"),
        ] as [(ServerAddress, String)] {
            #expect("\(address)" == text)
        }
        let url = try RedisURL("redis+cluster://[::1]:1,b")
        #expect("\(url)" == "redis+cluster://[::1]:1,b:6379")
        #expect(try RedisURL("\(url)") == url)
    }

    @Test("A URL decides over credentials, database and TLS, and what it doesn't say of TLS stays as configured")
    func theURLDecides() throws {
        func applied(_ url: String) throws -> RedisClientConfiguration {
            var configuration = RedisClientConfiguration(
                credentials: .init(user: "ada", password: "lovelace"), database: 5,
                tls: .init(authoritiesFile: "/etc/ours.pem", serverName: "redis.internal"))
            try configuration.apply(try RedisURL(url))
            return configuration
        }
        let plain = try applied("redis://a")
        #expect(plain.credentials?.password == nil && plain.database == 0 && plain.tls == nil)
        let full = try applied("redis://:hopper@a/3")
        #expect(full.credentials?.password == "hopper" && full.credentials?.user == nil && full.database == 3)
        for (url, authorities) in [
            ("rediss://a", "/etc/ours.pem"), ("rediss://a?cafile=/etc/theirs.pem", "/etc/theirs.pem"),
        ] {
            let secured = try applied(url)
            #expect(secured.tls == .init(authoritiesFile: authorities, serverName: "redis.internal"))
            #expect(secured.credentials?.password == nil)
        }
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
        ("redis://a?cafile=/x", "needs TLS"), ("rediss://a?cafile=", "the option cafile is"),
        ("redis+sentinel://a", "what they call the primary"), ("redis+sentinel://a/", "what they call the primary"),
        ("redis+sentinel://a/m/x", "the database x"), ("redis+unix://a/b", "an absolute path"),
        ("redis+unix://", "an absolute path"), ("redis+unix:///", "an absolute path"),
        ("redis+unix:///a%00b", "an absolute path"),
        ("redis://a?x=1", "the option x is"),
        ("redis://a?database=1", "the option database is"), ("redis://a?sentinelpasswordenv=X", "the option sentinelp"),
        ("redis+unix:///a?cafile=/x", "cafile needs TLS"), ("redis://:x@a?passwordfile=/x", "twice"),
        ("redis://a?passwordfile=/x&passwordenv=X", "twice"), ("redis://a?passwordfile=", "the option passwordfile is"),
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
        "redis://u:x@host?password=lovelace", "redis://u:x@host?lovelace",
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

    @Test("What options there are is told where one is unknown")
    func optionsAreTold() throws {
        let error = try #require(throws: RedisConfigurationError.self) { try RedisURL("redis://a?x=1") }
        #expect(
            error.message
                == "the Redis URL redis://a?… can't be used: the option x is unknown or empty; there are "
                + "cafile=/path/ca.pem, passwordfile=/path and passwordenv=NAME, for sentinels sentinelpasswordfile and "
                + "sentinelpasswordenv, and for a socket database=number")
    }

    @Test func hidesThePasswordInEveryPrintedForm() throws {
        let url = try RedisURL("redis://ada:lovelace@host:1/2")
        var configuration = RedisClientConfiguration()
        try configuration.apply(url)
        var dumped = ""
        dump(url, to: &dumped)
        dump(configuration, to: &dumped)
        for text in ["\(url)", String(reflecting: url), dumped, "\(configuration)"] {
            #expect(!text.contains("lovelace"))
        }
        #expect("\(url)" == "redis://ada:…@host:1/2")
    }
}
