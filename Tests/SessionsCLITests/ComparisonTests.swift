import Sessions
import StoreSupport
import Testing

@testable import SessionsCLI

@Suite("Command line: comparing and failing", .timeLimit(.minutes(10)))
struct ComparisonTests {
    private static let now = Timestamp(milliseconds: 1_764_093_845_123)
    private static let id = freshID()

    private static func session() -> SessionRecord {
        record(id, attributes: ["cart": "{\"a\":1,\"b\":[true,null]}"], at: now)
    }

    private static let changes: [(String, @Sendable (inout SessionRecord) throws -> Void)] = [
        ("secret", { $0.secretDigest = digest(5) }), ("time of the secret", { $0.secretIssuedAt = now + .seconds(1) }),
        ("family", { $0.familyDigest = digest(5) }),
        (
            "previous secret",
            { $0.previous = .init(digest: digest(5), nonce: RenewalNonce(bytes: Array(repeating: 1, count: 16))!) }
        ),
        ("previous generation", { $0.superseded = .init(familyDigest: digest(5), at: now, revision: 1) }),
        ("creation", { $0.createdAt = now + .seconds(1) }), ("last use", { $0.lastUsedAt = now + .seconds(1) }),
        ("lifetime", { $0.lifetime.retention = .hours(2) }),
        ("generation", { $0.generation = 2 }), ("revision", { $0.revision = 2 }),
        ("user", { $0.principal = try Principal("ada") }), ("authentication", { $0.authenticatedAt = now }),
        ("authentications", { $0.authentications = [Authentication(.password, at: now)] }),
        ("end", { $0.end = SessionEnd(reason: .signedOut, at: now) }),
        ("number of attributes", { $0.attributes = .init($0.attributes + [.init(name: "z", json: "1", revision: 1)]) }),
        (
            "attribute cart",
            { $0.attributes = .init([.init(name: "cart", json: "{\"a\":1,\"b\":[true]}", revision: 1)]) }
        ),
        (
            "attribute cart",
            { $0.attributes = .init([.init(name: "cart", json: "{\"a\":1,\"b\":[true,null]}", revision: 2)]) }
        ),
        ("attribute cart", { $0.attributes = .init([.init(name: "Cart", json: "1", revision: 1)]) }),
        ("attribute cart", { $0.attributes = .init([.init(name: "cart", json: "not JSON", revision: 1)]) }),
    ]

    @Test("A copy that differs in any part is told by the name of that part", arguments: changes.indices)
    func everyPart(_ index: Int) throws {
        let (name, change) = Self.changes[index]
        var other = Self.session()
        try change(&other)
        #expect(RecordComparison.differences(Self.session(), other) == [name])
        #expect(RecordComparison.differences(Self.session(), Self.session()) == [])
    }

    @Test("A session with another ID, in another realm or with another way for its token is another one")
    func identity() throws {
        func session(
            _ id: SessionID = Self.id, in realm: Realm = .default, by carrier: SessionRecord.Carrier = .cookie
        ) -> SessionRecord {
            SessionRecord(
                id: id, realm: realm, secretDigest: digest(1), secretIssuedAt: Self.now, familyDigest: digest(2),
                createdAt: Self.now, lastUsedAt: Self.now, lifetime: Self.session().lifetime, carrier: carrier)
        }
        let here = session()
        #expect(RecordComparison.differences(here, session(freshID())) == ["id"])
        #expect(RecordComparison.differences(here, session(in: try Realm("office"))) == ["realm"])
        #expect(RecordComparison.differences(here, session(by: .header)) == ["carrier"])
    }

    @Test("JSON that a store wrote in its own way is the same")
    func json() {
        var other = Self.session()
        other.attributes = .init([.init(name: "cart", json: "{ \"b\": [true, null], \"a\": 1 }", revision: 1)])
        #expect(RecordComparison.differences(Self.session(), other) == [])
    }

