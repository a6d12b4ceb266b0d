/// The first commands on a connection: they name this client and find out whether this is the server we need.
struct Handshake {
    let profile: ServerProfile
    let ask: (RedisCommand, @escaping (RedisReply) -> Void) -> Void
    let done: (Result<Void, RedisFailure>) -> Void

    init(
        profile: ServerProfile, ask: @escaping (RedisCommand, @escaping (RedisReply) -> Void) -> Void,
        done: @escaping (Result<Void, RedisFailure>) -> Void
    ) {
        self.profile = profile
        self.ask = ask
        self.done = done
    }

    private var configuration: RedisClientConfiguration { profile.configuration }

    func begin() {
        var hello = RedisCommand("HELLO", key: [], effect: .read)
        hello.append("3")
        if let credentials = configuration.credentials {
            hello.append("AUTH")
            hello.append(credentials.user ?? "default")
            hello.append(credentials.password)
        }
        hello.append("SETNAME")
        hello.append(configuration.clientName)
        ask(hello) { reply in
            switch reply {
            case .array(let fields): check(Self.pairs(fields))
            case .error(let error) where Self.knowsNoHello(error): beginRESP2()
            case .error(let error): refuse(error)
            default: fail("it answered HELLO with something else; is it Redis?")
            }
        }
    }

    /// A server from before RESP3, or one that forbids `HELLO`.
    private func beginRESP2() {
        guard let credentials = configuration.credentials else { return name() }
        var auth = RedisCommand("AUTH", key: [], effect: .read)
        if let user = credentials.user { auth.append(user) }
        auth.append(credentials.password)
        ask(auth) { reply in
            if case .error(let error) = reply { return refuse(error) }
            name()
        }
    }

    private func name() {
        var name = RedisCommand("CLIENT", key: [], effect: .read)
        name.append("SETNAME")
        name.append(configuration.clientName)
        // Only operators look at it, so a refusal is nothing to stop for.
        ask(name) { _ in
            ask(RedisCommand("INFO", key: [], effect: .read)) { reply in
                if case .error(let error) = reply { return refuse(error) }
                let info = ServerInfo(reply.text ?? "")
                check(["mode": info["redis_mode"] ?? "", "role": info["role"] ?? ""])
            }
        }
    }

    private func select() {
        guard configuration.database != 0 else { return done(.success(())) }
        var select = RedisCommand("SELECT", key: [], effect: .read)
        select.append(Int64(configuration.database))
        ask(select) { reply in
            if case .error(let error) = reply {
                return fail("database \(configuration.database) can't be selected: \(error.message)")
            }
            done(.success(()))
        }
    }

    private func check(_ facts: [String: String]) {
        switch (profile.mode, facts["mode"]) {
        case (.sentinel, "sentinel"):
            select()
        case (.sentinel, _):
            fail("it is no sentinel; name the sentinels, or use redis:// (or rediss://) for a server")
        case (_, "sentinel"):
            fail("it is a sentinel, which holds no data; use redis+sentinel://, or name the primary")
        case (.single, "cluster"):
            fail("it is a node of a cluster; use redis+cluster:// (or rediss+cluster://)")
        case (.cluster, let mode?) where mode != "cluster":
            fail("it is no node of a cluster but runs as \(mode); use redis:// (or rediss://)")
        case (.single, _) where ["slave", "replica"].contains(facts["role"]):
            done(.failure(RedisFailure(.notApplied, Self.replicaMessage)))
        default:
            select()
        }
    }

    static let replicaMessage = "it is a replica, whose answers may be old; name the primary"

    private func refuse(_ error: RedisServerError) {
        switch error.code {
        case "NOAUTH": fail("it asks for a password (\(shown(error))); put user and password into the URL")
        case "WRONGPASS": fail("it knows no such user and password (\(shown(error))); check the URL")
        case "LOADING", "BUSY", "MASTERDOWN":
            done(.failure(RedisFailure(.notApplied, "it isn't ready: \(error.message)")))
        // It may become free again.
        case "ERR" where error.message.hasPrefix("ERR max number of clients"):
            done(.failure(RedisFailure(.notApplied, "it has too many clients already (maxclients)")))
        default: fail("it turned the client away: \(shown(error))")
        }
    }

    /// The server's words, unless they may repeat the password: what doesn't know a command says with which arguments it came.
    private func shown(_ error: RedisServerError) -> String {
        if configuration.credentials == nil || ["NOAUTH", "WRONGPASS", "NOPERM"].contains(error.code) {
            return error.message
        }
        return "\(error.code), with words that aren't shown, since they may repeat the password"
    }

    private func fail(_ message: String) {
        done(.failure(RedisFailure(.notApplied, message, isPermanent: true)))
    }

    private static func knowsNoHello(_ error: RedisServerError) -> Bool {
        error.code == "NOPROTO" || error.message.hasPrefix("ERR unknown command")
            || error.message.hasPrefix("NOPERM") || error.message.hasPrefix("ERR Protocol version")
    }

    private static func pairs(_ fields: [RedisReply]) -> [String: String] {
        var pairs: [String: String] = [:]
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            if let key = fields[index].text { pairs[key] = fields[index + 1].text ?? "" }
        }
        return pairs
    }
}
