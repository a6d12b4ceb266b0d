#if Postgres
    import Testing

    @testable import SessionsPostgresClient

    /// The parts of the client that need no server.
    @Suite("The parts of the PostgreSQL client", .timeLimit(.minutes(10)))
    struct ClientPartsTests {
        private let query = PostgresQuery("SELECT 1", effect: .read)

        @Test("Statements wait in their order, and one that is put back is the first again")
        func order() async {
            let now = ContinuousClock.now
            await withStatements(Array(repeating: now, count: 4)) { statements in
                var queue = StatementQueue()
                #expect(queue.isEmpty && queue.popFirst() == nil)
                for statement in statements { queue.append(statement) }
                #expect(queue.count == 4 && queue.popFirst() === statements[0] && queue.popFirst() === statements[1])
                queue.putBack(statements[1])
                queue.putBack(statements[0])
                #expect(queue.count == 4)
                for statement in statements { #expect(queue.popFirst() === statement) }
                #expect(queue.isEmpty)
                queue.append(statements[3])
                queue.putBack(statements[2])
                #expect(queue.popFirst() === statements[2] && queue.popFirst() === statements[3] && queue.isEmpty)
            }
        }

        @Test("What is overdue is taken out, to the instant, and the rest keeps its order")
        func overdue() async {
            let now = ContinuousClock.now
            let deadlines = [now, now + .nanoseconds(1), now - .seconds(1), now + .seconds(1)]
            await withStatements([now] + deadlines) { statements in
                var queue = StatementQueue()
                for statement in statements { queue.append(statement) }
                _ = queue.popFirst()
                #expect(queue.removeOverdue(at: now - .seconds(2)).isEmpty && queue.count == 4)
                let overdue = queue.removeOverdue(at: now)
                #expect(overdue.count == 2 && overdue[0] === statements[1] && overdue[1] === statements[3])
                #expect(queue.count == 2 && queue.popFirst() === statements[2] && queue.popFirst() === statements[4])
            }
        }

        @Test("Attempts to connect are 20 ms apart, doubled to a second, and up to a half less")
        func backoff() {
            for (failures, longest) in [(1, 20), (2, 40), (3, 80), (6, 640), (7, 1000), (11, 1000), (1_000_000, 1000)] {
                for _ in 0..<200 {
                    let pause = Backoff.pause(after: failures)
                    #expect(.milliseconds(longest / 2) <= pause && pause <= .milliseconds(longest), "\(failures)")
                }
            }
            let pauses = Set((0..<200).map { _ in Backoff.pause(after: 7) })
            #expect(pauses.count > 1)
            let now = ContinuousClock.now
            var backoff = Backoff()
            #expect(backoff.isOver(at: now) && backoff.lastProblem == nil)
            backoff.failed(ConnectProblem("one", isPermanent: false), at: now)
            #expect(!backoff.isOver(at: now + .milliseconds(9)) && backoff.isOver(at: now + .milliseconds(20)))
            for _ in 0..<9 { backoff.failed(ConnectProblem("last", isPermanent: false), at: now) }
            #expect(!backoff.isOver(at: now + .milliseconds(499)) && backoff.isOver(at: now + .milliseconds(1000)))
            #expect(backoff.lastProblem?.message == "last")
        }

        @Test("libpq is told to give up on a host and on a silent connection, and what the URL says goes before")
        func parameters() throws {
            func parameters(_ url: String, _ change: (inout PostgresClientConfiguration) -> Void = { _ in }) throws
                -> [String: [String]]
            {
                var configuration = PostgresClientConfiguration()
                change(&configuration)
                return try ConnectionTarget(url, configuration).parameters
                    .reduce(into: [:]) { $0[$1.keyword, default: []].append($1.value) }
            }
            let usual = try parameters("postgres://u@h/d")
            #expect(usual["connect_timeout"] == ["5"] && usual["tcp_user_timeout"] == ["10000"])
            #expect(usual["keepalives_idle"] == ["30"] && usual["client_encoding"] == ["UTF8"])
            #expect(usual["dbname"] == ["postgres://u@h/d"] && usual["target_session_attrs"] == nil)
            for (time, seconds) in [
                (Duration.milliseconds(1), "2"), (.seconds(2), "2"), (.milliseconds(2001), "3"),
                (.seconds(3600), "3600"),
            ] {
                #expect(try parameters("postgres://u@h/d") { $0.connectTimeout = time }["connect_timeout"] == [seconds])
            }
            let short = try parameters("postgres://u@h/d") { $0.statementTimeout = .microseconds(100) }
            #expect(short["tcp_user_timeout"] == ["2"])
            #expect(usual["fallback_application_name"] == ["swift-sessions"])
            let named = try parameters("postgres://u@h/d") { $0.applicationName = "shop" }
            #expect(named["fallback_application_name"] == ["shop"])
            // Of several hosts the primary.
            #expect(try parameters("postgres://u@a,b/d")["target_session_attrs"] == ["read-write"])
            #expect(try parameters("postgres://u@/d?host=a,b")["target_session_attrs"] == ["read-write"])
            #expect(try parameters("postgres://u@a,b/d?target_session_attrs=any")["target_session_attrs"] == nil)
            // libpq takes the last value of a keyword, so what stands before the URL may be changed by it.
            let order = try ConnectionTarget("postgres://u@h/d", .init()).parameters.map(\.keyword)
            let url = try #require(order.firstIndex(of: "dbname"))
            for keyword in ["connect_timeout", "tcp_user_timeout", "keepalives_idle"] {
                #expect(try #require(order.firstIndex(of: keyword)) < url)
            }
            #expect(try #require(order.firstIndex(of: "client_encoding")) > url)
        }

        @Test(
            "A URL is told without its password, each host with its port",
            arguments: [
                ("postgres://u:secret@h:5433/d", "postgres://u:…@h:5433/d"), ("postgresql://u@h/d", "postgres://u@h/d"),
                ("postgres://h", "postgres://h/"), ("postgres:///d", "postgres:///d"),
                ("postgres://u@a:1,b:2/d", "postgres://u@a:1,b:2/d"), ("postgres://u@a,b:2/d", "postgres://u@a,b:2/d"),
                ("postgres://u@a,b/d?port=7", "postgres://u@a:7,b:7/d"),
                ("postgres://u@/d?hostaddr=127.0.0.1", "postgres://u@127.0.0.1/d"),
            ])
        func described(_ url: String, _ description: String) throws {
            #expect(try PostgresClient.description(of: url) == description)
        }

        @Test("Moments are microseconds since 2000, and those that PostgreSQL can't express become the nearest")
        func moments() {
            func bytes(_ number: Int64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
            let limit: Int64 = 1 << 50
            for (milliseconds, shown) in [
                (946_684_800_000, 0), (946_684_800_001, 1000), (0, -946_684_800_000_000),
                (limit, (limit - 946_684_800_000) * 1000), (.max, (limit - 946_684_800_000) * 1000),
                (-limit, (-limit - 946_684_800_000) * 1000), (.min, (-limit - 946_684_800_000) * 1000),
            ] as [(Int64, Int64)] {
                var statement = PostgresStatement(query)
                statement.append(millisecondsSince1970: milliseconds)
                statement.append(millisecondsSince1970: [milliseconds])
                #expect(statement.values[0] == bytes(shown), "\(milliseconds)")
                #expect(statement.values[1].map { Array($0.suffix(8)) } == bytes(shown), "\(milliseconds)")
            }
        }

        @Test("An array is in PostgreSQL's binary format, with its elements' type, also an empty one")
        func arrays() {
            func number(_ number: some FixedWidthInteger) -> [UInt8] {
                withUnsafeBytes(of: number.bigEndian) { Array($0) }
            }
            func array(_ type: UInt32, _ elements: [[UInt8]]) -> [UInt8] {
                let head = number(Int32(elements.isEmpty ? 0 : 1)) + number(Int32(0)) + number(type)
                guard !elements.isEmpty else { return head }
                let lengths = number(Int32(elements.count)) + number(Int32(1))
                return head + lengths + elements.flatMap { number(Int32($0.count)) + $0 }
            }
            let ids = [[UInt8](repeating: 3, count: 16), [UInt8](repeating: 255, count: 16)]
            var statement = PostgresStatement(query)
            statement.append([-1, 9] as [Int64])
            statement.append(uuids: ids)
            statement.append(transactions: [7, .max])
            statement.append(millisecondsSince1970: [946_684_800_001])
            statement.append(["a", ""])
            statement.append(json: ["[1]", "{}"])
            statement.append(uuids: [])
            let expected: [[UInt8]?] = [
                array(20, [number(Int64(-1)), number(Int64(9))]), array(2950, ids),
                array(28, [number(UInt32(7)), number(UInt32.max)]), array(1184, [number(Int64(1000))]),
                array(25, [Array("a".utf8), []]), array(3802, [[1] + Array("[1]".utf8), [1] + Array("{}".utf8)]),
                array(2950, []),
            ]
            #expect(statement.values == expected)
        }

        @Test("Spans are rounded up, so that no time becomes none")
        func rounding() {
            for (span, seconds, milliseconds) in [
                (Duration.zero, Int64(0), Int64(0)), (.nanoseconds(1), 1, 1), (.milliseconds(1), 1, 1),
                (.microseconds(1001), 1, 2), (.seconds(1), 1, 1000), (.milliseconds(1001), 2, 1001),
            ] {
                #expect(span.wholeSeconds == seconds && span.wholeMilliseconds == milliseconds, "\(span)")
            }
        }

        @Test("What can't get better by itself is told apart from what passes, and each says what to do")
        func problems() {
            for (text, isPermanent, advice) in [
                ("could not translate host name \"db\" to address: Name or service not known", true, "check the host"),
                (
                    "could not translate host name \"db\" to address: Temporary failure in name resolution", false,
                    "check"
                ),
                ("FATAL:  password authentication failed for user \"u\"", true, "check the user and the password"),
                ("fe_sendauth: no password supplied", true, "put a password"),
                ("SSL error: certificate verify failed", true, "sslrootcert=FILE"),
                ("root certificate file \"/x\" does not exist", true, "sslrootcert=FILE"),
                ("server certificate for \"a\" does not match host name \"b\"", true, "as its certificate does"),
                ("server does not support SSL, but SSL was required", true, "sslmode=disable"),
                ("FATAL:  no pg_hba.conf entry for host", true, "pg_hba.conf"),
                ("FATAL:  Peer authentication failed for user", true, "pg_hba.conf"),
                ("FATAL:  role \"u\" is not permitted to log in", true, "LOGIN"),
                ("FATAL:  unsupported startup parameter: options", true, "ignore_startup_parameters"),
                ("FATAL:  no such database: d", true, "pooler's list"),
                ("FATAL:  database \"d\" does not exist", true, "check the user and the database"),
                ("could not load private key file", true, "sslkey"),
                ("connection refused: Connection refused\n\tIs the server running?", false, "Is the server running"),
                ("timeout expired", false, "timeout expired"),
                ("FATAL:  the database system is starting up", false, "starting up"),
                ("FATAL:  sorry, too many clients already", false, "too many clients"),
                ("session is read-only", false, "read-only"),
                // Of two hosts one may come back.
                ("a: Connection refused\nb: FATAL:  database \"d\" does not exist", false, "Connection refused; b: "),
                ("something that nobody foresaw", false, "nobody foresaw"),
            ] {
                let problem = ConnectProblem(libpq: text)
                #expect(problem.isPermanent == isPermanent, "\(text)")
                #expect(problem.message.contains(advice), "\(problem.message)")
                #expect(problem.message.hasPrefix("no connection to PostgreSQL: "))
            }
            // Of several hosts one may be there again before an operator has mended another one.
            for passing in [
                "Connection refused", "timeout expired", "FATAL:  the database system is starting up",
                "FATAL:  the database system is shutting down", "FATAL:  the database system is in recovery mode",
                "session is read-only", "FATAL:  sorry, too many clients already",
                "FATAL:  remaining connection slots are reserved", "server closed the connection unexpectedly",
                "Connection timed out",
            ] {
                let problem = ConnectProblem(libpq: "a: \(passing)\nb: FATAL:  password authentication failed")
                #expect(!problem.isPermanent && problem.message.contains(passing), "\(passing)")
            }
            let long = ConnectProblem(libpq: String(repeating: "x", count: 5000)).message
            #expect(long.utf8.count == "no connection to PostgreSQL: ".utf8.count + 500)
            // Values of parameters aren't shown: they may be part of a password.
            for text in [
                "invalid integer value \"secret\" for connection option \"port\"", "invalid port number: \"65536\"",
                "could not match 2 port numbers to 1 hosts", "invalid sslmode value: \"secret\"",
            ] {
                let hidden = ConnectProblem(libpq: text)
                #expect(hidden.isPermanent && hidden.message == ConnectionTarget.form, "\(text)")
            }
        }
    }
#endif