    @Test("JSON that says the same in another Unicode form isn't, nor is a large number that is nearly the same: G4")
    func exactly() {
        func session(_ json: String) -> SessionRecord {
            var session = Self.session()
            session.attributes = .init([.init(name: "cart", json: json, revision: 1)])
            return session
        }
        for (here, there) in [("[\"é\"]", "[\"e\u{301}\"]"), ("{\"é\":1}", "{\"e\u{301}\":1}")] {
            #expect(RecordComparison.differences(session(here), session(there)) == ["attribute cart"])
            #expect(RecordComparison.differences(session(here), session(here + " ")) == [])
        }
        let numbers = [UInt64(Int64.max), UInt64(Int64.max) + 1, .max - 1, .max].map { "\($0)" }
        for (index, here) in numbers.enumerated() {
            for (other, there) in numbers.enumerated() {
                let isSame = RecordComparison.differences(session(here), session(there + " ")).isEmpty
                #expect(isSame == (index == other))
            }
        }
    }

    @Test(
        "A script learns from the exit status what kind of error it was",
        arguments: [
            (.unavailable, .unavailable), (.full, .unavailable), (.contention, .unavailable),
            (.configuration, .configuration), (.corrupt, .unreadable), (.invalid, .usage), (.tooLarge, .other),
            (.superseded, .other),
        ] as [(SessionError.Code, Failure.Status)])
    func statuses(_ code: SessionError.Code, _ status: Failure.Status) {
        let failure = Failure(SessionError(code, "what happened"))
        #expect(failure.status == status && failure.code == code.description && failure.message == "what happened")
        let placed = Failure(SessionError(code, "what happened"), at: "here: ")
        #expect(
            placed.status == status && placed.code == code.description && placed.message == "here: what happened")
    }

    @Test(
        "Each exit status has a code of its own",
        arguments: [
            (.noSession, 1, "noSession"), (.refused, 2, "refused"), (.usage, 64, "usage"), (.unreadable, 65, "corrupt"),
            (.unavailable, 69, "unavailable"), (.other, 70, "other"), (.configuration, 78, "configuration"),
        ] as [(Failure.Status, Int32, String)])
    func codes(_ status: Failure.Status, _ number: Int32, _ code: String) {
        let failure = Failure(status, "what happened")
        #expect(failure.status.rawValue == number && failure.code == code && failure.message == "what happened")
    }

    @Test("The help lists every exit status, with what it means")
    func help() async throws {
        let help = try await SessionsProcess(["--help"])
        let lines = help.output.split(separator: "\n").map { $0.replacing(/[ ]+/, with: " ") }
        let statuses = lines.filter { $0.prefixMatch(of: /[ ][0-9]+[ ]/) != nil }.joined(separator: "\n")
        #expect(
            statuses == """
                 0 done
                 1 there is no such session, or it was over
                 2 refused; nothing was ended or overwritten
                 64 the command line is wrong
                 65 the store holds something that can't be read
                 69 the store can't be reached
                 70 something else went wrong, such as a session over a limit
                 78 the store or its URL can't be used
                """, "\(help)")
    }

    @Test("Every live session is visited once, however many pages there are", arguments: [1, 2, 4, 5, 6])
    func pages(_ size: Int) async throws {
        let store = MemorySessionStore()
        var made: Set<SessionID> = []
        for _ in 1...5 {
            let one = record(freshID(), at: .now)
            #expect(try await store.create(one))
            made.insert(one.id)
        }
        var visited: [SessionID] = []
        let unreadable = try await store.visit(.all, pageSize: size) { page in
            #expect((1...size).contains(page.count))
            visited += page.map(\.id)
        }
        #expect(visited.count == 5 && Set(visited) == made && unreadable == [])
    }

    @Test("A session that a store lists again is visited once, and a page with no other one not at all")
    func repeated() async throws {
        let damaged = freshID()
        let store = CarelessStore(repeatsPages: true, unreadable: [damaged])
        let one = record(freshID(), at: .now)
        #expect(try await store.create(one))
        var pages: [[SessionID]] = []
        let unreadable = try await store.visit(.all) { pages.append($0.map(\.id)) }
        #expect(pages == [[one.id]] && unreadable == [damaged])
    }

    @Test("A session that a store lists again is on a page of the list once")
    func listedAgain() async throws {
        let damaged = freshID()
        let store = CarelessStore(repeatsPages: true, unreadable: [damaged])
        let one = record(freshID(), at: .now)
        #expect(try await store.create(one))
        let page = try await ListCommand.page(.all, limit: 25, after: nil, in: store)
        #expect(page.0.map(\.id) == [one.id] && page.unreadable == [damaged] && page.next == nil)
    }
}
