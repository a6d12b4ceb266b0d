import Testing

@testable import SessionsRedisClient

/// What a connection begins with, and which servers it refuses.
@Suite(.timeLimit(.minutes(10))) struct HandshakeTests {
    private typealias Mode = ServerProfile.Mode

    private struct Greeting {
        /// Every command in one text.
        var asked: [String] = []
        var result: Result<Void, RedisFailure>?

        var failure: RedisFailure? { if case .failure(let failure)? = result { failure } else { nil } }
        var isOpen: Bool { if case .success? = result { true } else { false } }
    }

    /// Greets a server that answers commands by their names so, and everything else with OK.
    private func greet(
        _ mode: Mode = .single, _ configuration: RedisClientConfiguration = .init(),
        answering answers: [String: RedisReply]
    ) throws -> Greeting {
        var greeting = Greeting()
        Handshake(profile: try ServerProfile(configuration, mode: mode)) { command, answer in
            let words = command.arguments.map { String(decoding: $0, as: UTF8.self) }
            greeting.asked.append(words.joined(separator: " "))
            answer(answers[words[0]] ?? text("OK"))
        } done: {
            greeting.result = $0
        }.begin()
        return greeting
    }

    private func text(_ text: String) -> RedisReply { .bytes(ArraySlice(text.utf8)) }

    private func error(_ message: String) -> RedisReply { .error(.init(message)) }

    private func server(mode: String? = "standalone", role: String = "master") -> RedisReply {
        let fields = ["proto", "3"] + (mode.map { ["mode", $0] } ?? []) + ["role", role]
        return .array(fields.map(text) + [text("modules"), .array([])])
    }

    private func configuration(
        user: String? = nil, password: String? = nil, database: Int = 0
    ) -> RedisClientConfiguration {
        .init(credentials: password.map { .init(user: user, password: $0) }, database: database, clientName: "shop")
    }

    @Test("One command greets a server, and another selects a database")
    func oneCommand() throws {
        for (configuration, asked) in [
            (configuration(), ["HELLO 3 SETNAME shop"]),
            (configuration(password: "pw"), ["HELLO 3 AUTH default pw SETNAME shop"]),
            (configuration(user: "ada", password: "pw"), ["HELLO 3 AUTH ada pw SETNAME shop"]),
            (configuration(database: 1), ["HELLO 3 SETNAME shop", "SELECT 1"]),
        ] {
            let greeting = try greet(.single, configuration, answering: ["HELLO": server()])
            #expect(greeting.asked == asked && greeting.isOpen)
        }
        let refused = try greet(
            .single, configuration(database: 7), answering: ["HELLO": server(), "SELECT": error("ERR out of range")])
        #expect(refused.failure?.message == "database 7 can't be selected: ERR out of range")
        #expect(refused.failure?.isPermanent == true && refused.failure?.outcome == .notApplied)
    }

    @Test(
        "A server that takes no HELLO is greeted as before it",
        arguments: [
            "NOPROTO unsupported protocol version", "ERR unknown command `HELLO`", "NOPERM no permission for 'hello'",
            "ERR Protocol version is not an integer",
        ])
    func withoutHELLO(_ refusal: String) throws {
        let info = "redis_mode:standalone\r\nrole:master\r\n"
        for (configuration, asked) in [
            (configuration(), []), (configuration(password: "pw"), ["AUTH pw"]),
            (configuration(user: "ada", password: "pw"), ["AUTH ada pw"]),
        ] as [(RedisClientConfiguration, [String])] {
            // Without a right to name itself a client is none the worse.
            let greeting = try greet(
                .single, configuration,
                answering: ["HELLO": error(refusal), "CLIENT": error("NOPERM no"), "INFO": text(info)])
            #expect(greeting.isOpen && greeting.asked.dropFirst() == asked[...] + ["CLIENT SETNAME shop", "INFO"])
        }
        let selected = try greet(
            .single, configuration(database: 3), answering: ["HELLO": error(refusal), "INFO": text(info)])
        #expect(selected.asked.last == "SELECT 3" && selected.isOpen)
        for (name, message) in [("AUTH", "WRONGPASS no"), ("INFO", "NOAUTH Authentication required.")] {
            let greeting = try greet(
                .single, configuration(password: "pw"),
                answering: ["HELLO": error(refusal), "INFO": text(info)].merging([name: error(message)]) { $1 })
            #expect(greeting.failure?.isPermanent == true && greeting.failure?.message.contains(message) == true)
            #expect(greeting.asked.last == (name == "INFO" ? "INFO" : "AUTH pw"))
        }
    }

    @Test("A server that isn't of the kind is refused for good, and a replica until it is a primary")
    func kinds() throws {
        let cases: [(Mode, mode: String?, role: String, message: String?, isPermanent: Bool)] = [
            (.single, "standalone", "master", nil, false), (.single, nil, "master", nil, false),
            (.single, "standalone", "slave", Handshake.replicaMessage, false),
            (.single, "standalone", "replica", Handshake.replicaMessage, false),
            (
                .single, "cluster", "master", "it is a node of a cluster; use redis+cluster:// (or rediss+cluster://)",
                true
            ),
            (
                .single, "sentinel", "sentinel",
                "it is a sentinel, which holds no data; use redis+sentinel://, or name the primary", true
            ),
            (.cluster, "cluster", "master", nil, false), (.cluster, "cluster", "replica", nil, false),
            (.cluster, nil, "master", nil, false),
            (
                .cluster, "standalone", "master",
                "it is no node of a cluster but runs as standalone; use redis:// (or rediss://)", true
            ),
            (
                .cluster, "sentinel", "sentinel",
                "it is a sentinel, which holds no data; use redis+sentinel://, or name the primary", true
            ),
            (.sentinel, "sentinel", "sentinel", nil, false),
            (
                .sentinel, "standalone", "master",
                "it is no sentinel; name the sentinels, or use redis:// (or rediss://) for a server", true
            ),
            (
                .sentinel, nil, "master",
                "it is no sentinel; name the sentinels, or use redis:// (or rediss://) for a server", true
            ),
        ]
        for (kind, mode, role, message, isPermanent) in cases {
            let greeting = try greet(kind, answering: ["HELLO": server(mode: mode, role: role)])
            #expect(greeting.failure?.message == message && greeting.isOpen == (message == nil), "\(kind) \(role)")
            #expect((greeting.failure?.isPermanent ?? false) == isPermanent, "\(kind) \(role)")
        }
        let odd = try greet(answering: ["HELLO": text("220 mail.example ESMTP")])
        #expect(odd.failure?.message == "it answered HELLO with something else; is it Redis?")
    }

    @Test("A refusal says what to do, passes where it may, and shows no words that may repeat the password")
    func refusals() throws {
        let cases: [(String, message: String, isPermanent: Bool)] = [
            (
                "NOAUTH needed", "it asks for a password (NOAUTH needed); put user and password into the URL", true
            ),
            ("WRONGPASS no", "it knows no such user and password (WRONGPASS no); check the URL", true),
            ("LOADING data", "it isn't ready: LOADING data", false),
            ("BUSY script", "it isn't ready: BUSY script", false),
            ("MASTERDOWN link", "it isn't ready: MASTERDOWN link", false),
            ("ERR max number of clients reached", "it has too many clients already (maxclients)", false),
            ("ERR syntax error in HELLO", "it turned the client away: ERR syntax error in HELLO", true),
        ]
        for (refusal, message, isPermanent) in cases {
            let greeting = try greet(answering: ["HELLO": error(refusal)])
            #expect(greeting.failure?.message == message && greeting.failure?.isPermanent == isPermanent)
        }
        let hidden = try greet(
            .single, configuration(password: "lovelace"), answering: ["HELLO": error("ERR unknown 'lovelace'")])
        #expect(
            hidden.failure?.message
                == "it turned the client away: ERR, with words that aren't shown, since they may repeat the password")
        let told = try greet(.single, configuration(password: "pw"), answering: ["HELLO": error("WRONGPASS no")])
        #expect(told.failure?.message == cases[1].message)
    }
}
