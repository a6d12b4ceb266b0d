import HTTPTypes
import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("A user's known browsers are told by a random cookie, and kept as digests", .timeLimit(.minutes(10)))
struct KnownDeviceTests {
    private let clock = ManualClock()
    private let log = EventLog()
    private let memory = KnownDeviceMemory()
    private let manager: SessionManager
    private let devices: KnownDevices

    init() throws {
        manager = try SessionManager(
            store: MemorySessionStore(), clock: clock, random: SeededRandomSource(seed: 7), observers: [log])
        devices = try KnownDevices { [memory] in memory.note($0, of: $1, at: $2) }
    }

    /// Signs a user in, and tells whether the browser was known to be theirs, and of the events that say it wasn't.
    private func signIn(_ visitor: Visitor, _ name: String = "ada") async throws -> (isKnown: Bool, events: Int) {
        var isKnown = false
        _ = log.takeEvents()
        try await visitor.visit {
            try await $0.signIn(try Principal(name))
            isKnown = try await $0.recognizeDevice(in: devices)
        }
        let events = log.takeEvents().filter { $0.kind == .newDevice }
        #expect(events.allSatisfy { $0.principal?.name == name && $0.id != nil })
        return (isKnown, events.count)
    }

    @Test("A browser is new to a user once, also after a sign-out, and new to another user who shares it")
    func newOnce() async throws {
        let visitor = Visitor(manager)
        #expect(try await signIn(visitor) == (false, 1))
        let cookie = try #require(visitor.jar["__Host-Http-device"])
        try await visitor.visit { try await $0.end() }
        #expect(visitor.jar == ["__Host-Http-device": cookie])
        #expect(try await signIn(visitor) == (true, 0))
        #expect(try await signIn(visitor, "grace") == (false, 1))
        #expect(try await signIn(visitor, "grace") == (true, 0))
        #expect(visitor.jar["__Host-Http-device"] == cookie)
        #expect(try await signIn(Visitor(manager)) == (false, 1))
    }

