import SessionsTesting
import Testing

@testable import Sessions

@Suite("Two realms in one store see nothing of each other", .timeLimit(.minutes(10)))
struct RealmTests {
    private let clock = ManualClock()
    private let store = MemorySessionStore()
    private let shopLog = EventLog()
    private let officeLog = EventLog()
    private let shop: SessionManager
    private let office: SessionManager
    private let ada = try! Principal("ada")

    init() throws {
        func manager(_ realm: String, _ log: EventLog, _ store: MemorySessionStore, _ clock: ManualClock) throws
            -> SessionManager
        {
            var configuration = SessionConfiguration()
            configuration.renewalInterval = .minutes(15)
            configuration.timeouts = .init(idle: .hours(3), absolute: .hours(12))
            configuration.maximumSessionsPerPrincipal = 2
            return try SessionManager(
                store: store, realm: try Realm(realm), configuration: configuration, clock: clock, observers: [log])
        }
        shop = try manager("shop", shopLog, store, clock)
        office = try manager("office", officeLog, store, clock)
    }

    private func signedIn(_ manager: SessionManager) async throws -> Visitor {
        let visitor = Visitor(manager)
        try await visitor.visit { try await $0.signIn(ada) }
        return visitor
    }

    private func id(_ visitor: Visitor) async throws -> SessionID {
        try #require(try await visitor.look().id)
    }

    @Test("A token of one realm is a wrong secret in the other: no session, no explanation, and never theft")
    func tokens() async throws {
        let customer = try await signedIn(shop)
        let clerk = Visitor(office, jar: customer.jar)
        #expect(try await clerk.look() == (nil, nil, nil))
        #expect(officeLog.takeEvents().map(\.kind) == [.tokenRefused(.unknown)])
        // An old secret of the shop's, long after its overlap, must not end the shop's session from the office.
        clock.advance(by: .minutes(15))
        try await customer.visit()
        clock.advance(by: .seconds(60))
        try await customer.visit()
        clock.advance(by: .seconds(600))
        #expect(try await clerk.look() == (nil, nil, nil))
        #expect(try await customer.look().principal == "ada")
        // Nor is the office told why a session of the shop's ended.
        let token = customer.jar
        try await customer.visit { try await $0.end() }
        #expect(try await Visitor(office, jar: token).look() == (nil, nil, nil))
        #expect(try await Visitor(shop, jar: token).look().ended == .signedOut)
    }

    @Test("A token of the other realm that writes makes a session of its own, and a sign-out deletes what was brought")
    func writes() async throws {
        let customer = try await signedIn(shop)
        let clerk = Visitor(office, jar: customer.jar)
        try await clerk.visit { try $0.set(.a, to: 1) }
        #expect(clerk.visitorToken != nil && clerk.signedInToken == customer.signedInToken)
        let response = try await Visitor(office, jar: customer.jar).visit { try await $0.end() }
        #expect(response.setCookies.map { $0.prefix { $0 != ";" } } == ["__Host-Http-id="])
        #expect(try await customer.look().principal == "ada")
        try await customer.visit { #expect($0.attributeNames.isEmpty) }
    }

    @Test("find, list and end reach only the realm's own sessions, also for a principal of the same name")
    func operators() async throws {
        let (customer, clerk) = (try await signedIn(shop), try await signedIn(office))
        let (shopID, officeID) = (try await id(customer), try await id(clerk))
        for (manager, own, other) in [(shop, shopID, officeID), (office, officeID, shopID)] {
            #expect(try await manager.find(own)?.id == own)
            #expect(try await manager.find(own)?.realm == manager.realm)
            #expect(try await manager.find(other) == nil)
            #expect(try await manager.list(of: ada).map(\.id) == [own])
            #expect(try await manager.list().sessions.map(\.id) == [own])
            #expect(try await manager.end(other) == false)
            #expect(try await manager.end(other, of: ada) == false)
        }
        #expect(try await shop.end(shopID, of: ada))
        #expect(try await office.find(officeID)?.end == nil)
        #expect(try await office.end(officeID))
        #expect(try await shop.find(shopID)?.end?.reason == .endedByUser)
        #expect(try await office.find(officeID)?.end?.reason == .endedByOperator)
    }

    @Test("“End all” in one realm ends nothing in the other, nor does its watermark")
    func endAll() async throws {
        let (customer, clerk) = (try await signedIn(shop), try await signedIn(office))
        let checkedAt = clock.now
        clock.advance(by: .seconds(1))
        #expect(try await shop.endAll(of: ada) == 1)
        #expect(try await customer.look().ended == .endedByOperator)
        #expect(try await clerk.look().principal == "ada")
        // Credentials that were checked before it.
        let late = Visitor(office)
        try await late.visit { try await $0.signIn(ada, authenticatedAt: checkedAt) }
        #expect(try await late.look().principal == "ada")
        let refused = Visitor(shop).send()
        let session = try await refused.session()
        let error = await #expect(throws: SessionError.self) {
            try await session.signIn(ada, authenticatedAt: checkedAt)
        }
        #expect(error?.code == .ended)
    }

    @Test("A limit counts only the realm's own sessions")
    func limit() async throws {
        var customers: [Visitor] = []
        for _ in 0..<2 {
            customers.append(try await signedIn(shop))
            clock.advance(by: .minutes(20))
        }
        let clerk = try await signedIn(office)
        #expect(try await shop.list(of: ada).count == 2)
        clock.advance(by: .seconds(1))
        customers.append(try await signedIn(shop))
        #expect(try await customers[0].look().ended == .limit)
        #expect(try await customers[1].look().principal == "ada")
        #expect(try await clerk.look().principal == "ada")
    }

    @Test("Events and store operations name the realm, and a sweep that ends another realm's session names that one")
    func reports() async throws {
        _ = try await signedIn(shop)
        _ = try await signedIn(office)
        #expect(shopLog.takeEvents().map(\.realm.name) == ["shop", "shop"])
        #expect(officeLog.takeEvents().map(\.realm.name) == ["office", "office"])
        #expect(Set(shopLog.takeOperations().map(\.realm.name)) == ["shop"])
        clock.advance(by: .hours(13))
        await SessionSweeper(shop).sweep()
        let events = shopLog.takeEvents()
        #expect(events.map(\.kind) == [.ended(.expired), .ended(.expired)])
        #expect(events.map(\.realm.name).sorted() == ["office", "shop"])
    }

    @Test("Realms that differ in a letter's case differ")
    func names() async throws {
        let customer = try await signedIn(shop)
        let other = try SessionManager(store: store, realm: try Realm("Shop"), clock: clock)
        #expect(try await Visitor(other, jar: customer.jar).look().id == nil)
        #expect(try await other.list().sessions.isEmpty)
    }
}