    @Test("The cookie is HttpOnly, Secure and of the host alone, lasts 400 days, and names neither session nor user")
    func cookie() async throws {
        let visitor = Visitor(manager)
        let response = try await visitor.visit {
            try await $0.signIn(try Principal("ada"))
            try await $0.recognizeDevice(in: devices)
        }
        let field = try #require(response.setCookies.first { $0.hasPrefix("__Host-Http-device=") })
        let value = try #require(visitor.jar["__Host-Http-device"])
        #expect(
            field.wholeMatch(
                of:
                    /__Host-Http-device=[A-Za-z0-9_-]{64}; Path=\/; Max-Age=34560000; Expires=[^;]+; Secure; HttpOnly; SameSite=Lax/
            ) != nil, "\(field)")
        // It is no session, wherever it stands.
        for name in [Visitor.signedInName, Visitor.visitorName] {
            #expect(try await Visitor(manager, jar: [name: value]).look().id == nil)
        }
        #expect(try await Visitor(manager, jar: ["__Host-Http-device": value]).look().principal == nil)
    }

    @Test("What is kept is 32 bytes that differ for each user and realm, and the cookie isn't among them")
    func digests() async throws {
        let kept = Mutex<[(SecretDigest, SessionOwner)]>([])
        let devices = try KnownDevices { digest, owner, _ in
            kept.withLock { $0.append((digest, owner)) }
            return false
        }
        let office = try SessionManager(store: MemorySessionStore(), realm: try Realm("office"), clock: clock)
        let visitor = Visitor(manager)
        for name in ["ada", "grace", "ada"] {
            try await visitor.visit {
                try await $0.signIn(try Principal(name))
                try await $0.recognizeDevice(in: devices)
            }
        }
        let value = try #require(visitor.jar["__Host-Http-device"])
        try await Visitor(office, jar: ["__Host-Http-device": value]).visit {
            try await $0.signIn(try Principal("ada"))
            try await $0.recognizeDevice(in: devices)
        }
        let found = kept.withLock { $0 }
        #expect(found.map(\.1.principal.name) == ["ada", "grace", "ada", "ada"])
        #expect(found[0].0 == found[2].0 && Set(found.map(\.0)).count == 3)
        let token = try #require(SessionToken(text: value))
        #expect(found.allSatisfy { $0.0.bytes.count == 32 && !value.contains($0.0.description) })
        #expect(!found.contains { $0.0 == token.secret.digest(in: RealmTag(.default)) })
    }

    @Test("A cookie that was planted twice or is no token is replaced, and the browser is new")
    func planted() async throws {
        let visitor = Visitor(manager)
        _ = try await signIn(visitor)
        let value = try #require(visitor.jar["__Host-Http-device"])
        let other = String(repeating: "A", count: 64)
        for raw in ["__Host-Http-device=x", "__Host-Http-device=\(value); __Host-Http-device=\(other)", ""] {
            let request = visitor.send(raw: raw)
            let session = try await request.session()
            try await session.signIn(try Principal("ada"))
            let isKnown = try await session.recognizeDevice(in: devices)
            #expect(!isKnown, "\(raw)")
            await visitor.finish(request)
            #expect(visitor.jar["__Host-Http-device"] != value)
        }
    }

    @Test("A visitor has no device, a late call no cookie; a memory that fails leaves the sign-in and says so")
    func refused() async throws {
        struct Failure: Error {}
        let failing = try KnownDevices { _, _, _ in throw Failure() }
        let full = try KnownDevices { _, _, _ in throw SessionError(.full, "no room", retryAfter: .seconds(3)) }
        let visitor = Visitor(manager)
        try await visitor.visit { session in
            let none = await #expect(throws: SessionError.self) { try await session.recognizeDevice(in: devices) }
            #expect(none?.code == .noSession)
            try await session.signIn(try Principal("ada"))
            let error = await #expect(throws: SessionError.self) { try await session.recognizeDevice(in: failing) }
            #expect(error?.code == .unavailable && error?.cause is Failure)
            let own = await #expect(throws: SessionError.self) { try await session.recognizeDevice(in: full) }
            #expect(own?.code == .full && own?.message == "no room" && own?.retryAfter == .seconds(3))
        }
        #expect(visitor.jar["__Host-Http-device"] == nil)
        let request = visitor.send()
        let session = try await request.session()
        await visitor.finish(request)
        let late = await #expect(throws: SessionError.self) { try await session.recognizeDevice(in: devices) }
        #expect(late?.code == .sealed)
        #expect(try await visitor.look().principal == "ada")
        var configuration = SessionConfiguration()
        configuration.transport = .bearer
        let programs = try SessionManager(store: MemorySessionStore(), configuration: configuration, clock: clock)
        let response = try await Visitor(programs).visit { session in
            try await session.signIn(try Principal("ada"))
            let error = await #expect(throws: SessionError.self) { try await session.recognizeDevice(in: devices) }
            #expect(error?.code == .configuration)
        }
        #expect(response.setCookies == [])
        let scope = SetCookie.Scope(isHTTPOnly: false)
        let open = #expect(throws: SessionError.self) { try KnownDevices(scope: scope) { _, _, _ in true } }
        let name = #expect(throws: SessionError.self) { try KnownDevices(cookieName: "a b") { _, _, _ in true } }
        #expect(open?.code == .configuration && name?.code == .configuration)
    }

    @Test("A known browser gets its cookie again at each sign-in, for another 400 days")
    func cookieAgain() async throws {
        let visitor = Visitor(manager)
        _ = try await signIn(visitor)
        let value = try #require(visitor.jar["__Host-Http-device"])
        clock.advance(by: .days(1))
        let response = try await visitor.visit {
            try await $0.signIn(try Principal("ada"))
            try await $0.recognizeDevice(in: devices)
        }
        let fields = response.setCookies.filter { $0.hasPrefix("__Host-Http-device=\(value); ") }
        let expires = (clock.now + .days(400)).httpDate
        #expect(fields.count == 1 && fields[0].contains("; Max-Age=34560000; Expires=\(expires); "))
    }

    @Test("A full memory forgets no user for one whom it knows already")
    func fullMemory() throws {
        let memory = KnownDeviceMemory(maximumUsers: 2)
        let device = SecretDigest(Block32(Block16(0, 0), Block16(0, 1)))
        func note(_ name: String, _ second: Int) throws -> Bool {
            let owner = SessionOwner(realm: .default, principal: try Principal(name))
            return memory.note(device, of: owner, at: .init(milliseconds: 0) + .seconds(second))
        }
        #expect(try [note("ada", 1), note("bob", 2)] == [false, false])
        #expect(try [note("bob", 3), note("bob", 4), note("ada", 5)] == [true, true, true])
    }

    @Test("A full memory forgets the user who was not seen for longest, however old another user's first device is")
    func forgottenUser() throws {
        let memory = KnownDeviceMemory(maximumUsers: 2)
        func note(_ number: UInt64, _ name: String, _ second: Int) throws -> Bool {
            let device = SecretDigest(Block32(Block16(0, 0), Block16(0, number)))
            let owner = SessionOwner(realm: .default, principal: try Principal(name))
            return memory.note(device, of: owner, at: .init(milliseconds: 0) + .seconds(second))
        }
        #expect(try [note(1, "ada", 1), note(1, "bob", 2), note(2, "ada", 3)] == [false, false, false])
        // A third user: it is bob who was not seen for longest.
        #expect(try [note(1, "eve", 4), note(1, "ada", 5), note(1, "bob", 6)] == [false, true, false])
        let standard = Mirror(reflecting: KnownDeviceMemory())
        #expect(standard.descendant("maximumDevices") as? Int == 32)
        #expect(standard.descendant("maximumUsers") as? Int == 100_000)
    }

    @Test("A device's cookie has the name and the scope that it was given, and is read under that name")
    func ownScope() async throws {
        let scope = SetCookie.Scope(domain: "shop.test", path: "/account", sameSite: .strict)
        let devices = try KnownDevices(cookieName: "__Secure-device", scope: scope) { [memory] in
            memory.note($0, of: $1, at: $2)
        }
        let visitor = Visitor(manager)
        for isKnown in [false, true] {
            var found: Bool?
            let response = try await visitor.visit {
                try await $0.signIn(try Principal("ada"))
                found = try await $0.recognizeDevice(in: devices)
            }
            let field = try #require(response.setCookies.first { $0.hasPrefix("__Secure-device=") })
            #expect(found == isKnown)
            #expect(field.contains("; Path=/account; Domain=shop.test; Max-Age=34560000; "))
            #expect(field.hasSuffix("; Secure; HttpOnly; SameSite=Strict"))
        }
    }

    @Test("A full memory keeps the device that was seen just now, though the clock was set back since the others")
    func clockSetBack() throws {
        let memory = KnownDeviceMemory(maximumDevicesPerUser: 1)
        let owner = SessionOwner(realm: .default, principal: try Principal("ada"))
        let seen: [(UInt64, Int)] = [(1, 5), (2, 4), (2, 4), (1, 3), (1, 3)]
        let known = seen.map { number, second in
            memory.note(
                SecretDigest(Block32(Block16(0, 0), Block16(0, number))), of: owner,
                at: .init(milliseconds: 0) + .seconds(second))
        }
        #expect(known == [false, false, true, false, true])
    }

    @Test("The memory keeps as many devices a user and as many users as it was told, those seen last")
    func bounded() throws {
        let memory = KnownDeviceMemory(maximumDevicesPerUser: 2, maximumUsers: 2)
        func digest(_ number: UInt64) -> SecretDigest { SecretDigest(Block32(Block16(0, 0), Block16(0, number))) }
        func note(_ number: UInt64, _ name: String, _ second: Int) throws -> Bool {
            let owner = SessionOwner(realm: .default, principal: try Principal(name))
            return memory.note(digest(number), of: owner, at: .init(milliseconds: 0) + .seconds(second))
        }
        #expect(
            try [note(1, "ada", 1), note(2, "ada", 2), note(1, "ada", 3), note(3, "ada", 4)] == [
                false, false, true, false,
            ])
        #expect(try [note(1, "ada", 5), note(2, "ada", 6)] == [true, false])
        #expect(try [note(1, "bob", 7), note(1, "bob", 8)] == [false, true])
        // A third user: ada was not seen for longest.
        #expect(try [note(1, "eve", 9), note(1, "bob", 10), note(2, "ada", 11)] == [false, true, false])
    }
}
